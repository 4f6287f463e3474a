import { mkdir, open, type FileHandle } from "node:fs/promises";
import { extname, join } from "node:path";
import { ClawError, type Spill } from "@claw/kernel";
import { writeFailure } from "./write-failure.ts";

const mostTries = 10_000;

/** A new file of a session's folder. The name is a wish: it is made harmless, and numbered when it is taken. */
export async function openSpill(session: string, scratch: string, wish: string): Promise<Spill> {
  const name = harmless(wish);
  try {
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    const { file, path } = await firstFree(session, scratch, name);
    return {
      path,
      async write(bytes) {
        await file.appendFile(bytes).catch((error: unknown) => {
          throw writeFailure(session, path, error);
        });
      },
      [Symbol.asyncDispose]: () => file.close(),
    };
  } catch (error) {
    throw writeFailure(session, scratch, error);
  }
}

/** A file's name out of anything: letters, digits, dot, dash and underscore, no leading dot, not long. */
export function harmless(wish: string): string {
  const name = wish
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(-80)
    .replace(/^[.-]+/, "");
  return name === "" ? "output" : name;
}

async function firstFree(session: string, scratch: string, name: string): Promise<{ readonly file: FileHandle; readonly path: string }> {
  const suffix = extname(name);
  const stem = name.slice(0, name.length - suffix.length);
  for (let number = 1; number <= mostTries; number += 1) {
    const path = join(scratch, number === 1 ? name : `${stem}-${number}${suffix}`);
    try {
      return { file: await open(path, "wx", 0o600), path };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  throw new ClawError("SESSION_WRITE_FAILED", `there are ${mostTries} files named ${name} in ${scratch}`, { session });
}
