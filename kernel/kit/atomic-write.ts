import { randomBytes } from "node:crypto";
import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

export interface AtomicWriteOptions {
  /** The mode of a new file, bounded by the umask; a file that exists keeps its own. */
  readonly mode?: number;
}

/**
 * Writes a file whole or not at all: a temporary file beside it, flushed to the disk, takes its place. `path` must be real:
 * a link would be replaced, not followed.
 */
export async function atomicWrite(path: string, data: string | Uint8Array, options: AtomicWriteOptions = {}): Promise<void> {
  const before = await stat(path).then(
    ({ mode }) => mode & 0o7777,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    },
  );
  const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(6).toString("hex")}.tmp`);
  const file = await open(temporary, "wx", before ?? options.mode ?? 0o666);
  try {
    try {
      await file.writeFile(data);
      if (before !== undefined) await file.chmod(before);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
