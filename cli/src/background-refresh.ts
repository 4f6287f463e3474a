import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isOn } from "./args.ts";
import type { Boot } from "./boot.ts";
import { programFolder, userStoreOf } from "./paths.ts";

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Once a day, after the work is done, marketplaces that the person added are asked for what they revoked, by a process of its own that nobody
 * waits for. Revocations it brings hold from the next start.
 */
export async function refreshInBackground({ args, environment, folders }: Boot): Promise<void> {
  const state = join(userStoreOf(folders).folder, "state.json");
  const tried = join(folders.cache, "marketplaces-asked");
  if (!existsSync(state) || isOn(args, "offline") || isOn(args, "safe") || (environment["CI"] ?? "") !== "") return;
  const last = statSync(tried, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (Math.abs(Date.now() - last) < dayMs) return;
  try {
    mkdirSync(folders.cache, { recursive: true });
    writeFileSync(tried, "");
  } catch {
    // A cache that cannot be written to would ask at every run.
    return;
  }
  const { spawn } = await import("node:child_process");
  const words = [join(programFolder, "dist", "claw.js"), "ext", "marketplace", "refresh", "--quiet"];
  spawn(process.execPath, words, { detached: true, stdio: "ignore", cwd: folders.cache, env: environment })
    .on("error", () => undefined)
    .unref();
}
