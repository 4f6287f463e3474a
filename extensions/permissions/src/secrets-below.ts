import type { CallScope, Located, ShellReport, Workspace } from "@claw/kernel";
import { isSecretFile, isWithin } from "@claw/kernel/kit";
import { walk } from "./folder-walk.ts";
import { matcherOf } from "./links-below.ts";
import { isInRepository } from "./repository.ts";
import { type SearchScope, searchScope } from "./search-scope.ts";

/** Looks below a folder, as far as a scope goes, for a file that must not be read unasked and that `matches`, by its path from there; undefined if there is none. */
export type SecretSearch = (folder: string, scope: SearchScope, matches: (relative: string) => boolean) => Promise<string | undefined>;

/** How many files are looked at: past that the mask of the extension `secrets` is what remains. */
const mostFiles = 20_000;

/** A folder that a command reads through: what is searched, and the path of the report that stands for it. */
export interface ReadThrough {
  readonly path: string;
  readonly folder: string;
  readonly scope: SearchScope;
  matches(relative: string): boolean;
}

/** The folders whose files a command's output may show. */
export function readThrough(report: ShellReport, located: ReadonlyMap<string, Located>, roots: readonly string[]): readonly ReadThrough[] {
  return report.commands.flatMap((command) => {
    const scope = command.class === "read-only" ? searchScope(command) : undefined;
    if (scope === undefined) return [];
    return command.reads.flatMap(({ path, many, pos, end }): readonly ReadThrough[] => {
      if (!many) return [];
      // What it reads is known only once it runs: it may be anything in the session's folders.
      if (path === "/") return roots.map((folder) => ({ path, folder, scope, matches: () => true }));
      const place = located.get(path);
      const isFolder = place?.inside === true && place.kind === "folder";
      return isFolder ? [{ path, folder: place.real, scope, matches: matcherOf(report.text.slice(pos, end)) }] : [];
    });
  });
}

/** Whether a file, by its path from the folder that is searched, is in a search's scope. */
export function isInScope(relative: string, { hidden, names }: SearchScope): boolean {
  const parts = relative.split("/");
  const name = parts.at(-1) ?? "";
  return (hidden || !parts.some((part) => part.startsWith("."))) && (names === undefined || names.some((pattern) => pattern.test(name)));
}

/** By folder that is read through: a file in it that may hold secrets, and what there is to say of it. */
export async function secretsBelow(places: readonly ReadThrough[], search: SecretSearch): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { path, folder, scope, matches } of places) {
    const secret = found.has(path) ? undefined : await search(folder, scope, matches);
    if (secret !== undefined) found.set(path, `${secret} as well, which may hold secrets`);
  }
  return found;
}

/** The same of what `.agentsignore` names. */
export function ignoredBelow(places: readonly ReadThrough[], ignored: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    places.flatMap(({ path, folder, scope, matches }) => {
      const kept = ignored.find((one) =>
        isWithin(folder, one) ? matches(one.slice(folder.length + 1)) && isInScope(one.slice(folder.length + 1), { ...scope, names: undefined }) : isWithin(one, folder),
      );
      return kept === undefined ? [] : [[path, `${kept} as well, which .agentsignore names`] as const];
    }),
  );
}

/** What dependencies bring along is not the person's. */
const dependencies: ReadonlySet<string> = new Set([".git", "node_modules", "site-packages", "dist-packages"]);

export const searchIn =
  (workspace: Workspace, scope: CallScope): SecretSearch =>
  async (folder, wanted, matches) => {
    const isMeant = (relative: string): boolean => isSecretFile(`${folder}/${relative}`) && isInScope(relative, wanted) && matches(relative);
    const isAll = wanted.ignored === true || (wanted.ignored === "without-repository" && !isInRepository(folder));
    for await (const relative of isAll ? filesBelow(folder, scope.signal) : keptBelow(workspace, folder, scope)) if (isMeant(relative)) return `${folder}/${relative}`;
    return undefined;
  };

async function* filesBelow(folder: string, signal: AbortSignal): AsyncGenerator<string, void> {
  for await (const { relative, type } of walk(folder, { depth: Number.POSITIVE_INFINITY, most: mostFiles, skipped: dependencies }, signal))
    if (type !== "folder") yield relative;
}

/** Those that `.gitignore` does not name. */
async function* keptBelow(workspace: Workspace, folder: string, scope: CallScope): AsyncGenerator<string, void> {
  let looked = 0;
  for await (const { path } of workspace.list(folder, scope)) {
    if (looked++ === mostFiles) return;
    const relative = path.slice(folder.length + 1);
    if (!relative.split("/").some((part) => dependencies.has(part))) yield relative;
  }
}
