import { lstatSync } from "node:fs";
import { join } from "node:path";
import type { Located } from "@claw/kernel";
import { walk } from "./folder-walk.ts";
import { guardOf, type ProtectedFolders } from "./protected-paths.ts";

/** Device and inode of files of the workspace that have another name somewhere: no name alone says what such a file is. */
export interface OtherNames {
  readonly secrets: readonly string[];
  readonly guarded: readonly string[];
}

export const withOtherNames = (protect: ProtectedFolders, { secrets, guarded }: OtherNames): ProtectedFolders => ({
  ...protect,
  credentials: [...(protect.credentials ?? []), ...secrets],
  guarded: [...(protect.guarded ?? []), ...guarded],
});

/** What package managers link from their stores is not the person's; git's objects are nobody's names. */
const skipped: ReadonlySet<string> = new Set(["node_modules", "site-packages", "dist-packages", "objects"]);
const mostFiles = 20_000;

/** Whether a look for other names is worth it: almost no file has two. */
export const mayHaveOtherNames = (located: ReadonlyMap<string, Located>): boolean =>
  [...located.values()].some(({ inside, kind, links }) => inside && kind === "file" && (links ?? 1) > 1);

/** Looks through the session's folders for files that are asked about by their names and have a second one. */
export async function otherNamesIn(roots: readonly string[], protect: ProtectedFolders, signal: AbortSignal): Promise<OtherNames> {
  const [secrets, guarded]: [string[], string[]] = [[], []];
  for (const root of roots) {
    for await (const { relative, type } of walk(root, { depth: Number.POSITIVE_INFINITY, most: mostFiles, skipped }, signal)) {
      if (type !== "file") continue;
      const path = join(root, relative);
      const guard = guardOf(path, protect);
      const identity = guard === undefined ? undefined : identityOf(path);
      if (identity !== undefined) (guard === "secret" ? secrets : guarded).push(identity);
    }
  }
  return { secrets, guarded };
}

/** As the workspace tells it, of a file with several names. */
function identityOf(path: string): string | undefined {
  try {
    const { dev, ino, nlink } = lstatSync(path, { bigint: true });
    return nlink > 1n ? `${dev}:${ino}` : undefined;
  } catch {
    return undefined;
  }
}
