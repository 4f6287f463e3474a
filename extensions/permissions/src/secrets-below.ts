import { ClawError, type CallScope, type Located, type ShellPath, type ShellReport, type Workspace } from "@claw/kernel";
import { isSecretFile, isWithin } from "@claw/kernel/kit";
import { lstatSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import { gitTellsNames } from "./git-telling.ts";
import { walk } from "./folder-walk.ts";
import { type ListedFiles, listedFiles, type Listing } from "./listed-files.ts";
import { namesOf } from "./links-below.ts";
import { isInRepository } from "./repository.ts";
import { takenIn } from "./taken-in.ts";
import { everything, isSearch, type SearchScope, searchScope } from "./search-scope.ts";

/** Looks below a folder for a file that is handed on and that its name does not tell all of: a link, a folder, a name that is taken for several. */
export type OddSearch = (folder: string, listing: Listing) => Promise<string | undefined>;

/** Looks below a folder, as far as a scope goes, for a file that must not be read unasked and that `matches`, by its path from there; undefined if there is none. */
export type SecretSearch = (folder: string, scope: SearchScope, matches: (relative: string) => boolean) => Promise<string | undefined>;

/** How many files are looked at: past that the mask of the extension `secrets` is what remains. */
const mostFiles = 20_000;

/** A folder that a command reads through: what is searched, and the path of the report that stands for it. */
export interface ReadThrough {
  readonly path: ShellPath;
  readonly folder: string;
  readonly scope: SearchScope;
  matches(relative: string): boolean;
  /** Where the text shows which files they are, if they can be told by their names: below these folders. */
  readonly listed?: { readonly folders: readonly string[]; readonly listing: Listing } | undefined;
}

/** The folders whose files a command's output may show. */
export function readThrough(report: ShellReport, located: ReadonlyMap<string, Located>, roots: readonly string[]): readonly ReadThrough[] {
  return report.commands.flatMap((command) => {
    const isAny = command.program === "git" && !gitTellsNames(command) && command.reads.some(({ path, many }) => many && path === "/");
    const scope = command.class !== "read-only" && !isSearch(command) ? undefined : isAny ? everything : searchScope(command);
    if (scope === undefined) return [];
    // Names of commits and patterns of paths are no files: with them git searches all it keeps.
    const isSearched = command.program === "git" && command.words.includes("grep") && !command.reads.every(({ path }) => isThere(located.get(path)));
    const isWhole = isSearched || scope.whole === true;
    const whole = isWhole ? command.folders.flatMap((path) => roots.map((folder) => ({ path, folder, scope, matches: () => true }))) : [];
    const named = command.reads.flatMap((path): readonly ReadThrough[] => {
      // What it reads is known only once it runs: it may be anything in the session's folders.
      const listed = listedIn(listedFiles(path, command, report), located);
      if (path.many && path.path === "/") return roots.map((folder) => ({ path, folder, scope, matches: () => true, listed }));
      const place = located.get(path.path);
      const isFolder = place?.inside === true && place.kind === "folder";
      return isFolder ? [{ path, folder: place.real, scope, matches: namesOf(path, command, report.text), listed }] : [];
    });
    return [...whole, ...named];
  });
}

function listedIn(files: ListedFiles | undefined, located: ReadonlyMap<string, Located>): ReadThrough["listed"] {
  const places = files?.folders.map(({ path }) => located.get(path));
  if (files === undefined || places === undefined) return undefined;
  // Under another name it may be found by that one.
  const folders = places.flatMap((place, index) => {
    const isPlain = place?.inside === true && place.kind === "folder" && basename(place.real) === basename(files.folders[index]?.path ?? "");
    return isPlain ? [place.real] : [];
  });
  return folders.length < places.length ? undefined : { folders, listing: files };
}

const isThere = (place: Located | undefined): boolean => place?.kind === "file" || place?.kind === "folder";

/** Whether a file, by its path from the folder that is searched, is in a search's scope. */
export function isInScope(relative: string, { hidden, names }: SearchScope): boolean {
  const parts = relative.split("/");
  const name = parts.at(-1) ?? "";
  return (hidden || !parts.some((part) => part.startsWith("."))) && (names === undefined || names.some((pattern) => pattern.test(name)));
}

/** By path that stands for a folder that is read through: a file in it that may hold secrets, and what there is to say of it. */
export async function secretsBelow(places: readonly ReadThrough[], search: SecretSearch, odd: OddSearch): Promise<ReadonlyMap<ShellPath, string>> {
  const found = new Map<ShellPath, string>();
  for (const { path, folder, scope, matches, listed } of places) {
    const any = found.has(path) ? undefined : await search(folder, scope, matches);
    const secret = any === undefined || listed === undefined ? any : await listedSecret(listed, search, odd);
    if (secret !== undefined) found.set(path, `${secret} as well, which may hold secrets`);
  }
  return found;
}

async function listedSecret({ folders, listing }: NonNullable<ReadThrough["listed"]>, search: SecretSearch, odd: OddSearch): Promise<string | undefined> {
  const scope: SearchScope = { hidden: true, ignored: listing.kept !== true, ...(listing.names === undefined ? {} : { names: listing.names }) };
  for (const folder of folders) {
    const secret = (await odd(folder, listing)) ?? (await search(folder, scope, () => true));
    if (secret !== undefined) return secret;
  }
  return undefined;
}

/** The same of what `.agentsignore` names. */
export function ignoredBelow(places: readonly ReadThrough[], ignored: readonly string[]): ReadonlyMap<ShellPath, string> {
  const found = new Map<ShellPath, string>();
  for (const { path, folder, scope, matches } of places) {
    const isRead = (relative: string): boolean => matches(relative) && isInScope(relative, { hidden: scope.hidden, ignored: true });
    const kept = ignored.find((one) => (isWithin(folder, one) ? isRead(one.slice(folder.length + 1)) : isWithin(one, folder)));
    if (kept !== undefined) found.set(path, `${kept} as well, which .agentsignore names`);
  }
  return found;
}

/** What dependencies bring along is not the person's. */
const dependencies: ReadonlySet<string> = new Set([".git", "node_modules", "site-packages", "dist-packages"]);

export const searchIn =
  (workspace: Workspace, scope: CallScope): SecretSearch =>
  async (folder, wanted, matches) => {
    const inRepository = isInRepository(folder);
    if (inRepository && wanted.onlyWithoutRepository === true) return undefined;
    const isAll = wanted.ignored === true || (wanted.ignored === "without-repository" && !inRepository);
    for await (const relative of isAll ? filesBelow(folder, scope.signal) : keptBelow(workspace, folder, scope)) {
      const path = `${folder}/${relative}`;
      if (isSecretFile(path) && isInScope(relative, wanted) && matches(relative)) return path;
    }
    return wanted.takenIn === true ? takenInBelow(folder, wanted, matches, scope) : undefined;
  };

/** A file that ignore files have searched though it is hidden, or named by another line of theirs. */
async function takenInBelow(folder: string, { names }: SearchScope, matches: (relative: string) => boolean, scope: CallScope): Promise<string | undefined> {
  const isTakenIn = takenIn(folder, scope.roots);
  if (isTakenIn === undefined) return undefined;
  const wanted: SearchScope = { hidden: true, ignored: true, ...(names === undefined ? {} : { names }) };
  for await (const relative of filesBelow(folder, scope.signal)) {
    const path = `${folder}/${relative}`;
    if (isSecretFile(path) && isTakenIn(path) && isInScope(relative, wanted) && matches(relative)) return path;
  }
  return undefined;
}

/** How many entries are looked at; past them anything may be among them. */
const mostListed = 50_000;

export const oddSearch =
  (signal: AbortSignal): OddSearch =>
  async (folder, { names, odd, filesOnly }) => {
    // What a search begins with is found too.
    if (!filesOnly && names?.some((one) => one.test(basename(folder)) || one.test(".")) === true) return folder;
    const entries = walk(folder, { depth: Number.POSITIVE_INFINITY, most: mostListed, skipped: new Set() }, signal);
    for (let next = await entries.next(); ; next = await entries.next()) {
      if (next.done === true) return next.value ? undefined : folder;
      const { relative, type } = next.value;
      const name = relative.slice(relative.lastIndexOf("/") + 1);
      if (names !== undefined && !names.some((one) => one.test(name))) continue;
      const path = `${folder}/${relative}`;
      if (odd?.test(relative) === true) return path;
      if (filesOnly) continue;
      if ((type === "folder" && names !== undefined) || (type === "link" && leadsAstray(path, folder))) return path;
    }
  };

/** Whether a link leads to what its own name does not tell of. */
function leadsAstray(link: string, folder: string): boolean {
  try {
    const real = realpathSync(link);
    return !isWithin(folder, real) || isSecretFile(real) || lstatSync(real).isDirectory();
  } catch {
    return false;
  }
}

async function* filesBelow(folder: string, signal: AbortSignal): AsyncGenerator<string, void> {
  for await (const { relative, type } of walk(folder, { depth: Number.POSITIVE_INFINITY, most: mostFiles, skipped: dependencies }, signal))
    if (type !== "folder") yield relative;
}

/** Those that `.gitignore` does not name. */
async function* keptBelow(workspace: Workspace, folder: string, scope: CallScope): AsyncGenerator<string, void> {
  let looked = 0;
  try {
    for await (const { path } of workspace.list(folder, scope)) {
      if (looked++ === mostFiles) return;
      const relative = path.slice(folder.length + 1);
      if (!relative.split("/").some((part) => dependencies.has(part))) yield relative;
    }
  } catch (error) {
    // A folder that `.agentsignore` names is not listed, and asked about as such.
    if (scope.signal.aborted || !ClawError.is(error)) throw error;
  }
}
