import { ClawError, type CallScope } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { constants, lstatSync, realpathSync, type BigIntStats } from "node:fs";
import { join, relative, sep } from "node:path";
import { errnoOf } from "./disk-error.ts";
import { createIgnoreRules, type IgnoreRules } from "./ignore-rules.ts";
import { changed, openSame, retried } from "./opened.ts";

const fileName = ".agentsignore";
const maxBytes = 256 * 1024;
/** Sessions come and go; more folders than these are read again. */
const maxKept = 64;

/** `free`, `named` by the rules, or the reason why nothing of that folder is opened. */
export type AgentsVerdict = "free" | "named" | ClawError;

/** What the files `.agentsignore` of a call's folders say. */
export interface AgentsRules {
  /** Of an absolute path, by its name alone. */
  verdict(path: string, isFolder: boolean): AgentsVerdict;
  /** The real folders that have rules. */
  readonly folders: readonly string[];
  /** Folders and rules as one text: what is the same in it answers the same. */
  readonly text: string;
}

export interface AgentsIgnore {
  /** Undefined when none of the session's folders has such a file: that costs one look at each. */
  rulesOf(call: CallScope): Promise<AgentsRules | undefined>;
  /** The same, read anew: the library remembers every path it is asked for, which must not be a whole disk's. */
  rulesForOnce(call: CallScope): Promise<AgentsRules | undefined>;
}

interface FolderRules {
  /** As the session names it. */
  readonly given: string;
  readonly real: string;
  readonly rules: FolderText | ClawError;
}

interface FolderText {
  readonly text: string;
  readonly ignores: IgnoreRules["ignores"];
}

interface Kept extends FolderText {
  readonly stamp: string;
}

/** Reads `.agentsignore` at the top of each of the session's folders; one that was read is read again when it has changed. */
export function createAgentsIgnore(): AgentsIgnore {
  const kept = new Map<string, Kept>();
  return { rulesOf: (call) => rulesWith(kept, call), rulesForOnce: (call) => rulesWith(new Map(), call) };
}

async function rulesWith(kept: Map<string, Kept>, call: CallScope): Promise<AgentsRules | undefined> {
  const folders: FolderRules[] = [];
  for (const given of call.roots) {
    const real = realOf(given);
    const rules = real === undefined ? undefined : await retried(() => rulesIn(real, call, kept));
    if (real !== undefined && rules !== undefined) folders.push({ given, real, rules });
  }
  if (folders.length === 0) return undefined;
  return {
    folders: folders.map(({ real }) => real),
    text: JSON.stringify(folders.map(({ given, real, rules }) => [given, real, ClawError.is(rules) ? "" : rules.text])),
    verdict: (path, isFolder) => verdictOf(folders, path, isFolder),
  };
}

function realOf(folder: string): string | undefined {
  try {
    return realpathSync.native(folder);
  } catch {
    return undefined;
  }
}

function verdictOf(folders: readonly FolderRules[], path: string, isFolder: boolean): AgentsVerdict {
  let verdict: AgentsVerdict = "free";
  for (const { given, real, rules } of folders) {
    for (const top of given === real ? [real] : [given, real]) {
      if (!isWithin(top, path)) continue;
      if (ClawError.is(rules)) return rules;
      const below = relative(top, path).split(sep).join("/");
      if (below !== "" && rules.ignores(isFolder ? `${below}/` : below)) verdict = "named";
    }
  }
  return verdict;
}

async function rulesIn(folder: string, call: CallScope, kept: Map<string, Kept>): Promise<FolderText | ClawError | undefined> {
  const file = join(folder, fileName);
  try {
    const stats = lstatSync(file, { bigint: true, throwIfNoEntry: false });
    if (stats === undefined || isNothing(stats)) return undefined;
    const known = kept.get(file);
    if (known?.stamp === stampOf(stats)) return known;
    const real = stats.isSymbolicLink() ? realpathSync.native(file) : file;
    if (!call.roots.some((root) => isWithin(realOf(root) ?? root, real))) return unusable(folder, "is a link that leads out of the session's folders");
    const text = await textOf(real, folder).catch((error: unknown) => {
      // It was there a moment ago.
      throw ClawError.is(error, "PATH_NOT_FOUND") ? changed(file, error) : error;
    });
    if (!/^\s*[^#\s]/mu.test(text)) return undefined;
    const { ignores } = (await createIgnoreRules()).with("", text);
    // A pattern that the library cannot take is told now, not when a path is asked for.
    ignores("x");
    if (kept.size >= maxKept) kept.clear();
    if (!stats.isSymbolicLink()) kept.set(file, { stamp: stampOf(stats), text, ignores });
    return { text, ignores };
  } catch (error) {
    if (ClawError.is(error, "PATH_CHANGED") || call.signal.aborted) throw error;
    if (ClawError.is(error, "PATH_UNREADABLE") && error.data.path === folder) return error;
    return unusable(folder, `cannot be read (${errnoOf(error) ?? (error instanceof Error ? error.message : String(error))})`, error);
  }
}

/** Where a sandbox keeps the name free, the file with nothing in it is put there. */
const isNothing = (stats: BigIntStats): boolean =>
  stats.isCharacterDevice() && stats.rdev === lstatSync("/dev/null", { bigint: true, throwIfNoEntry: false })?.rdev;

const stampOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string => [dev, ino, size, mtimeNs, ctimeNs].join(" ");

async function textOf(real: string, folder: string): Promise<string> {
  await using handle = await openSame(real, constants.O_RDONLY, "read");
  if (!(await handle.stat()).isFile()) throw unusable(folder, "is no regular file");
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (let read = 1; read > 0 && length < buffer.length; length += read)
    ({ bytesRead: read } = await handle.read(buffer, length, buffer.length - length, length));
  if (length > maxBytes) throw unusable(folder, `has more than ${maxBytes} bytes`);
  return decoded(buffer.subarray(0, length), folder);
}

function decoded(bytes: Uint8Array, folder: string): string {
  try {
    // It takes the byte order mark away, too.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw unusable(folder, "is not UTF-8", error);
  }
}

const unusable = (folder: string, why: string, cause?: unknown): ClawError<"PATH_UNREADABLE"> =>
  new ClawError(
    "PATH_UNREADABLE",
    `${join(folder, fileName)} ${why}, so nothing in ${folder} is opened`,
    { path: folder },
    { cause, fix: `make it a text file in that folder of at most ${maxBytes / 1024} KiB that can be read, or remove it` },
  );
