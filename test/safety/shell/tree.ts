import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * What stands at every path below a folder. Of a file, its inode and when it or anything about it was last changed, which nothing
 * that writes can forge: what was changed and changed back differs as well. Of a folder its mode, and what is in it.
 */
export type Tree = ReadonlyMap<string, string>;

export function treeOf(folder: string): Tree {
  const tree = new Map<string, string>();
  const enter = (at: string, before: string): void => {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      const { mode, ino, ctimeNs } = lstatSync(path, { bigint: true });
      tree.set(before + entry.name, entry.isDirectory() ? `folder ${mode}` : `${ino} ${ctimeNs}`);
      if (entry.isDirectory()) enter(path, `${before}${entry.name}/`);
    }
  };
  enter(folder, "");
  return tree;
}

export interface Difference {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly deleted: readonly string[];
}

export function difference(before: Tree, after: Tree): Difference {
  return {
    created: [...after.keys()].filter((path) => !before.has(path)),
    changed: [...after].filter(([path, what]) => before.has(path) && before.get(path) !== what).map(([path]) => path),
    deleted: [...before.keys()].filter((path) => !after.has(path)),
  };
}

export const isSame = ({ created, changed, deleted }: Difference): boolean => created.length + changed.length + deleted.length === 0;
