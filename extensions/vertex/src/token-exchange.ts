import { ClawError, type Http } from "@claw/kernel";
import { boundedText, fieldOf, isLoopbackName, parsedBody, redacted } from "@claw/kernel/kit";

/** What is asked of a token server. */
export interface Exchange {
  /** What is asked for, in a sentence: `an access token`. */
  readonly what: string;
  readonly url: string;
  readonly method?: "GET" | "POST";
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What it is sent that nobody is to see. */
  readonly secrets: readonly string[];
  /** What to do when it is refused. */
  readonly fix: string;
  readonly timeoutMs?: number;
  /** It may go unencrypted, because it is asked of this machine's own network and is sent no secret. */
  readonly isLocal?: boolean;
}

const provider = "vertex";
const usualTimeoutMs = 30_000;
const maxTextLength = 300;

/** Asks a token server. Its answer, JSON or a text, is a value of a success; anything else is an error that repeats no secret. */
export async function exchange(
  { what, url, method = "POST", headers = {}, body, secrets, fix, timeoutMs = usualTimeoutMs, isLocal = false }: Exchange,
  http: Http,
): Promise<string> {
  const address = addressOf(url, what, fix, isLocal);
  const signal = AbortSignal.timeout(timeoutMs);
  const late = (): ClawError =>
    new ClawError("MODEL_UNAVAILABLE", `${address.host} did not answer for ${what} in ${timeoutMs / 1000} s`, { provider }, { retryable: true });
  let response: Response;
  let text: string;
  try {
    response = await http.fetch(address.href, { method, headers, signal, redirect: "manual", ...(body === undefined ? {} : { body }) });
    text = await boundedText(response);
  } catch (cause) {
    if (signal.aborted) throw late();
    // What a foreign error holds of the request is not known, and a secret may be in it.
    throw ClawError.is(cause)
      ? cause
      : new ClawError("NETWORK_FAILED", `no connection to ${address.host} for ${what}`, { host: address.host }, { retryable: true });
  }
  if (response.ok) return text;
  const { status } = response;
  const said = redacted(reasonOf(text), secrets)
    .replaceAll(/\s+/g, " ")
    .slice(0, maxTextLength)
    .replace(/[.\s]+$/, "");
  const sentence = `${address.host} refused ${what} (${status})${said === "" ? "" : `: ${said}`}`;
  const retryable = status === 408 || status === 429 || status >= 500;
  throw retryable
    ? new ClawError("MODEL_UNAVAILABLE", sentence, { provider, status }, { retryable })
    : new ClawError("MODEL_AUTH", sentence, { provider, status }, { fix });
}

/** The fields of an answer in JSON. */
export async function exchangeFields(asked: Exchange, http: Http): Promise<unknown> {
  const fields = parsedBody(await exchange(asked, http));
  if (typeof fields === "object" && fields !== null) return fields;
  throw invalidAnswer(asked.what, asked.url);
}

export const invalidAnswer = (what: string, url: string): ClawError<"MODEL_UNAVAILABLE"> =>
  new ClawError(
    "MODEL_UNAVAILABLE",
    `${URL.parse(url)?.host ?? "the token server"} answered with something else than ${what}`,
    { provider },
    { retryable: true },
  );

/** Credentials do not cross a network in the clear. */
function addressOf(url: string, what: string, fix: string, isLocal: boolean): URL {
  const address = URL.parse(url);
  if (address?.protocol === "https:" || (address?.protocol === "http:" && (isLocal || isLoopbackName(address.hostname)))) return address;
  throw new ClawError("MODEL_AUTH", `the credentials name an address for ${what} that is not https://`, { provider }, { fix });
}

/** `{"error":"invalid_grant","error_description":"…"}`, or the words of Google's APIs. */
function reasonOf(text: string): string {
  const parsed = parsedBody(text);
  const error = fieldOf(parsed, "error");
  const words = typeof error === "string" ? [error, fieldOf(parsed, "error_description")] : [fieldOf(error, "status"), fieldOf(error, "message")];
  return words.filter((word) => typeof word === "string").join(": ");
}
