import type { ContentBlock, LogEntry, Usage } from "@claw/kernel";

/** Characters a token stands for where nothing better is known. */
export const charactersPerToken = 3.2;

/** Tokens that blocks cost which are no text, in characters of the usual rate. */
const imageCharacters = 1_600 * charactersPerToken;
/** A page of a document is about 3 KB of base64 and 600 tokens. */
const documentRate = 0.65;

/** The characters of an entry that a model is sent; 0 for what it never sees. */
export function charactersOf(entry: LogEntry): number {
  switch (entry.type) {
    case "prompt":
    case "tool-result":
      return sum(entry.content, blockCharacters);
    // What was cut off is sent without its calls.
    case "reply":
      return sum(entry.content, (block) => (entry.partial === true && block.type !== "text" ? 0 : blockCharacters(block)));
    case "note":
      return entry.text.length;
    case "compacted":
      return entry.summary.length;
    default:
      return 0;
  }
}

function blockCharacters(block: ContentBlock): number {
  switch (block.type) {
    case "text":
    case "reasoning":
      return block.text.length;
    case "tool-call":
      return block.name.length + JSON.stringify(block.input).length;
    case "tool-result":
      return sum(block.content, blockCharacters);
    case "image":
      return imageCharacters;
    case "document":
      return Math.max(imageCharacters, block.data.length * documentRate);
    case "unknown":
      return 0;
    default:
      return block satisfies never;
  }
}

const sum = <T>(items: readonly T[], of: (item: T) => number): number => items.reduce((total, item) => total + of(item), 0);

/** Tokens of entries at a rate of characters per token. */
export const tokensOf = (entries: readonly LogEntry[], rate: number): number => Math.ceil(sum(entries, charactersOf) / rate);

/** What a request and its reply came to. */
export const contextOf = ({ inputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, outputTokens }: Usage): number =>
  inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens;

/** Where two counts in a row say more than the usual rate; further off than this is taken for a miscount. */
const plausible = { least: 1.5, most: 6 } as const;

/**
 * Characters per token in these entries: between the counts of two replies lies exactly what came in between. The system
 * prompt and the tools are in both, so they cancel out.
 */
export function rateOf(entries: readonly LogEntry[]): number {
  let characters = 0;
  let tokens = 0;
  let counted: number | undefined;
  let since = 0;
  for (const entry of entries) {
    since += charactersOf(entry);
    if (entry.type !== "reply" || entry.usage === undefined) continue;
    const context = contextOf(entry.usage);
    if (counted !== undefined && context > counted) {
      characters += since;
      tokens += context - counted;
    }
    counted = context;
    since = 0;
  }
  if (tokens === 0 || characters === 0) return charactersPerToken;
  return Math.min(plausible.most, Math.max(plausible.least, characters / tokens));
}

/** The size of the whole context: what the provider counted last, and an estimate of what came since. */
export function contextTokens(entries: readonly LogEntry[], rate: number): number {
  // A count from before the last compaction is of another context.
  const compacted = entries.find(({ type }) => type === "compacted")?.seq ?? -1;
  const last = entries.findLastIndex((entry) => entry.type === "reply" && entry.usage !== undefined && entry.seq > compacted);
  const reply = entries[last];
  if (reply?.type !== "reply" || reply.usage === undefined) return tokensOf(entries, rate);
  return contextOf(reply.usage) + tokensOf(entries.slice(last + 1), rate);
}
