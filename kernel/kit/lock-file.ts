import { randomUUID } from "node:crypto";
import { constants, copyFileSync, linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { holderFrom, isGone, type Holder } from "./lock-holder.ts";

/** A lock without a readable holder is left by a crash, once it is this old. */
const unreadableMs = 10_000;

export type Taken = { readonly by: "us" } | { readonly by: "other"; readonly holder?: Holder };

/**
 * Takes a lock file, or says who has it. The file appears whole, by a hard link; one left by a process that is gone is
 * replaced by a rename, and only under a second lock, so that of two who find it both cannot win.
 */
export function takeLock(path: string, self: Holder, now: () => number): Taken {
  const mine = `${path}.${self.pid}.${randomUUID()}`;
  writeFileSync(mine, JSON.stringify(self), { mode: 0o600, flag: "wx" });
  try {
    for (;;) {
      if (placed(mine, path)) return { by: "us" };
      const found = inspect(path, now);
      if (found.state === "held") return taken(found.holder);
      if (found.state === "stale") return replaceStale(path, mine, now);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Who holds a lock, if anybody who still lives does. */
export function lockHolder(path: string, now: () => number): Taken | undefined {
  const found = inspect(path, now);
  return found.state === "held" ? taken(found.holder) : undefined;
}

export function releaseLock(path: string): void {
  rmSync(path, { force: true });
}

function replaceStale(path: string, mine: string, now: () => number): Taken {
  const guard = `${path}.break`;
  while (!placed(mine, guard)) {
    const found = inspect(guard, now);
    if (found.state === "held") return taken(found.holder);
    rmSync(guard, { force: true });
  }
  try {
    const found = inspect(path, now);
    if (found.state === "held") return taken(found.holder);
    if (found.state === "free") return placed(mine, path) ? { by: "us" } : taken(undefined);
    renameSync(mine, path);
    return { by: "us" };
  } finally {
    rmSync(guard, { force: true });
  }
}

const taken = (holder: Holder | undefined): Taken => ({ by: "other", ...(holder === undefined ? {} : { holder }) });

function placed(mine: string, path: string): boolean {
  try {
    linkSync(mine, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return false;
    if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS" || code === "EMLINK") return copied(mine, path);
    throw error;
  }
}

/** For file systems without hard links. */
function copied(mine: string, path: string): boolean {
  try {
    copyFileSync(mine, path, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

type Found = { readonly state: "free" | "stale" } | { readonly state: "held"; readonly holder?: Holder };

function inspect(path: string, now: () => number): Found {
  try {
    const holder = holderFrom(readFileSync(path, "utf8"));
    if (holder !== undefined) return isGone(holder) ? { state: "stale" } : { state: "held", holder };
    return now() - statSync(path).mtimeMs > unreadableMs ? { state: "stale" } : { state: "held" };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return { state: "free" };
    throw error;
  }
}
