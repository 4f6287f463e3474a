import { constants } from "node:fs";
import { lstat, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  canonicalJson,
  ClawError,
  type InstalledExtension,
  type LockEntry,
  parseStrict,
  type ProjectLock,
  type Store,
  syncFolder,
  validateProjectLock,
  writeNewFile,
  writing,
} from "@claw/kernel/host";
import { satisfies } from "../versions.ts";

/** What a project's lock says of one extension. */
export type Locked = ProjectLock["extensions"][string];

const maxBytes = 1024 * 1024;
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

export const projectLockPath = (project: string): string => join(project, ".claw", "claw.lock");

/** The lock of a project; undefined where there is none. It comes with the project, so it is read strictly and nothing in it grants anything. */
export async function readProjectLock(project: string): Promise<ProjectLock | undefined> {
  const path = projectLockPath(project);
  const bytes = await bytesOf(path);
  if (bytes === undefined) return undefined;
  const value = parseStrict(bytes, { name: path, maxBytes });
  const problems = validateProjectLock(value).map((problem) => `${problem.path}: ${problem.message}`);
  if (problems.length > 0)
    throw new ClawError("E_META_SCHEMA", `${path} is no lock of a project: ${problems[0] ?? ""}`, { document: path, problems }, { fix: "claw ext lock" });
  return value as ProjectLock;
}

/** Writes the lock of a project: the same text on every machine that resolved to the same. */
export async function writeProjectLock(project: string, lock: ProjectLock): Promise<void> {
  const folder = join(project, ".claw");
  await writing(folder, async () => {
    await mkdir(folder, { recursive: true });
    // A link that came with the project would lead the lock out of it.
    if (!(await lstat(folder)).isDirectory()) throw new ClawError("PATH_OUTSIDE", `${folder} is no folder of the project`, { path: folder });
    const fresh = join(folder, `claw.lock.${process.pid}`);
    await rm(fresh, { force: true });
    await writeNewFile(fresh, textOf(lock), 0o644);
    await rename(fresh, projectLockPath(project));
    await syncFolder(folder);
  });
}

/** Sorted, two spaces: for people to read and for version control to compare. */
const textOf = (lock: ProjectLock): string => `${JSON.stringify(JSON.parse(canonicalJson(lock)), undefined, 2)}\n`;

/** What of an installed extension is the same on every machine. Which index it was found in depends on the day, so that is not. */
export function lockedOf(entry: LockEntry): Locked {
  const { version, marketplace, resolved, integrity, tree, publisher, signature, repositoryId, foreign, engines, requested, dependencies } = entry;
  return {
    version,
    marketplace,
    resolved,
    integrity,
    tree,
    publisher,
    signature,
    engines,
    requested,
    dependencies,
    ...(repositoryId === undefined ? {} : { repositoryId }),
    ...(foreign === undefined ? {} : { foreign }),
  };
}

/**
 * The lock of what a project resolved to here: what was installed for it, and of what the person has, whatever the project's settings name and
 * all that this needs; without a project, only the latter. What comes with claw is as old as claw and never locked.
 */
export function projectLockOf(store: Store, workspace: string | undefined, wanted: readonly string[] = []): ProjectLock {
  const extensions = new Map<string, InstalledExtension>();
  const visit = (name: string): void => {
    const extension = (workspace === undefined ? undefined : store.get(name, workspace)) ?? store.get(name);
    if (extension === undefined || extensions.has(name)) return;
    extensions.set(name, extension);
    for (const dependency of Object.keys(extension.manifest.dependencies ?? {})) visit(dependency);
  };
  for (const name of [...(workspace === undefined ? [] : store.namesIn(workspace)), ...wanted]) visit(name);
  const names = [...extensions.keys()].sort();
  return { lockfileVersion: 1, extensions: Object.fromEntries(names.flatMap((name) => entryOf(name, extensions.get(name)))) };
}

const entryOf = (name: string, extension: InstalledExtension | undefined): readonly (readonly [string, Locked])[] =>
  extension === undefined ? [] : [[name, lockedOf(extension.lock)]];

/** In what a lock does not hold together, or is not what a project's settings ask for: name to range. */
export function lockDrift({ extensions }: ProjectLock, wanted: Readonly<Record<string, string>>, bundled: Store): readonly string[] {
  const versionOf = (name: string): string | undefined =>
    (Object.hasOwn(extensions, name) ? extensions[name]?.version : undefined) ?? bundled.get(name)?.version;
  const unmet = Object.entries(wanted).flatMap(([name, range]) => {
    const version = versionOf(name);
    if (version === undefined) return [`${name} ${range} is asked for, and the lock has none`];
    return satisfies(version, range) ? [] : [`${name} ${range} is asked for, and the lock has ${version}`];
  });
  const broken = Object.entries(extensions).flatMap(([name, { dependencies }]) =>
    Object.entries(dependencies).flatMap(([needed, version]) => {
      const there = versionOf(needed);
      return there === version ? [] : [`${name} was resolved with ${needed} ${version}, and the lock has ${there ?? "none"}`];
    }),
  );
  return [...unmet, ...broken];
}

/** In what something that a marketplace offers or a package holds differs from what the lock says of it. */
export function entryDrift(name: string, locked: Locked, found: Partial<Locked>): readonly string[] {
  const compared = ["version", "marketplace", "integrity", "tree", "publisher", "engines", "requested", "dependencies"] as const;
  return compared.flatMap((field) => {
    const value = found[field];
    if (value === undefined || canonicalJson(value) === canonicalJson(locked[field])) return [];
    return [`${name}: its ${field} is ${quoted(value)}, and the lock says ${quoted(locked[field])}`];
  });
}

const quoted = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value)).slice(0, 160);

export const drifted = (drift: readonly string[]): ClawError =>
  new ClawError("E_LOCK_DRIFT", `what is there is not what the lock says: ${drift.join("; ")}`, { drift }, { fix: "claw ext lock" });

async function bytesOf(path: string): Promise<Uint8Array | undefined> {
  const unreadable = (cause: unknown): ClawError => new ClawError("PATH_UNREADABLE", `${path} cannot be read`, { path }, { cause });
  let file;
  try {
    // No waiting at a pipe, no following of a link: the project may be anybody's.
    file = await open(path, O_RDONLY | (O_NOFOLLOW ?? 0) | (O_NONBLOCK ?? 0));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw unreadable(cause);
  }
  try {
    const { size } = await file.stat();
    if (size > maxBytes) throw new ClawError("E_META_TOO_LARGE", `${path} has ${size} bytes, and ${maxBytes} are allowed`, { bytes: size });
    const bytes = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } catch (cause) {
    throw ClawError.is(cause) ? cause : unreadable(cause);
  } finally {
    await file.close();
  }
}
