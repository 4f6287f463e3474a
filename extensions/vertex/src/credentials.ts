import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type Host, type Http } from "@claw/kernel";
import { isJsonObject, jsonFrom } from "@claw/kernel/kit";
import { externalAccount } from "./external-account.ts";
import { impersonatedAccount } from "./impersonation.ts";
import { metadataHost, metadataServer } from "./metadata-server.ts";
import { serviceAccount } from "./service-account.ts";
import { type Fields, type SourceParts, type TokenSource, invalidFile, loginFix } from "./token-source.ts";
import { userLogin } from "./user-login.ts";

export interface CredentialParts {
  readonly http: Http;
  readonly host: Pick<Host, "environment" | "folders" | "offline" | "now">;
  /** The file that the person named. */
  readonly file: string | undefined;
}

/** What became of the search for credentials. */
export type Found = { readonly source: TokenSource } | { readonly tried: readonly string[] };

const kinds: Readonly<Record<string, (fields: Fields, parts: SourceParts) => TokenSource>> = {
  authorized_user: userLogin,
  service_account: serviceAccount,
  external_account: externalAccount,
  impersonated_service_account: (fields, parts) => impersonatedAccount(fields, parts, sourceOf),
};

/** The credentials a file holds, if the person named one or has logged in; otherwise what was tried. No socket is opened. */
export async function fileCredentials({ http, host, file }: CredentialParts): Promise<Found> {
  const named = file?.trim() ?? "";
  const usual = named === "" ? usualFile(host) : undefined;
  const tried = named === "" ? ["GOOGLE_APPLICATION_CREDENTIALS is not set"] : [];
  const path = named === "" ? usual : named;
  if (path === undefined) return { tried };
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (named === "" && code === "ENOENT") return { tried: [...tried, `${path} does not exist`] };
    throw invalidFile(path, code === "ENOENT" ? "does not exist" : `cannot be read (${code ?? "no reason given"})`);
  }
  const fields = jsonFrom(text);
  if (!isJsonObject(fields)) throw invalidFile(path, "is no JSON object");
  return { source: sourceOf(fields, { http, now: () => host.now(), path }) };
}

/** The first credentials of the usual order: the file named, the login, the machine's own. */
export async function credentials(parts: CredentialParts): Promise<TokenSource> {
  const found = await fileCredentials(parts);
  if ("source" in found) return found.source;
  const { http, host } = parts;
  const server = metadataHost(host.environment);
  const machine = host.offline ? undefined : await metadataServer(server, http, () => host.now());
  if (machine !== undefined) return machine;
  throw noCredentials([
    ...found.tried,
    host.offline ? "the metadata server was not asked, because claw is offline" : `no metadata server answered at ${server}`,
  ]);
}

export const noCredentials = (tried: readonly string[]): ClawError<"MODEL_NO_CREDENTIALS"> =>
  new ClawError(
    "MODEL_NO_CREDENTIALS",
    `there are no Google credentials for vertex: ${tried.join(", ")}`,
    { provider: "vertex" },
    { fix: `${loginFix}, or name a file of credentials in GOOGLE_APPLICATION_CREDENTIALS` },
  );

function sourceOf(fields: Fields, parts: SourceParts): TokenSource {
  const type = String(fields["type"]);
  const make = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (make === undefined) throw invalidFile(parts.path, `has the type ${JSON.stringify(type.slice(0, 60))}; claw knows ${Object.keys(kinds).join(", ")}`);
  return make(fields, parts);
}

/** The file that gcloud writes. */
function usualFile({ environment, folders }: CredentialParts["host"]): string | undefined {
  const given = environment["CLOUDSDK_CONFIG"]?.trim() || undefined;
  const windows = environment["APPDATA"]?.trim() || undefined;
  const usual = process.platform === "win32" ? windows && join(windows, "gcloud") : folders.home && join(folders.home, ".config/gcloud");
  const folder = given ?? usual;
  return folder === undefined || folder === "" ? undefined : join(folder, "application_default_credentials.json");
}
