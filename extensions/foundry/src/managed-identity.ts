import { ClawError, type Http } from "@claw/kernel";
import { boundedText, isLoopbackName, isWithin } from "@claw/kernel/kit";
import { readFile, stat } from "node:fs/promises";
import { extname, resolve } from "node:path";
import type { ArcIdentity, ServiceIdentity } from "./identity.ts";
import { type TokenSource, tokenFailure, tokenOf } from "./token-answer.ts";
import type { Token } from "./token-cache.ts";

export interface MachineParts {
  readonly http: Http;
  readonly signal: AbortSignal;
  now(): Date;
}

const name = "the managed identity";
const fix = "give this machine a managed identity, or export AZURE_OPENAI_API_KEY";
const maxKeyBytes = 4096;

/** A token of what App Service, Functions or Container Apps run as. */
export async function serviceToken({ endpoint, header, client }: ServiceIdentity, scope: string, parts: MachineParts): Promise<Token> {
  const url = asked(localUrl(endpoint), "2019-08-01", scope, client);
  const { status, body } = await get(url, { "x-identity-header": header }, parts);
  return tokenOf(status, body, parts.now().getTime(), source([header]));
}

/** A token of a machine that Azure Arc looks after. It is given to those who can read a file in `keys`, which only some users can. */
export async function arcToken({ endpoint, client }: ArcIdentity, scope: string, keys: string, parts: MachineParts): Promise<Token> {
  const url = asked(localUrl(endpoint), "2019-11-01", scope, client);
  const challenge = await get(url, { metadata: "true" }, parts);
  const path = /^Basic realm=(.+)$/i.exec(challenge.headers.get("www-authenticate") ?? "")?.[1];
  if (challenge.status !== 401 || path === undefined) throw tokenFailure(challenge.status, challenge.body, source([]));
  const key = await keyOf(path, keys);
  const { status, body } = await get(url, { metadata: "true", authorization: `Basic ${key}` }, parts);
  return tokenOf(status, body, parts.now().getTime(), source([key]));
}

/** Where the agent of Azure Arc puts its keys. */
export const arcKeys = (platform: NodeJS.Platform, environment: Readonly<Record<string, string | undefined>>): string =>
  platform === "win32" ? `${environment["ProgramData"] ?? "C:\\ProgramData"}\\AzureConnectedMachineAgent\\Tokens` : "/var/opt/azcmagent/tokens";

/** A token of a virtual machine; undefined when nobody answers within `probeMs`. */
export async function machineToken(base: string, client: string | undefined, scope: string, probeMs: number, parts: MachineParts): Promise<Token | undefined> {
  const url = asked(localUrl(`${base.replace(/\/+$/, "")}/metadata/identity/oauth2/token`), "2018-02-01", scope, client);
  // Without its header nobody is given anything: the question is whether somebody is there.
  if (!(await answers(url, probeMs, parts))) return undefined;
  const { status, body } = await get(url, { metadata: "true" }, parts);
  return tokenOf(status, body, parts.now().getTime(), source([]));
}

async function answers(url: URL, probeMs: number, { http, signal }: MachineParts): Promise<boolean> {
  try {
    const response = await http.fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(probeMs)]), redirect: "manual" });
    await response.body?.cancel();
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

const source = (secrets: readonly string[]): TokenSource => ({ name, secrets, fix });

function asked(url: URL, version: string, scope: string, client: string | undefined): URL {
  url.searchParams.set("api-version", version);
  url.searchParams.set("resource", scope.replace(/\/\.default$/, ""));
  if (client !== undefined) url.searchParams.set("client_id", client);
  return url;
}

async function get(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { http, signal }: MachineParts,
): Promise<{ readonly status: number; readonly body: string; readonly headers: Headers }> {
  const response = await http.fetch(url, { headers, signal, redirect: "manual" });
  return { status: response.status, body: await boundedText(response), headers: response.headers };
}

/** Tokens cross no network in the clear: plain http is for this machine, and for what only it can reach. */
function localUrl(endpoint: string): URL {
  const url = URL.parse(endpoint);
  if (url !== null && (url.protocol === "https:" || (url.protocol === "http:" && (isLoopbackName(url.hostname) || url.hostname.startsWith("169.254.")))))
    return url;
  throw new ClawError(
    "MODEL_AUTH",
    `${JSON.stringify(endpoint)} is no address of a managed identity on this machine`,
    { provider: "foundry" },
    { fix: "correct or unset IDENTITY_ENDPOINT" },
  );
}

/** Whoever answers at the address names a file: only one of the agent's own keys is read for them. */
async function keyOf(path: string, keys: string): Promise<string> {
  const file = resolve(path);
  const refused = (what: string): ClawError =>
    new ClawError("MODEL_AUTH", `${name} asked for ${JSON.stringify(path)}, which ${what}`, { provider: "foundry" }, { fix });
  if (!isWithin(keys, file) || file === keys || extname(file) !== ".key") throw refused("is no key of Azure Arc's");
  const about = await stat(file).catch(() => undefined);
  if (about === undefined || !about.isFile() || about.size > maxKeyBytes) throw refused("is no readable key");
  const key = (await readFile(file, "utf8").catch(() => "")).trim();
  if (!/^[\x21-\x7e]+$/.test(key)) throw refused("is no readable key");
  return key;
}
