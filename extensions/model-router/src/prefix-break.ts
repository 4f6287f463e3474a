import type { PrefixBreak, PrefixRecord, PrefixSegment, SegmentName, ToolSpec } from "@claw/kernel";
import { blockLine, differenceOf, messageText, toolLine } from "./prefix-bytes.ts";
import { type ChangedPart, changedPart } from "./prefix-parts.ts";
import type { Link } from "./prefix-history.ts";
import type { Prefix } from "./prefix-segments.ts";
import { ownerOf } from "./prefix-shares.ts";

export interface Compared {
  readonly model: string;
  readonly now: Prefix;
  readonly before: PrefixRecord;
  /** The request that `before` is of, when this process sent it. */
  readonly known: Prefix | undefined;
  readonly rewrittenBy: string | undefined;
  /** Whether the history begins as the one before did. */
  readonly hasGrown: boolean;
}

export const segmentOf = ({ segments }: PrefixRecord, name: SegmentName): PrefixSegment | undefined => segments.find((one) => one.name === name);

/** Where a request stops beginning as the one before it, if it does. */
export function breakOf({ model, now, before, known, rewrittenBy, hasGrown }: Compared): PrefixBreak | undefined {
  const person = "person";
  if (before.model !== model) return { segment: "model", by: person };
  const tools = segmentOf(before, "tools");
  if (!isSame(now.tools, tools)) return known === undefined ? resumedTools(tools?.parts, now) : brokenTools(known.specs, now.specs);
  const system = segmentOf(before, "system");
  if (!isSame(now.system, system)) {
    const lines = now.blocks.map(blockLine);
    const found = known === undefined ? differingPart(system?.parts, now.system.parts, lines) : differenceOf(known.blocks.map(blockLine), lines);
    return { segment: "system", ...(found === undefined ? {} : { byte: found.byte }), by: "system-prompt" };
  }
  if (hasGrown) return undefined;
  const place = known === undefined ? {} : brokenHistory(known.links, now.links);
  return { segment: "history", ...place, by: rewrittenBy ?? person };
}

/** Bytes of the request before that this one still begins with. */
export function keptBytes({ segments }: PrefixRecord, { segment, byte = 0 }: PrefixBreak): number {
  if (segment === "model") return 0;
  const sizeOf = (name: SegmentName): number => segments.find((one) => one.name === name)?.bytes ?? 0;
  const whole = { tools: 0, system: sizeOf("tools"), history: sizeOf("tools") + sizeOf("system") }[segment];
  return whole + Math.min(byte, sizeOf(segment));
}

const isSame = (one: PrefixSegment, other: PrefixSegment | undefined): boolean => one.fingerprint === other?.fingerprint && one.bytes === other.bytes;

const differingPart = (before: string | undefined, now: string | undefined, lines: readonly string[]): ChangedPart | undefined =>
  before === undefined || now === undefined ? undefined : changedPart(before, now, lines);

/** Of the tools of another process only their fingerprints are known: whose one was that is gone now is not. */
function resumedTools(before: string | undefined, { tools, specs }: Prefix): PrefixBreak {
  const found = differingPart(before, tools.parts, specs.map(toolLine));
  if (found === undefined) return { segment: "tools", by: "person" };
  if (found.isGone) return { segment: "tools", byte: found.byte, at: "a tool that is gone", by: "person" };
  const spec = specs[found.index];
  return { segment: "tools", byte: found.byte, ...(spec === undefined ? {} : { at: spec.name }), by: ownerOf(spec) };
}

function brokenTools(before: readonly ToolSpec[], now: readonly ToolSpec[]): PrefixBreak {
  const found = differenceOf(before.map(toolLine), now.map(toolLine));
  if (found === undefined) return { segment: "tools", by: ownerOf(undefined) };
  const [old, fresh] = [before[found.line], now[found.line]];
  // Where a tool is gone, what stands there now is only the next one.
  const isGone = fresh === undefined || (old !== undefined && !now.some(({ name }) => name === old.name) && before.some(({ name }) => name === fresh.name));
  const spec = isGone ? old : fresh;
  return { segment: "tools", byte: found.byte, ...(spec === undefined ? {} : { at: spec.name }), by: ownerOf(spec) };
}

function brokenHistory(before: readonly Link[], now: readonly Link[]): Pick<PrefixBreak, "byte" | "at"> {
  const most = Math.max(before.length, now.length);
  let index = 0;
  while (index < most && before[index]?.facts.digest === now[index]?.facts.digest) index += 1;
  const start = index === 0 ? 0 : (now[index - 1]?.bytes ?? 0);
  const textOf = (link: Link | undefined): string => (link === undefined ? "" : messageText(link.message));
  const within = differenceOf([textOf(before[index])], [textOf(now[index])]);
  return { byte: start + (within?.byte ?? 0), at: `message ${index + 1}` };
}
