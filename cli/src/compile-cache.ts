import { mkdirSync } from "node:fs";
import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { foldersOf } from "./paths.ts";

/** Lets the engine keep what it compiles, in a folder only this person can write: what is in it runs. Without one, nothing is kept. */
export function keepCompiled(): void {
  try {
    const folder = join(foldersOf(process.env, process.platform).data, "ext", "compile-cache");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    enableCompileCache(folder);
  } catch {
    // A machine without a home, or with one that cannot be written, compiles each time.
  }
}
