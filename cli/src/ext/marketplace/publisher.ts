import { ClawError } from "@claw/kernel/host";
import type { Publisher } from "@claw/marketplace";
import type { VerbCall } from "../../verbs/run.ts";
import { readNamed } from "../author-place.ts";
import type { Library } from "../client.ts";

/** Tokens of GitHub Actions come from here. */
const githubIssuer = "https://token.actions.githubusercontent.com";

export interface ScopePublisher {
  readonly scope: string;
  readonly publisher: Publisher;
}

/**
 * Who may publish under a scope: `acme=acme.pub.pem`, `acme=https://github.com/acme/x/.github/workflows/publish.yml`, with `@refs/tags/*` after it
 * for some refs only, or `acme=alice@acme.example,ISSUER` for a person.
 */
export async function publisherOf(library: Library, given: string, call: VerbCall): Promise<ScopePublisher> {
  const at = given.indexOf("=");
  const [scope, who] = [given.slice(0, at), given.slice(at + 1)];
  if (at < 1 || who === "")
    throw new ClawError(
      "USAGE",
      `${JSON.stringify(given)} does not say who publishes under what`,
      {},
      { fix: "--publisher acme=KEY.pub.pem, or acme=https://github.com/acme/x/.github/workflows/publish.yml" },
    );
  if (who.startsWith("https://")) {
    // A ref may have an @ of its own.
    const end = who.indexOf("@");
    const [workflow, refs] = end === -1 ? [who, {}] : [who.slice(0, end), { refs: [who.slice(end + 1)] }];
    return { scope, publisher: { kind: "oidc", issuer: githubIssuer, workflow, ...refs } };
  }
  const person = /^(?<san>[^,\s]+@[^,\s]+),(?<issuer>https:\/\/\S+)$/.exec(who)?.groups;
  if (person !== undefined) return { scope, publisher: { kind: "oidc", issuer: person["issuer"] ?? "", san: person["san"] ?? "" } };
  const pem = (await readNamed(call, who, "the public key: KEY.pub.pem")).toString("utf8");
  library.publicKeyOf(pem);
  return { scope, publisher: { kind: "key", pem } };
}
