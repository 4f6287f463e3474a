import type { ContentBlock } from "../contracts/message.ts";
import type { LogEntry } from "../contracts/session.ts";
import { soundUsage } from "../sound-content.ts";

/** Characters a token stands for where no provider has counted: measured over prose and code, on the safe side. */
const charactersPerToken = 3.2;

/** Characters that an image or a document counts as. */
const opaqueCharacters = 4_000;

/** The size of a session's next request, kept up entry by entry: what the provider counted last, and an estimate of what came since. */
export class ContextSize {
  #counted = 0;
  #characters = 0;

  /** `folded` are the entries that still count once this one does. */
  take(entry: LogEntry, folded: readonly LogEntry[]): void {
    if (entry.type === "reply" && entry.usage !== undefined) {
      const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0 } = soundUsage({ ...entry.usage });
      this.#counted = inputTokens + cacheReadTokens + cacheWriteTokens + outputTokens;
      this.#characters = 0;
    } else if (entry.type === "compacted") {
      this.#counted = 0;
      this.#characters = charactersOf(folded);
    } else {
      this.#characters += characters(entry);
    }
  }

  get tokens(): number {
    return this.#counted + Math.ceil(this.#characters / charactersPerToken);
  }
}

export const charactersOf = (entries: readonly LogEntry[]): number => entries.reduce((sum, entry) => sum + characters(entry), 0);

function characters(entry: LogEntry): number {
  switch (entry.type) {
    case "prompt":
    case "reply":
    case "tool-result":
      return entry.content.reduce((sum, block) => sum + blockCharacters(block), 0);
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
      return JSON.stringify(block.input).length;
    default:
      return opaqueCharacters;
  }
}
