import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { ClawError, openStore } from "@claw/kernel/host";
import type { PublisherPolicy } from "@claw/marketplace";
import { lastOf } from "../args.ts";
import { secondsOf } from "../limits.ts";
import type { VerbCall } from "../verbs/run.ts";
import { add, carriedAs, type InstallOptions, scopeOf, trusting } from "./add.ts";
import { carryThrough } from "./carry-through.ts";
import { type Client, withClient } from "./client.ts";

export interface LegacyInstallOptions extends InstallOptions {
  readonly names: readonly string[];
  readonly marketplace: string | undefined;
  readonly requireSigned: boolean;
  readonly insecureMarketplace: boolean;
  readonly allowUnsigned: boolean;
  /** Where the system before put it. */
  readonly dest: string | undefined;
}

/**
 * `claw plugin install --marketplace URL NAME`, as the system before had it: a marketplace for one command. Without one, named here or in
 * CLAW_MARKETPLACE_URL, it is the same as `add`.
 */
export async function legacyInstall(call: VerbCall, options: LegacyInstallOptions): Promise<number> {
  const { args, environment } = call.booted;
  const { names, requireSigned, insecureMarketplace, allowUnsigned, project, dest } = options;
  if (dest !== undefined)
    throw new ClawError(
      "USAGE",
      "--dest is not served: every extension is installed into your own store, where it is verified",
      {},
      { fix: "leave out --dest" },
    );
  const url = options.marketplace ?? wordOf(environment["CLAW_MARKETPLACE_URL"]);
  if (url === undefined) return add(call, { ...options, from: undefined, root: [], fresh: false, allowDowngrade: false, insecure: insecureMarketplace });
  const publicKeyPem = publicKeyOf(environment["CLAW_PLUGIN_PUBLIC_KEY"], call);
  const seconds = lastOf(args, "timeout");
  if (seconds !== undefined && !(secondsOf(seconds) > 0))
    throw new ClawError("USAGE", `--timeout takes a time above 0, not ${JSON.stringify(seconds)}`, {}, { fix: "--timeout 60s" });
  const source = { url, requireSigned: requireSigned || environment["CLAW_REQUIRE_SIGNED"] === "1", insecure: insecureMarketplace };
  const patience = seconds === undefined ? {} : { patienceMs: secondsOf(seconds) * 1000 };
  return withClient(call, { insecure: insecureMarketplace, ...patience }, async (client) => {
    const { library, context, patient } = client;
    const plan = await patient(async (signal) => {
      const { known, catalogue } = await library
        .legacyInstallSource({ ...source, ...(publicKeyPem === undefined ? {} : { publicKeyPem }) }, context)
        .catch((error: unknown) => {
          throw encrypting(error);
        });
      const requests = names
        .map(library.requestOf)
        .map(({ name, ...rest }) => ({ ...rest, name: name.includes("/") ? name : `${known.scopes[0] ?? ""}/${name}` }));
      const how = { from: catalogue.id, allowUnsigned: allowUnsigned || known.unsigned === true, ...scopeOf(call, project) };
      const meant = Object.fromEntries(names.map((word, index) => [library.requestOf(word).name, requests[index]?.name ?? word]));
      const planned = await library.planInstall(requests, how, context, [catalogue], signal);
      for (const name of planned.unchanged) refuseOtherSigner(name, known.publishers, client, planned.workspace);
      return { ...planned, meant };
    });
    const flags = [source.requireSigned ? "--require-signed" : "", insecureMarketplace ? "--insecure-marketplace" : ""].filter((flag) => flag !== "");
    const command = ["claw", "plugin", "install", "--marketplace", url, ...flags, ...names, ...trusting(options.trust)];
    return await carryThrough(plan, carriedAs(plan, options, command, client, call), client, call);
  });
}

/** What is there already satisfies nobody who says who must have signed it, unless they did. */
function refuseOtherSigner(name: string, publishers: PublisherPolicy | undefined, { library, context }: Client, workspace: string | undefined): void {
  const there = openStore(context.store).get(name, workspace);
  if (publishers === undefined || there === undefined) return;
  if (publishers.some((each) => each.kind === "key" && library.publisherOfKey(library.publicKeyOf(each.pem)) === there.publisher)) return;
  const unsigned = there.lock.signature.mode === "none";
  throw new ClawError(
    unsigned ? "E_SIG_MISSING" : "E_SIG_UNKNOWN_KEY",
    `${name} ${there.version} is installed, and ${unsigned ? "nobody signed it" : "somebody else signed it"}`,
    {},
    { fix: `claw ext remove ${name}, and run it again` },
  );
}

/** This verb has a flag of its own for it. */
const encrypting = (error: unknown): unknown =>
  ClawError.is(error, "E_INSECURE")
    ? new ClawError("E_INSECURE", error.message, error.data, { cause: error.cause, fix: "use https, or add --insecure-marketplace" })
    : error;

const wordOf = (value: string | undefined): string | undefined => (value === undefined || value === "" ? undefined : value);

/** The key itself, or the path of its file. */
function publicKeyOf(value: string | undefined, { booted }: VerbCall): string | undefined {
  const given = wordOf(value);
  if (given === undefined || given.includes("-----BEGIN ")) return given;
  const file = resolve(booted.workspace.cwd, given);
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new ClawError(
      "PATH_UNREADABLE",
      `CLAW_PLUGIN_PUBLIC_KEY: ${file} cannot be read`,
      { path: file },
      { cause, fix: "name a PEM file, or give the PEM itself" },
    );
  }
}
