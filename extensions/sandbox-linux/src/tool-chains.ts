import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { isHidden } from "./hidden-places.ts";

/** What a tool chain below the home folder consists of, where binding its whole folder would show more than programs. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  ".local": ["bin", "lib", "share/pnpm", "share/mise", "share/fnm", "share/uv"],
  ".cargo": ["bin", "registry", "git", "env", "config.toml"],
  go: ["bin", "pkg"],
};

/**
 * The programs of PATH that lie in hidden places, as folders that may be read: the folder itself, and what belongs to it. The home
 * folder as a whole, and the session's own folders, are never among them.
 */
export function toolChains(pathFolders: readonly string[], hidden: readonly string[], home: string | undefined, roots: readonly string[]): readonly string[] {
  const found = pathFolders.flatMap((folder) => {
    const real = realOf(folder);
    if (real === undefined || real === home || !isHidden(real, hidden) || roots.some((root) => isWithin(root, real))) return [];
    return wholeChain(real, home);
  });
  return [...new Set(found)].filter((path) => path !== home && !hidden.includes(path)).sort();
}

function wholeChain(folder: string, home: string | undefined): readonly string[] {
  const parent = dirname(folder);
  const parts = Object.hasOwn(partsOf, basename(parent)) ? partsOf[basename(parent)] : undefined;
  if (parts !== undefined) return [folder, ...parts.map((part) => join(parent, part)), ...besides(parent)].filter((path) => existsSync(path));
  // `bin` and `shims` hold the doors of a tool chain; what they open lies beside them.
  return (basename(folder) === "bin" || basename(folder) === "shims") && parent !== home && isDeep(parent) ? [parent] : [folder];
}

/** rustup's chains are no folder of PATH. */
const besides = (parent: string): readonly string[] => (basename(parent) === ".cargo" ? [join(dirname(parent), ".rustup")] : []);

/** A folder directly below a place that many things share is no tool chain's own. */
const isDeep = (path: string): boolean => path.split("/").length > 3 || basename(path).startsWith(".");

function realOf(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    return statSync(real).isDirectory() ? real : undefined;
  } catch {
    return undefined;
  }
}
