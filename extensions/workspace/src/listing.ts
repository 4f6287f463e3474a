import { ClawError, type CallScope, type ListedFile, type Located } from "@claw/kernel";
import { foldersBetween, isWithin } from "@claw/kernel/kit";
import { lstatSync, realpathSync, statSync, type Dirent, type Stats } from "node:fs";
import { join, relative, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { AgentsIgnore, AgentsRules } from "./agents-ignore.ts";
import { realFolders, type Confinement } from "./confinement.ts";
import { createIgnoreRules, type IgnoreRules } from "./ignore-rules.ts";
import { openListed, type ListedFolder } from "./listed-folder.ts";
import { isPlain } from "./path-text.ts";

/** So many files are looked at in one go; the calls are synchronous, which takes a third of the time of the asynchronous ones. */
const goSize = 256;

interface Pending {
  readonly real: string;
  /** From where rules are counted, with `/`; empty for that folder itself. */
  readonly below: string;
  /** What it is called in the answer. */
  readonly path: string;
  readonly rules: IgnoreRules | undefined;
}

/** The files below a folder, a folder at a time, by name. Links to folders are not followed; a link to a file is listed when the file is in the session's folders. */
export async function* listFiles(
  { confinement, agents }: { readonly confinement: Confinement; readonly agents: AgentsIgnore },
  folder: string,
  call: CallScope,
  options: { readonly ignored?: boolean } = {},
): AsyncGenerator<ListedFile, void> {
  const place = await confinement.admit(folder, call);
  if (place.kind === "missing") throw new ClawError("PATH_NOT_FOUND", `${place.path} does not exist`, { path: place.path });
  if (place.kind !== "folder") throw new ClawError("PATH_NOT_FOUND", `${place.path} is no folder`, { path: place.path });
  const roots = realFolders(call);
  const top = topOf(place.real, roots);
  if (relative(top, place.real).split(sep).some(isGit)) return;
  const kept = keptFrom(await agents.rulesForOnce(call), place);

  const stack = [options.ignored === true ? { real: place.real, below: "", path: place.path, rules: undefined } : await ruled(place, top)];
  let seen = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    call.signal.throwIfAborted();
    using opened = openListed(next.real);
    if (opened === undefined) {
      if (next.path === place.path) throw new ClawError("PATH_UNREADABLE", `${place.path} could not be listed`, { path: place.path });
      continue;
    }
    const { real, path, below } = next;
    const rules = next.rules === undefined ? undefined : rulesIn(opened, below, next.rules);
    const folders: Pending[] = [];
    for (const entry of opened.entries) {
      const { name } = entry;
      if (!isPlain(name) || isGit(name)) continue;
      const from = below === "" ? name : `${below}/${name}`;
      if (entry.isDirectory()) {
        const inner = join(real, name);
        if (rules?.ignores(`${from}/`) !== true && !kept(inner, true)) folders.push({ real: inner, below: from, path: join(path, name), rules });
        continue;
      }
      const isLeftOut = rules?.ignores(from) === true || kept(join(real, name), false);
      const stats = isLeftOut ? undefined : fileStats(entry, opened.at(name), join(real, name), [...roots, place.real], kept);
      if (stats === undefined) continue;
      yield { path: join(path, name), size: stats.size, mtimeMs: stats.mtimeMs };
      seen += 1;
      if (seen % goSize === 0) await setImmediate();
    }
    stack.push(...folders.toReversed());
  }
}

type Kept = (path: string, isFolder: boolean) => boolean;

/** What `.agentsignore` keeps from agents. A folder that it names itself is listed whole where the judgement of the call allowed it. */
function keptFrom(rules: AgentsRules | undefined, { ignored }: Located): Kept {
  if (rules === undefined) return () => false;
  return (path, isFolder) => {
    const verdict = rules.verdict(path, isFolder);
    return verdict !== "free" && (verdict !== "named" || ignored !== true);
  };
}

const isGit = (name: string): boolean => name.toLowerCase() === ".git";

/** The outermost of the session's folders around a folder, or itself. */
const topOf = (real: string, roots: readonly string[]): string =>
  roots.filter((root) => isWithin(root, real)).toSorted((a, b) => a.length - b.length)[0] ?? real;

/** The folder with the rules that the folders around it have for it. A folder that they ignore is listed when it is asked for: its own rules alone hold then. */
async function ruled(place: Located, top: string): Promise<Pending> {
  const none = await createIgnoreRules();
  const below = relative(top, place.real).split(sep).join("/");
  let rules = none;
  for (const folder of foldersBetween(top, place.real).slice(0, -1)) {
    using opened = openListed(folder);
    if (opened !== undefined) rules = rulesIn(opened, relative(top, folder).split(sep).join("/"), rules);
  }
  const isIgnored = below !== "" && rules.ignores(`${below}/`);
  return isIgnored ? { real: place.real, below: "", path: place.path, rules: none } : { real: place.real, below, path: place.path, rules };
}

function rulesIn(opened: ListedFolder, below: string, above: IgnoreRules): IgnoreRules {
  const names = new Set(opened.entries.map(({ name }) => name));
  const exclude = names.has(".git") ? opened.text(".git/info/exclude") : undefined;
  const ignore = names.has(".gitignore") ? opened.text(".gitignore") : undefined;
  // A repository in a repository knows nothing of the outer one's rules.
  const start = names.has(".git") ? above.none() : above;
  return [exclude, ignore].reduce((rules, text) => (text === undefined ? rules : rules.with(below, text)), start);
}

function fileStats(entry: Dirent, at: string, real: string, roots: readonly string[], kept: Kept): Stats | undefined {
  try {
    if (entry.isFile()) {
      const stats = lstatSync(at);
      return stats.isFile() ? stats : undefined;
    }
    if (!entry.isSymbolicLink()) return undefined;
    const target = realpathSync(real);
    const stats = statSync(target);
    return stats.isFile() && roots.some((root) => isWithin(root, target)) && !kept(target, false) ? stats : undefined;
  } catch {
    // Gone since the folder was read, a link to nothing, or not ours to look at.
    return undefined;
  }
}
