import { isAbsolute } from "node:path";

export interface GlobPattern {
  /** The folder that everything it matches is below; relative to where it is meant from, or absolute. */
  readonly folder: string;
  /** Whether a path below that folder, with `/`, is matched. */
  matches(path: string): boolean;
}

/** Reads a pattern; one that names a file without any pattern is matched by that file. Whoever names a hidden file or folder means hidden ones. */
export async function createGlobPattern(pattern: string, dot: boolean = /(?:^|[/{,(|])\.[^./]/u.test(pattern)): Promise<GlobPattern> {
  const { default: picomatch } = await import("picomatch");
  const wanted = pattern.replace(/^(?:\.\/)+/u, "");
  const { base, glob } = picomatch.scan(wanted, { unescape: true });
  // Without a pattern all of it is base: its last part is what is looked for.
  const cut = base.lastIndexOf("/");
  const [folder, below] = glob !== "" ? [base, glob] : cut === -1 ? ["", base] : [base.slice(0, Math.max(cut, isAbsolute(base) ? 1 : 0)), base.slice(cut + 1)];
  // Folders are named [like] (this) by some frameworks: such a name means itself, too.
  const literal = below.replaceAll(/(?<![!@?*+\\])\((?<name>[^()|]*)\)/gu, "\\($<name>\\)").replaceAll(/[[\]]/gu, "\\$&");
  return { folder: folder === "" ? "." : folder, matches: picomatch(literal === below ? below : [below, literal], { dot }) };
}
