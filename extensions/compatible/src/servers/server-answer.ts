import { ClawError } from "@claw/kernel";
import { type FailureContext, IdleWatch, errorBody, jsonFrom, openaiFailure } from "@claw/kernel/kit";
import { connectionFailure } from "../failures.ts";
import type { Endpoint } from "../endpoints.ts";
import type { Exchange } from "../exchange.ts";

export interface Asking {
  readonly endpoint: Endpoint;
  readonly exchange: Exchange;
  readonly context: FailureContext;
  readonly signal: AbortSignal;
}

/** How long a server may take to say what it has. */
const patienceMs = 15_000;
const maxBytes = 16 * 1024 * 1024;

/** The JSON that a server answers; what went wrong is thrown. With `absent`, an address that is not there is undefined. */
export async function answerOf(
  asking: Asking,
  url: string,
  { post, absent = false }: { readonly post?: object; readonly absent?: boolean } = {},
): Promise<unknown> {
  const { endpoint, exchange, context, signal } = asking;
  const late = (): ClawError =>
    new ClawError("MODEL_IDLE", `${exchange.address.host} said nothing for ${patienceMs / 1000} s`, { provider: context.provider }, { retryable: true });
  using watch = new IdleWatch(signal, patienceMs, late);
  const asked = post === undefined ? exchange.get(url, watch.signal) : exchange.post(url, JSON.stringify(post), watch.signal);
  const response = await watch.wait(asked).catch((error: unknown) => {
    throw connectionFailure(error, endpoint, exchange.address);
  });
  if (!response.ok) {
    const body = await errorBody(response, watch);
    if (absent && (response.status === 404 || response.status === 405)) return undefined;
    throw openaiFailure(response.status, response.headers, body, context);
  }
  const answer = jsonFrom(await textOf(response, watch, context));
  if (answer === undefined) throw invalid(context, exchange.address.host, "something that is no JSON");
  return answer;
}

async function textOf(response: Response, watch: IdleWatch, context: FailureContext): Promise<string> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  if (response.body === null) return "";
  const reads = response.body[Symbol.asyncIterator]();
  for (let read = await watch.wait(reads.next()); read.done !== true; read = await watch.wait(reads.next())) {
    length += read.value.length;
    if (length > maxBytes) throw invalid(context, "it", `more than ${maxBytes} bytes`);
    pieces.push(read.value);
  }
  return Buffer.concat(pieces).toString("utf8");
}

const invalid = ({ provider, addressFix }: FailureContext, who: string, what: string): ClawError =>
  new ClawError("MODEL_STREAM_INVALID", `${who} answered with ${what}`, { provider }, addressFix === undefined ? {} : { fix: addressFix });

/** A number of tokens, if that is what a value is. */
export const tokensOf = (value: unknown): number | undefined => (typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined);

/** The texts of a list. */
export const textsOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.filter((one) => typeof one === "string") : []);

/** An object without what is undefined in it. */
export const stated = <T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
