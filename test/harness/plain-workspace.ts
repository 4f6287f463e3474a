import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, opendir, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, resolve, sep } from "node:path";
import { type CallScope, ClawError, type FileVersion, type Located, type OpenFile, type Workspace } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";

const mostBytes = 64 * 1024 * 1024;

/**
 * Service `workspace` over real folders. It passes the workspace's conformance suite but for `.gitignore`, which it does not read:
 * `list` gives every file outside `.git`. It decides by real paths and opens them afterwards, so that a race between the two,
 * which the real one withstands, is not defended against.
 */
export function plainWorkspace(): Workspace {
  const locate = async (path: string, call: CallScope): Promise<Located> => {
    call.signal.throwIfAborted();
    if (path === "" || /\p{Cc}/u.test(path) || !path.isWellFormed())
      throw new ClawError("PATH_INVALID", `the path ${JSON.stringify(path)} is empty or has a control character in it`, { path });
    const asked = isAbsolute(path) ? resolve(path) : resolve(call.cwd, path);
    const named = [...call.roots, ...(call.scratch === undefined ? [] : [call.scratch])];
    const folders = (await Promise.all(named.map((folder) => realpath(folder).catch(() => [])))).flat();
    const real = await realOf(asked);
    const place = { path: asked, real, kind: await kindOf(real) };
    if (folders.some((folder) => isWithin(folder, real))) return { ...place, inside: true };
    // A name inside the folders was judged as one of theirs: where it leads must be allowed itself.
    const allowed =
      call.allowed?.includes(real) === true || (call.allowed?.includes(asked) === true && ![...named, ...folders].some((folder) => isWithin(folder, asked)));
    return { ...place, inside: false, ...(allowed ? { allowed } : {}) };
  };

  const admit = async (path: string, call: CallScope): Promise<Located> => {
    const place = await locate(path, call);
    if (place.inside || place.allowed === true) return place;
    const leads = place.path === place.real ? place.path : `${place.path} leads to ${place.real}, which`;
    throw new ClawError(
      "PATH_OUTSIDE",
      `${leads} is outside this session's folders (${call.roots.join(", ")})`,
      { path: place.path },
      { fix: "start claw with --add-dir and its folder" },
    );
  };

  const read = async (path: string, call: CallScope, options: { readonly maxBytes?: number } = {}): Promise<OpenFile> => {
    const { path: asked, real, kind } = await admit(path, call);
    if (kind === "missing") throw new ClawError("PATH_NOT_FOUND", `${asked} does not exist`, { path: asked });
    if (kind !== "file") throw new ClawError("PATH_NOT_FILE", `${asked} is not a regular file`, { path: asked });
    await using file = await open(real).catch((cause: unknown) =>
      Promise.reject(new ClawError("PATH_UNREADABLE", `${asked} cannot be read`, { path: asked }, { cause })),
    );
    const { size, mtimeMs, mode } = await file.stat();
    const { maxBytes = mostBytes } = options;
    if (size > maxBytes) throw new ClawError("PATH_TOO_LARGE", `${asked} has ${size} bytes, more than ${maxBytes}`, { path: asked, bytes: size, maxBytes });
    const bytes = await file.readFile();
    return { path: real, bytes, version: versionOf(bytes, mtimeMs), mode: mode & 0o7777 };
  };

  return {
    locate,
    read,
    readText: async (path, call) => new TextDecoder().decode((await read(path, call)).bytes),

    async write(path, bytes, call, { expect } = {}) {
      const { path: asked, real, kind } = await admit(path, call);
      if (kind !== "file" && kind !== "missing") throw new ClawError("PATH_NOT_FILE", `${asked} is not a regular file`, { path: asked });
      const changed = (): ClawError => new ClawError("PATH_CHANGED", `${asked} changed since it was read`, { path: asked });
      const present = kind === "file" ? await read(path, call, { maxBytes: Infinity }) : undefined;
      if (expect !== undefined && (expect === "absent" ? present !== undefined : present?.version.digest !== expect.digest)) throw changed();
      try {
        return await replace(real, bytes, present?.mode, expect === "absent");
      } catch (cause) {
        throw (cause as NodeJS.ErrnoException).code === "EEXIST" && expect === "absent"
          ? changed()
          : new ClawError("PATH_UNWRITABLE", `${asked} cannot be written`, { path: asked }, { cause });
      }
    },

    // Looks at no rules but the session's folders.
    ignored: async () => [],

    async *list(folder, call) {
      const { path: asked, real, kind } = await admit(folder, call);
      if (kind !== "folder") throw new ClawError("PATH_NOT_FOUND", `there is no folder ${asked}`, { path: asked });
      if (!real.split(sep).includes(".git")) yield* below(asked, real);

      async function* below(name: string, place: string): ReturnType<Workspace["list"]> & AsyncGenerator {
        for await (const entry of await opendir(place)) {
          call.signal.throwIfAborted();
          const [path, own] = [join(name, entry.name), join(place, entry.name)];
          if (entry.isDirectory() && entry.name !== ".git") yield* below(path, own);
          if (!entry.isFile() && !entry.isSymbolicLink()) continue;
          if (entry.isSymbolicLink() && !(await locate(own, call)).inside) continue;
          const found = await stat(own).catch(() => undefined);
          if (found?.isFile() === true) yield { path, size: found.size, mtimeMs: found.mtimeMs };
        }
      }
    },
  };
}

const versionOf = (bytes: Uint8Array, mtimeMs: number): FileVersion => ({
  size: bytes.length,
  mtimeMs,
  digest: `sha256-${createHash("sha256").update(bytes).digest("base64")}`,
});

/** Where a path leads, also when the end of the way, or the target of a link, does not exist yet. */
async function realOf(path: string, links: number = 0): Promise<string> {
  const whole = await realpath(path).catch(() => undefined);
  if (whole !== undefined) return whole;
  const parent = dirname(path);
  if (parent === path) return path;
  const folder = await realOf(parent, links);
  const own = join(folder, basename(path));
  const target = await readlink(own).catch(() => undefined);
  // Links in a circle end where the system gives up too.
  return target === undefined || links === 40 ? own : realOf(resolve(folder, target), links + 1);
}

async function kindOf(real: string): Promise<Located["kind"]> {
  const found = await stat(real).catch(() => undefined);
  if (found === undefined) return "missing";
  return found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
}

/** A file beside it takes its place whole, so that no reader sees a part; a new one only where there is none. */
async function replace(path: string, bytes: Uint8Array, mode: number | undefined, isNew: boolean): Promise<FileVersion> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
  try {
    await using file = await open(temporary, "wx");
    await file.writeFile(bytes);
    if (mode !== undefined) await file.chmod(mode);
    const { mtimeMs } = await file.stat();
    await (isNew ? link(temporary, path) : rename(temporary, path));
    return versionOf(bytes, mtimeMs);
  } finally {
    await rm(temporary, { force: true });
  }
}
