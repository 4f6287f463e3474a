/** Ways in which a text is often almost right, the least harmless last. Each makes two lines equal that differ in it alone. */
const likenesses: readonly { readonly what: string; readonly alike: (line: string) => string }[] = [
  { what: "white space at the end of lines", alike: (line) => line.trimEnd() },
  { what: "indentation", alike: (line) => line.trim() },
  { what: "white space", alike: (line) => line.replaceAll(/\s+/gu, "") },
  { what: "quotes, dashes or special spaces", alike: (line) => plain(line).replaceAll(/\s+/gu, "") },
  { what: "backslashes", alike: (line) => plain(line).replaceAll(/\s+|\\/gu, "") },
  {
    what: "upper and lower case",
    alike: (line) =>
      plain(line)
        .replaceAll(/\s+|\\/gu, "")
        .toLowerCase(),
  },
];

const plain = (line: string): string =>
  line
    .normalize("NFKC")
    .replaceAll(/[‘’‚‛′]/gu, "'")
    .replaceAll(/[“”„‟″]/gu, '"')
    .replaceAll(/[‐‑‒–—―−]/gu, "-")
    .replaceAll(/[\u200B-\u200D\u2060\uFEFF]/gu, "");

/** Longer texts are not searched for what is almost right: it would take seconds. */
const maxLength = 2_000_000;

/** Why a text that does not occur in a file may have been expected to, as the end of a sentence; empty when nothing comes near it. */
export function nearMiss(text: string, old: string): string {
  if (text.length > maxLength) return "";
  const lines = text.split(/\r?\n/u);
  const wanted = coreOf(old.split(/\r?\n/u));
  if (wanted.length === 0) return "";
  if (wanted.every((line) => /^\s*\d+→/u.test(line))) return ": it has line numbers in it, which are not part of the file";
  const exact = findLines(lines, wanted);
  if (exact.length > 0) return `, but without the line ends around it it does: ${differences(lines, wanted, exact)}`;
  for (const { what, alike } of likenesses) {
    const found = findLines(lines.map(alike), wanted.map(alike));
    if (found.length > 0) return `, but what differs only in ${what} does: ${differences(lines, wanted, found)}`;
  }
  const lone = nearestLine(lines, wanted);
  return lone === undefined ? "" : `; the nearest is line ${lone + 1}: ${quoted(lines[lone])}`;
}

/** Without the blank lines around. */
const coreOf = (lines: readonly string[]): readonly string[] => {
  const isFull = (line: string): boolean => line.trim() !== "";
  return lines.slice(Math.max(0, lines.findIndex(isFull)), lines.findLastIndex(isFull) + 1);
};

/** Where some lines stand in a row: the first may begin and the last may end in the middle of a line. */
function findLines(lines: readonly string[], wanted: readonly string[]): readonly number[] {
  if (wanted[0] === "") return [];
  const found: number[] = [];
  for (let at = 0; at + wanted.length <= lines.length && found.length < 3; at += 1) {
    if (wanted.every((line, index) => fits(lines[at + index] ?? "", line, index === 0, index === wanted.length - 1))) found.push(at);
  }
  return found;
}

const fits = (line: string, wanted: string, isFirst: boolean, isLast: boolean): boolean =>
  isFirst && isLast ? line.includes(wanted) : isFirst ? line.endsWith(wanted) : isLast ? line.startsWith(wanted) : line === wanted;

function differences(lines: readonly string[], wanted: readonly string[], found: readonly number[]): string {
  const places = found.map((at) => (wanted.length > 1 ? `${at + 1} to ${at + wanted.length}` : `${at + 1}`)).join(", ");
  const [at = 0] = found;
  const differing = wanted.findIndex((line, index) => !fits(lines[at + index] ?? "", line, index === 0, index === wanted.length - 1));
  const example = differing === -1 ? "" : `; the file has ${quoted(lines[at + differing])} where old_string has ${quoted(wanted[differing])}`;
  return `line ${places}${example}`;
}

/** The first line that holds, or is held by, the longest line looked for. */
function nearestLine(lines: readonly string[], wanted: readonly string[]): number | undefined {
  const longest = wanted.map((line) => line.trim()).toSorted((a, b) => b.length - a.length)[0] ?? "";
  if (longest.length < 4) return undefined;
  const found = lines.findIndex((line) => line.includes(longest) || (line.trim().length >= 4 && longest.includes(line.trim())));
  return found === -1 ? undefined : found;
}

const quoted = (line: string = ""): string => JSON.stringify(line.length > 160 ? `${line.slice(0, 160)}…` : line);
