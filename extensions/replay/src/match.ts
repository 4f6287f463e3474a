import { isJsonObject } from "@claw/kernel/kit";
import { canonical } from "./canonical.ts";
import type { NormalRequest } from "./normal-form.ts";

export interface Nearest {
  /** Its index on the tape. */
  readonly index: number;
  /** Where it first differs, and how. */
  readonly difference: string;
}

export const isSame = (one: NormalRequest, other: NormalRequest): boolean => canonical(one) === canonical(other);

/** The recorded request that is most like one that is not there: that shares most of its beginning, and then the one whose turn it is. */
export function nearest(asked: NormalRequest, recorded: readonly NormalRequest[], turn: number): Nearest | undefined {
  const scores = recorded.map((request, index) => ({ index, shared: sharedMessages(request, asked), away: Math.abs(index - turn) }));
  const best = scores.sort((left, right) => right.shared - left.shared || left.away - right.away)[0];
  const request = best === undefined ? undefined : recorded[best.index];
  return best === undefined || request === undefined ? undefined : { index: best.index, difference: firstDifference(request, asked, "") ?? "no difference" };
}

function sharedMessages(one: NormalRequest, other: NormalRequest): number {
  const at = one.messages.findIndex((message, index) => canonical(message) !== canonical(other.messages[index]));
  return at === -1 ? one.messages.length : at;
}

/** Where two values first differ, as `messages[2].content[0].text: recorded …, now …`. */
export function firstDifference(recorded: unknown, now: unknown, path: string): string | undefined {
  if (Array.isArray(recorded) && Array.isArray(now)) {
    for (let index = 0; index < Math.max(recorded.length, now.length); index += 1) {
      const found = firstDifference(recorded[index], now[index], `${path}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isJsonObject(recorded) && isJsonObject(now)) {
    for (const name of new Set([...Object.keys(recorded), ...Object.keys(now)])) {
      const found = firstDifference(recorded[name], now[name], path === "" ? name : `${path}.${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (recorded === now) return undefined;
  const [left, right] = typeof recorded === "string" && typeof now === "string" ? around(recorded, now) : [excerpt(recorded), excerpt(now)];
  return `${path}: recorded ${left}, now ${right}`;
}

const before = 20;
const after = 60;

/** The part of two texts where they part. */
function around(recorded: string, now: string): readonly [string, string] {
  let at = 0;
  while (at < recorded.length && recorded[at] === now[at]) at += 1;
  const from = Math.max(0, at - before);
  const cut = (text: string): string =>
    `${from > 0 ? "…" : ""}${JSON.stringify(text.slice(from, at + after)).slice(1, -1)}${text.length > at + after ? "…" : ""}`;
  return [`"${cut(recorded)}"`, `"${cut(now)}"`];
}

function excerpt(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = canonical(value);
  return text.length > before + after ? `${text.slice(0, before + after)}…` : text;
}
