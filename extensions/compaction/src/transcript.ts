import type { ContentBlock, LogEntry } from "@claw/kernel";
import { charactersOf } from "./estimate.ts";

/** How much of each kind of entry the summariser is shown, in characters. */
interface Clips {
  readonly text: number;
  readonly input: number;
  readonly result: number;
}

const generous: Clips = { text: 8_000, input: 2_000, result: 2_000 };
const least = 100;

/**
 * The entries as a text of at most `maxCharacters`: long parts lose their middle, more of it the less room there is; if that
 * does not do, the oldest entries are left out. An earlier summary always stays.
 */
export function transcriptOf(entries: readonly LogEntry[], maxCharacters: number): string {
  const seen = entries.filter((entry) => charactersOf(entry) > 0);
  let clips = generous;
  for (;;) {
    const parts = seen.map((entry) => render(entry, clips));
    const text = parts.join("\n\n");
    if (text.length <= maxCharacters) return text;
    if (clips.text > least)
      clips = { text: Math.max(least, clips.text / 2), input: Math.max(least, clips.input / 2), result: Math.max(least, clips.result / 2) };
    else return newest(seen, parts, maxCharacters);
  }
}

function newest(entries: readonly LogEntry[], parts: readonly string[], maxCharacters: number): string {
  const first = entries[0]?.type === "compacted" ? [clipped(parts[0] ?? "", Math.floor(maxCharacters / 2))] : [];
  let room = maxCharacters - (first[0]?.length ?? 0) - 100;
  let from = parts.length;
  while (from > first.length && (parts[from - 1] ?? "").length + 2 <= room) {
    from -= 1;
    room -= (parts[from] ?? "").length + 2;
  }
  return [...first, `[${from - first.length} earlier entries left out]`, ...parts.slice(from)].join("\n\n");
}

function render(entry: LogEntry, clips: Clips): string {
  switch (entry.type) {
    case "compacted":
      return tagged("earlier-summary", entry.summary);
    case "prompt":
      return tagged(entry.source === "person" ? "user" : `user from ${entry.source}`, blocks(entry.content, clips));
    case "note":
      return tagged("note", clipped(entry.text, clips.text));
    case "reply":
      return tagged("assistant", blocks(entry.content, clips, entry.partial === true));
    case "tool-result":
      return tagged(`result of ${entry.tool}${entry.outcome === "ok" ? "" : `, ${entry.outcome}`}`, clipped(blocks(entry.content, clips), clips.result));
    default:
      return "";
  }
}

/** The texts are a conversation's, not ours: a tag in one must not end what it stands in. */
const tagged = (label: string, text: string): string =>
  `<entry of="${label.replaceAll('"', "'")}">\n${text.replaceAll(/<(?=\/?\s*(?:entry|transcript))/gi, "‹")}\n</entry>`;

const blocks = (content: readonly ContentBlock[], clips: Clips, partial = false): string =>
  content
    .flatMap((block): string[] => {
      switch (block.type) {
        case "text":
          return [clipped(block.text, clips.text)];
        case "tool-call":
          return partial ? [] : [`calls ${block.name} ${clipped(JSON.stringify(block.input), clips.input)}`];
        case "image":
          return ["[image]"];
        case "document":
          return [`[document ${block.name ?? block.mediaType}]`];
        case "tool-result":
          return [clipped(blocks(block.content, clips), clips.result)];
        // What a model thought is its own; the summary is of what was said and done.
        case "reasoning":
        case "unknown":
          return [];
        default:
          return block satisfies never;
      }
    })
    .join("\n");

/** A text with its middle left out, so that it has about `most` characters. Never half of a character pair. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.max(0, Math.floor((most - 40) / 2));
  const head = text.slice(0, half).toWellFormed();
  const tail = text.slice(text.length - half).toWellFormed();
  return `${head}\n[… ${text.length - 2 * half} characters left out …]\n${tail}`;
}
