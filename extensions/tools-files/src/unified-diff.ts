export interface UnifiedDiff {
  /** With its two header lines; cut after so many characters that no log suffers. */
  readonly patch: string;
  readonly added: number;
  readonly removed: number;
}

const context = 3;

/** Past so many differing lines the shortest way is not looked for any more: all of it is said to be replaced. */
const maxEditLength = 2000;
const maxPatchLength = 64 * 1024;

/** What changed between two texts, by lines; line ends of Windows are not shown. Costs what changed, not what the file is long. */
export async function unifiedDiff(path: string, before: string, after: string): Promise<UnifiedDiff> {
  const [old, now] = [plain(before), plain(after)];
  const { start, oldEnd, newEnd } = changedPart(old, now);
  const { structuredPatch, formatPatch, FILE_HEADERS_ONLY } = await import("diff");
  const [oldPart, newPart] = [old.slice(start, oldEnd), now.slice(start, newEnd)];
  const found = structuredPatch(`a/${path}`, `b/${path}`, oldPart, newPart, undefined, undefined, { context, maxEditLength });
  const patch = found ?? structuredPatch(`a/${path}`, `b/${path}`, "", "", undefined, undefined, { context });
  const skipped = linesIn(old.slice(0, start));
  const hunks = (found === undefined ? [replacement(oldPart, newPart)] : patch.hunks).map((hunk) => ({
    ...hunk,
    oldStart: hunk.oldStart + skipped,
    newStart: hunk.newStart + skipped,
  }));
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const text = formatPatch({ ...patch, hunks }, FILE_HEADERS_ONLY);
  return { patch: cut(text), added: lines.filter((line) => line.startsWith("+")).length, removed: lines.filter((line) => line.startsWith("-")).length };
}

const plain = (text: string): string => (text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text);

/** From where to where two texts differ, in whole lines, with the lines of context around. */
function changedPart(old: string, now: string): { readonly start: number; readonly oldEnd: number; readonly newEnd: number } {
  const shorter = Math.min(old.length, now.length);
  let first = 0;
  while (first < shorter && old.charCodeAt(first) === now.charCodeAt(first)) first += 1;
  let same = 0;
  while (same < shorter - first && old.charCodeAt(old.length - 1 - same) === now.charCodeAt(now.length - 1 - same)) same += 1;
  let start = lineStart(old, first);
  for (let line = 0; line < context; line += 1) start = lineStart(old, start - 1);
  // The rest of the line in which the difference ends, and the lines of context after it, which both texts have.
  let end = old.length - same;
  for (let line = 0; line <= context && end < old.length; line += 1) end = lineEnd(old, end);
  return { start, oldEnd: end, newEnd: end + now.length - old.length };
}

const lineStart = (text: string, position: number): number => (position <= 0 ? 0 : text.lastIndexOf("\n", position - 1) + 1);

function lineEnd(text: string, position: number): number {
  const end = text.indexOf("\n", position);
  return end === -1 ? text.length : end + 1;
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}

function replacement(oldPart: string, newPart: string): { oldStart: number; oldLines: number; newStart: number; newLines: number; lines: string[] } {
  const rows = (text: string, sign: string): string[] =>
    text === ""
      ? []
      : text
          .replace(/\n$/u, "")
          .split("\n")
          .map((line) => sign + line);
  const [removed, added] = [rows(oldPart, "-"), rows(newPart, "+")];
  return { oldStart: 1, oldLines: removed.length, newStart: 1, newLines: added.length, lines: [...removed, ...added] };
}

const cut = (patch: string): string =>
  patch.length <= maxPatchLength ? patch : `${patch.slice(0, patch.lastIndexOf("\n", maxPatchLength))}\n[the rest of the patch was cut]\n`;

/** The beginning of a patch for the model, without its header. */
export function snippetOf(patch: string, maxLines: number = 40): string {
  const lines = patch.split("\n").filter((line) => !/^(?:---|\+\+\+) [ab]\//u.test(line));
  const shown = lines.slice(0, maxLines).map((line) => (line.length > 300 ? `${line.slice(0, 300)}…` : line));
  return lines.length > maxLines ? [...shown, `[${lines.length - maxLines} more lines of changes]`].join("\n") : shown.join("\n").trimEnd();
}
