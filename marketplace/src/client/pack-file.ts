import { mkdir, mkdtemp, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { canonicalJson, ClawError, parseStrict, type ProjectLock, syncFolder, validateProjectLock, writeNewFile, writing } from "@claw/kernel/host";
import type { ReadEntry } from "tar";
import { checkCollisions, checkPath } from "../archive/paths.ts";
import type { ClientContext } from "./context.ts";
import { mirror, mostPathBytes } from "./mirror.ts";
import { drifted } from "./project-lock.ts";
import type { KnownMarketplace } from "./state.ts";

/** A `.clawpack`, unpacked: a lock, and for each marketplace in it a folder that is its mirror. */
export interface OpenedPack {
  readonly lock: ProjectLock;
  /** The marketplace's name to its folder. */
  readonly marketplaces: ReadonlyMap<string, string>;
}

/** Bytes of a whole pack, and files in it: it is read in memory. */
const limits = { bytes: 512 * 1024 * 1024, files: 20_000, document: 1024 * 1024 } as const;
const kind = "claw.pack/1";

/**
 * Packs what it takes to install one lock where no marketplace can be reached: for each of its marketplaces a mirror of exactly these
 * packages. Nothing in it has to be believed: the documents and archives are as they were signed. Answers the files that are in it.
 */
export async function makePack(
  lock: ProjectLock,
  file: string,
  known: readonly KnownMarketplace[],
  context: ClientContext,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const ids = [...new Set(Object.values(lock.extensions).map(({ marketplace }) => marketplace))].sort();
  const marketplaces = ids.map((id) => {
    const found = known.find((each) => each.id === id);
    if (found === undefined)
      throw new ClawError(
        "E_MARKETPLACE_UNKNOWN",
        `${id} is in the lock, and not a known marketplace`,
        { marketplace: id },
        { fix: `claw ext marketplace add ${id}` },
      );
    return found;
  });
  const target = resolve(file);
  return writing(dirname(target), async () => {
    const work = await mkdtemp(`${target}.`);
    try {
      const folder = join(work, "pack");
      await mkdir(folder);
      const names = ["claw.lock", "pack.json"];
      await writeNewFile(join(folder, "claw.lock"), `${canonicalJson(lock)}\n`, 0o644);
      const places = Object.fromEntries(ids.map((id, index) => [id, String(index)]));
      await writeNewFile(join(folder, "pack.json"), `${canonicalJson({ kind, marketplaces: places })}\n`, 0o644);
      for (const [index, marketplace] of marketplaces.entries()) {
        const { files } = await mirror(marketplace, join(folder, String(index)), { only: lock }, context, signal);
        names.push(...files.map((path) => `${index}/${path}`));
      }
      const { create } = await import("tar");
      const fresh = join(work, "file");
      await create({ file: fresh, cwd: folder, portable: true, mtime: new Date(0), strict: true, noDirRecurse: true }, names.sort());
      await rename(fresh, target);
      await syncFolder(dirname(target));
      return names;
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
}

/** Unpacks a `.clawpack` into a new folder. Only plain files with plain names come out of it; what they say is verified by whoever installs them. */
export async function openPack(file: string, folder: string, signal: AbortSignal): Promise<OpenedPack> {
  const files = await filesOf(await bytesOf(file));
  const lock = documentOf(files, "claw.lock", file);
  const problems = validateProjectLock(lock).map(({ path, message }) => `${path}: ${message}`);
  const places = placesIn(documentOf(files, "pack.json", file));
  if (problems.length > 0 || places === undefined) throw noPack(file, problems);
  const { extensions } = lock as ProjectLock;
  const absent = Object.entries(extensions).flatMap(([name, { marketplace }]) =>
    places.has(marketplace) ? [] : [`${name} is from ${marketplace}, which is not in the pack`],
  );
  if (absent.length > 0) throw drifted(absent);
  await writing(folder, async () => {
    await mkdir(folder, { recursive: false });
    const folders = [...new Set([...files.keys()].map((path) => dirname(path)))].sort();
    for (const each of folders) await mkdir(join(folder, each), { recursive: true });
    for (const [path, data] of files) {
      signal.throwIfAborted();
      await writeNewFile(join(folder, path), data, 0o644);
    }
  });
  return { lock: lock as ProjectLock, marketplaces: new Map([...places].map(([id, place]) => [id, join(folder, place)])) };
}

async function bytesOf(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > limits.bytes) throw new ClawError("E_TOO_LARGE", `${file} is larger than ${limits.bytes / 1024 / 1024} MiB`, {});
    const opened = await open(file);
    try {
      return await opened.readFile();
    } finally {
      await opened.close();
    }
  } catch (cause) {
    if (ClawError.is(cause)) throw cause;
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") throw new ClawError("PATH_NOT_FOUND", `${file} is not there`, { path: file }, { cause });
    throw new ClawError("PATH_UNREADABLE", `${file} cannot be read`, { path: file }, { cause });
  }
}

async function filesOf(tar: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  // The library would inflate what is compressed, however large that becomes.
  if (!/^[0-9a-z]/.test(tar.toString("latin1", 0, 1)) || tar.toString("latin1", 257, 262) !== "ustar")
    throw new ClawError("E_TAR_NONCANON", "the pack is no tar", {});
  const { Parser } = await import("tar");
  return new Promise((resolveFiles, reject) => {
    const refuse = (cause: unknown): void => {
      reject(ClawError.is(cause) ? cause : new ClawError("E_TAR_NONCANON", "the pack cannot be read as a tar", {}, { cause }));
    };
    const files = new Map<string, Buffer>();
    const onReadEntry = (entry: ReadEntry): void => {
      const chunks: Buffer[] = [];
      entry.on("data", (chunk: Buffer) => chunks.push(chunk));
      entry.on("end", () => files.set(entry.path, Buffer.concat(chunks)));
      try {
        checkEntry(entry, files);
      } catch (error) {
        refuse(error);
      }
      entry.resume();
    };
    const parser = new Parser({ strict: true, onReadEntry });
    parser.on("error", refuse);
    parser.on("ignoredEntry", () => refuse(new Error("an entry was skipped")));
    parser.on("end", () => {
      try {
        checkCollisions([...files.keys()]);
        resolveFiles(files);
      } catch (error) {
        refuse(error);
      }
    });
    parser.end(tar);
  });
}

function checkEntry({ path, type }: ReadEntry, files: ReadonlyMap<string, Buffer>): void {
  if (type !== "File") throw new ClawError("E_TAR_TYPE", `the pack has ${JSON.stringify(path)}, which is no plain file`, {});
  if (files.size === limits.files) throw new ClawError("E_TOO_MANY_FILES", `the pack has more than ${limits.files} files`, {});
  if (files.has(path)) throw new ClawError("E_PATH_COLLISION", `the pack has ${JSON.stringify(path)} twice`, { path });
  checkPath(path, mostPathBytes);
  if (path !== "claw.lock" && path !== "pack.json" && !/^\d{1,3}\//.test(path))
    throw new ClawError("E_PATH_FORBIDDEN", `the path ${JSON.stringify(path)} is none of a pack`, { path });
}

function documentOf(files: ReadonlyMap<string, Buffer>, name: string, file: string): unknown {
  const bytes = files.get(name);
  if (bytes === undefined) throw noPack(file, [`it has no ${name}`]);
  return parseStrict(bytes, { name: `${name} of the pack`, maxBytes: limits.document });
}

/** Marketplace to its folder. */
function placesIn(document: unknown): ReadonlyMap<string, string> | undefined {
  const { kind: found, marketplaces } = (document ?? {}) as { readonly kind?: unknown; readonly marketplaces?: unknown };
  if (found !== kind || typeof marketplaces !== "object" || marketplaces === null || Array.isArray(marketplaces)) return undefined;
  const places = Object.entries(marketplaces as Readonly<Record<string, unknown>>);
  return places.every((entry): entry is [string, string] => typeof entry[1] === "string" && /^\d{1,3}$/.test(entry[1])) ? new Map(places) : undefined;
}

const noPack = (file: string, problems: readonly string[]): ClawError =>
  new ClawError(
    "E_META_SCHEMA",
    `${file} is no .clawpack${problems[0] === undefined ? "" : `: ${problems[0]}`}`,
    { document: file, problems },
    { fix: "claw ext bundle -o x.clawpack" },
  );
