import { isAscii } from "node:buffer";
import { ClawError } from "@claw/kernel/host";
import type { ArchiveFile } from "./tree-digest.ts";

/**
 * Characters that show nothing and can make text say another thing than it shows: marks and overrides of direction, zero-width characters,
 * variation selectors, tags, Hangul fillers.
 */
const hidden =
  /[\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B-\u200F\u202A-\u202E\u2060-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFA0\uFFF9-\uFFFB\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/gu;

/** Joiners and presentation selectors are what emoji are made of. */
const emojiPart = /^[\u200D\uFE0E\uFE0F]$/u;
const beforeEmojiPart = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[#*0-9]|\p{Extended_Pictographic}\uFE0F)$/u;

const binary = /\.(?:png|jpe?g|gif|webp|avif|ico|wasm|pdf|zip|gz|woff2?|ttf|mp3|mp4)$/i;

/** Refuses text in which something is hidden. Escapes in source, `\u200b`, are fine. */
export function refuseHiddenUnicode(files: readonly ArchiveFile[]): void {
  for (const { path, data } of files)
    if (!binary.test(path) && !isAscii(data)) scan(path, Buffer.from(data.buffer, data.byteOffset, data.length).toString("utf8"));
}

/** Refuses a document whose texts hide something once it is read: they are shown to people and told to models, whatever its bytes look like. */
export function refuseHiddenTexts(file: string, data: Uint8Array, document: unknown): void {
  const [found] = hiddenIn(JSON.stringify(document) ?? "");
  if (found === undefined) return;
  const { character, code } = found;
  const escape = Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");
  const offset = Math.max(0, Buffer.from(data.buffer, data.byteOffset, data.length).toString("latin1").toLowerCase().indexOf(escape));
  throw new ClawError("E_HIDDEN_UNICODE", `${file}:${offset} holds U+${code}, which nobody can see where it is read`, { file, offset }, { fix: "take it out" });
}

function scan(file: string, text: string): void {
  for (const { index, code } of hiddenIn(text)) {
    const offset = Buffer.byteLength(text.slice(0, index));
    throw new ClawError("E_HIDDEN_UNICODE", `${file}:${offset} holds U+${code}, which nobody can see`, { file, offset }, { fix: "write it as an escape" });
  }
}

interface Hidden {
  readonly character: string;
  readonly code: string;
  readonly index: number;
}

function* hiddenIn(text: string): Generator<Hidden> {
  for (const { 0: character, index } of text.matchAll(hidden)) {
    const before = text.slice(Math.max(0, index - 3), index);
    const isByteOrderMark = index === 0 && character === "\uFEFF";
    if (isByteOrderMark || (emojiPart.test(character) && beforeEmojiPart.test(before))) continue;
    yield { character, index, code: character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0") ?? "" };
  }
}
