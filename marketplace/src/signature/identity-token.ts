import { readFile } from "node:fs/promises";
import { ClawError } from "@claw/kernel/host";

/** Where the token that says who signs may come from; the first that is there is taken. */
export interface IdentitySources {
  readonly token?: string | undefined;
  /** A file that holds it. */
  readonly file?: string | undefined;
  /** The environment, in which CI systems hand it over: GitLab the token itself, GitHub Actions where to ask for it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Whom the token is for: Fulcio takes no other. */
const audience = "sigstore";
const timeoutMs = 15_000;
const maxBytes = 64 * 1024;
const fix = "in GitHub Actions, give the job `permissions: id-token: write`; elsewhere pass --identity-token FILE or set SIGSTORE_ID_TOKEN";

const failed = (why: string, cause?: unknown): ClawError =>
  new ClawError("E_SIGN", `signing keyless needs an identity token: ${why}`, { step: "identity" }, { cause, fix });

export async function identityToken({ token, file, environment }: IdentitySources, signal: AbortSignal): Promise<string> {
  const {
    SIGSTORE_ID_TOKEN: given,
    ACTIONS_ID_TOKEN_REQUEST_URL: url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
  } = environment as Readonly<Partial<Record<"SIGSTORE_ID_TOKEN" | "ACTIONS_ID_TOKEN_REQUEST_URL" | "ACTIONS_ID_TOKEN_REQUEST_TOKEN", string>>>;
  const found = token ?? (file === undefined ? undefined : await tokenIn(file, signal)) ?? (given || undefined);
  if (found !== undefined) return checkIdentityToken(found.trim());
  if (!url || !bearer) throw failed("there is none");
  return checkIdentityToken(await tokenOfActions(url, bearer, signal));
}

/** Refuses what cannot be a token of OpenID Connect before it is sent anywhere. The token itself never stands in a message. */
export function checkIdentityToken(token: string): string {
  const [, payload, signature, ...others] = token.split(".");
  if (payload === undefined || signature === undefined || others.length > 0) throw failed("this is none");
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    throw failed("this is none");
  }
  const { sub, email, email_verified: verified } = (claims ?? {}) as { readonly sub?: unknown; readonly email?: unknown; readonly email_verified?: unknown };
  if (email !== undefined && verified !== true) throw failed("its issuer has not verified the address in it");
  if (typeof (email ?? sub) !== "string" || (email ?? sub) === "") throw failed("it names nobody");
  return token;
}

async function tokenIn(file: string, signal: AbortSignal): Promise<string> {
  try {
    return await readFile(file, { encoding: "utf8", signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw failed(`${JSON.stringify(file)} cannot be read`, cause);
  }
}

async function tokenOfActions(spelling: string, bearer: string, signal: AbortSignal): Promise<string> {
  const url = URL.parse(spelling);
  if (url === null) throw failed("ACTIONS_ID_TOKEN_REQUEST_URL is no URL");
  url.searchParams.set("audience", audience);
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${bearer}`, accept: "application/json" },
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    if (!response.ok) throw failed(`GitHub Actions answered ${response.status}`);
    const text = await response.text();
    const { value } = (text.length > maxBytes ? {} : (JSON.parse(text) ?? {})) as { readonly value?: unknown };
    if (typeof value !== "string") throw failed("GitHub Actions answered without one");
    return value;
  } catch (cause) {
    signal.throwIfAborted();
    throw ClawError.is(cause) ? cause : failed("GitHub Actions did not answer", cause);
  }
}
