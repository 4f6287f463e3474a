import type { GrepMode } from "./grep-command.ts";

/** One line of what ripgrep found, or one file. */
export interface GrepEntry {
  /** As ripgrep was given it. */
  readonly path: string;
  /** What follows the path: nothing, a count, or a line with its number. */
  readonly text: string;
  /** Lines are left out before it. */
  readonly isApart: boolean;
}

/** A name or a line this long is not waited for. */
const maxPieceBytes = 1024 * 1024;

/** What ripgrep prints, piece by piece. */
export async function* grepEntries(output: AsyncIterable<Uint8Array>, mode: GrepMode): AsyncGenerator<GrepEntry, void> {
  let isApart = false;
  for await (const piece of piecesOf(output, mode === "files_with_matches" ? 0 : 10)) {
    const text = piece.endsWith("\r") ? piece.slice(0, -1) : piece;
    if (mode === "content" && text === "--") {
      isApart = true;
      continue;
    }
    if (text === "") continue;
    yield entryOf(text, isApart);
    isApart = false;
  }
}

function entryOf(piece: string, isApart: boolean): GrepEntry {
  const end = piece.indexOf("\0");
  if (end !== -1) return { path: piece.slice(0, end), text: piece.slice(end + 1), isApart };
  // What ripgrep says of a file instead of showing its lines.
  const remark = piece.lastIndexOf(": binary file matches");
  return remark === -1 ? { path: piece, text: "", isApart } : { path: piece.slice(0, remark), text: ` ${piece.slice(remark + 2)}`, isApart };
}

async function* piecesOf(output: AsyncIterable<Uint8Array>, separator: number): AsyncGenerator<string, void> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const bytes of output) {
    const buffer = rest.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.concat([rest, bytes]);
    let from = 0;
    for (let end = buffer.indexOf(separator); end !== -1; end = buffer.indexOf(separator, from)) {
      yield buffer.toString("utf8", from, end);
      from = end + 1;
    }
    rest = Buffer.from(buffer.subarray(from));
    if (rest.length > maxPieceBytes) rest = rest.subarray(0, maxPieceBytes);
  }
  if (rest.length > 0) yield rest.toString();
}

/** The order of `rg --sort=path`: folder by folder, by name. */
export function sortEntries(entries: readonly GrepEntry[]): readonly GrepEntry[] {
  const parts = new Map(entries.map(({ path }) => [path, path.split("/")]));
  return entries.toSorted((a, b) => (a.path === b.path ? 0 : compareParts(parts.get(a.path) ?? [], parts.get(b.path) ?? [])));
}

function compareParts(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((part, index) => part !== b[index]);
  const [ours, theirs] = [a[at], b[at]];
  if (ours === undefined || theirs === undefined) return a.length - b.length;
  return Buffer.compare(Buffer.from(ours), Buffer.from(theirs));
}

export interface Page {
  readonly entries: readonly GrepEntry[];
  /** There is more after them. */
  readonly isCut: boolean;
}

/** Some entries of many: reads no further than it must. */
export async function pageOf(entries: AsyncIterable<GrepEntry> | Iterable<GrepEntry>, skip: number, take: number, maxBytes: number): Promise<Page> {
  const page: GrepEntry[] = [];
  let skipped = 0;
  let bytes = 0;
  for await (const entry of entries) {
    if (skipped < skip) {
      skipped += 1;
      continue;
    }
    bytes += entry.path.length + entry.text.length + 1;
    if (page.length >= take || (bytes > maxBytes && page.length > 0)) return { entries: page, isCut: true };
    page.push(entry);
  }
  return { entries: page, isCut: false };
}
