import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type Manifest, parseStrict } from "@claw/kernel/host";
import ignore, { type Ignore } from "ignore";
import { gzip } from "./gzip.ts";
import { limits } from "./limits.ts";
import { byPath, checkCollisions, checkPath } from "./paths.ts";
import { readArchive } from "./read.ts";
import { integrityOf, treeDigest, type ArchiveFile } from "./tree-digest.ts";
import { blockSize, encodeHeader } from "./ustar.ts";

export interface PackedArchive {
  readonly archive: Uint8Array;
  readonly files: readonly ArchiveFile[];
  readonly integrity: string;
  readonly tree: string;
}

/** What a package is made from rather than of. `.clawignore` comes after it and may take lines back with `!`. */
const neverShipped = [".*", "node_modules/", "/src/", "/test/", "/package.json", "/package-lock.json", "/tsconfig.json", "*.tgz", "*.sigstore.json"];

export interface PackOptions {
  /** What one of its folders holds instead of what is there now. */
  readonly instead?: { readonly folder: string; readonly files: readonly ArchiveFile[] } | undefined;
}

/** Packs a folder that has an extension.json: everything but what `.clawignore` leaves out. A link or a device is refused, not skipped. */
export async function packFolder(folder: string, { instead }: PackOptions, signal: AbortSignal): Promise<PackedArchive> {
  const rules = ignore({ ignorecase: false })
    .add(neverShipped)
    .add(await ignoreRulesOf(folder));
  const paths = (await walk(folder, "", rules, signal)).filter((path) => instead === undefined || !path.startsWith(`${instead.folder}/`));
  const manifest = await readFileOf(folder, "extension.json", signal);
  const executables = executablesOf(parseStrict(manifest, { name: "extension.json", maxBytes: limits.manifest }) as Partial<Manifest>);
  const files = await Promise.all(paths.map(async (path) => ({ path, data: await readFileOf(folder, path, signal), executable: executables.has(path) })));
  return packFiles([...files, ...(instead?.files.filter(({ path }) => !rules.ignores(path)) ?? [])]);
}

/** Packs files in the canonical form of extensions.md §3.3: the same files always make the same tar. */
export function packFiles(unordered: readonly ArchiveFile[]): PackedArchive {
  const files = [...unordered].sort(byPath);
  for (const { path } of files) checkPath(path);
  checkCollisions(files.map(({ path }) => path));
  const archive = gzip(tarOf(files));
  // What could not be installed must not be published: limits and all.
  readArchive(archive);
  return { archive, files, integrity: integrityOf(archive), tree: treeDigest(files) };
}

export function tarOf(files: readonly ArchiveFile[]): Buffer {
  const entries = files.flatMap(({ path, data, executable }) => {
    const padding = Buffer.alloc((blockSize - (data.length % blockSize)) % blockSize);
    return [encodeHeader({ path, size: data.length, executable }), data, padding];
  });
  return Buffer.concat([...entries, Buffer.alloc(2 * blockSize)]);
}

/** The files that a manifest names as programs: only these may be executable. */
export function executablesOf(manifest: Partial<Manifest>): ReadonlySet<string> {
  const bin: unknown = manifest.content?.["bin"] ?? [];
  const servers: unknown = manifest.content?.["mcpServers"] ?? {};
  const commands = Object.values(servers as Readonly<Record<string, { readonly command?: unknown } | undefined>>).map((server) => server?.command);
  const named = [...(Array.isArray(bin) ? (bin as readonly unknown[]) : []), ...commands];
  return new Set(
    named
      .filter((path) => typeof path === "string")
      .filter((path) => path.startsWith("./"))
      .map((path) => path.slice(2)),
  );
}

async function ignoreRulesOf(folder: string): Promise<string> {
  try {
    return await readFile(join(folder, ".clawignore"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

async function walk(root: string, folder: string, rules: Ignore, signal: AbortSignal): Promise<readonly string[]> {
  signal.throwIfAborted();
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (rules.ignores(entry.isDirectory() ? `${path}/` : path)) return [];
      if (entry.isDirectory()) return walk(root, path, rules, signal);
      if (entry.isFile()) return [path];
      const what = entry.isSymbolicLink()
        ? (["E_TAR_SYMLINK", "a symbolic link"] as const)
        : entry.isFIFO()
          ? (["E_TAR_FIFO", "a FIFO"] as const)
          : (["E_TAR_DEVICE", "a device or socket"] as const);
      throw new ClawError(what[0], `${path} is ${what[1]}, which a package cannot hold`, {}, { fix: "put the file there, or its name into .clawignore" });
    }),
  );
  return found.flat();
}

async function readFileOf(folder: string, path: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return await readFile(join(folder, path), { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new ClawError("PATH_UNREADABLE", `${join(folder, path)} cannot be read`, { path: join(folder, path) }, { cause });
  }
}
