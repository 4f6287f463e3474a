import { Buffer } from "node:buffer";
import type { ContentBlock, ModelRequest, PrefixSegment, ToolSpec } from "@claw/kernel";
import { type Digest, blockLine, fingerprintOf, toolLine } from "./prefix-bytes.ts";
import { type Link, type MessageBook, sharedMessages } from "./prefix-history.ts";
import { partsOf } from "./prefix-parts.ts";
import { Tally, ownerOf } from "./prefix-shares.ts";

/** What a request begins with, worked out. */
export interface Prefix {
  readonly specs: readonly ToolSpec[];
  readonly tools: PrefixSegment;
  /** Bytes of the tools by owner. */
  readonly owners: ReadonlyMap<string, number>;
  readonly blocks: readonly ContentBlock[];
  readonly system: PrefixSegment;
  readonly links: readonly Link[];
  readonly history: PrefixSegment;
  readonly tally: Tally;
}

/** What a request begins with; of what it shares with one of `earlier`, nothing is worked out again. */
export function prefixOf(request: ModelRequest, earlier: readonly Prefix[], book: MessageBook, digest: Digest): Prefix {
  const { tools: specs, system: blocks, messages } = request;
  const tools = earlier.find((one) => isSame(one.specs, specs, isSameTool)) ?? toolsOf(specs, digest);
  const system = earlier.find((one) => isSame(one.blocks, blocks, Object.is)) ?? systemOf(blocks, digest);
  return {
    specs,
    tools: tools.tools,
    owners: tools.owners,
    blocks,
    system: system.system,
    ...historyOf(messages, earlier, book, digest),
  };
}

export const chainFingerprint = (chain: string, digest: Digest): string => fingerprintOf(chain === "" ? digest("") : chain);

function toolsOf(specs: readonly ToolSpec[], digest: Digest): Pick<Prefix, "tools" | "owners"> {
  const owners = new Map<string, number>();
  const lines = specs.map(toolLine);
  for (const [index, line] of lines.entries()) {
    const owner = ownerOf(specs[index]);
    owners.set(owner, (owners.get(owner) ?? 0) + Buffer.byteLength(line));
  }
  return { tools: segment("tools", lines, digest), owners };
}

const systemOf = (blocks: readonly ContentBlock[], digest: Digest): Pick<Prefix, "system"> => ({ system: segment("system", blocks.map(blockLine), digest) });

function segment(name: "tools" | "system", lines: readonly string[], digest: Digest): PrefixSegment {
  const text = lines.join("");
  return { name, bytes: Buffer.byteLength(text), fingerprint: fingerprintOf(digest(text)), parts: partsOf(lines, digest) };
}

function historyOf(
  messages: ModelRequest["messages"],
  earlier: readonly Prefix[],
  book: MessageBook,
  digest: Digest,
): Pick<Prefix, "links" | "history" | "tally"> {
  const [nearest] = earlier.map((one) => ({ one, common: sharedMessages(messages, one.links) })).toSorted((a, b) => b.common - a.common);
  const { one, common } = nearest ?? { one: undefined, common: 0 };
  const links = book.links(messages, one?.links ?? [], common);
  const tally = common === 0 || one === undefined ? new Tally() : one.tally.copy();
  if (common > 0 && one !== undefined) tally.count(one.links, common, -1);
  tally.count(links, common, 1);
  const last = links.at(-1);
  return {
    links,
    tally,
    history: { name: "history", bytes: last?.bytes ?? 0, fingerprint: chainFingerprint(last?.chain ?? "", digest), messages: messages.length },
  };
}

const isSame = <T>(one: readonly T[], other: readonly T[], equal: (a: T, b: T) => boolean): boolean =>
  one === other || (one.length === other.length && one.every((item, index) => equal(item, other[index] as T)));

/** Specs are made anew for every request, around schemas that stay. */
const isSameTool = (one: ToolSpec, other: ToolSpec): boolean =>
  one.input === other.input && one.name === other.name && one.description === other.description && one.owner === other.owner;
