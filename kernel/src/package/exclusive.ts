import { readFileSync } from "node:fs";
import { link, mkdir, mkdtemp, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClawError } from "../errors.ts";

/** When a process was started, in ticks since the machine was; `gone` for one that ended, `?` where the platform does not say. */
function startOf(pid: number): string {
  if (process.platform === "linux") {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];
      return fields[0] === "Z" ? "gone" : (fields[19] ?? "?");
    } catch {
      return "gone";
    }
  }
  try {
    process.kill(pid, 0);
    return "?";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH" ? "gone" : "?";
  }
}

/** Whether the process that named itself `pid:start` still runs. */
const isAlive = (owner: string): boolean => {
  const [pid, start] = owner.split(":");
  return pid !== undefined && startOf(Number(pid)) === start;
};

/** A folder of this process alone in the store's `staging`. */
export async function openStaging(store: string): Promise<string> {
  const parent = join(store, "staging");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  return mkdtemp(join(parent, `${process.pid}-${startOf(process.pid).replace("?", "0")}-`));
}

/** Whether the process that made a folder of `staging` still runs. A name that no process of claw gave belongs to nobody. */
export const isStagingInUse = (name: string): boolean => {
  const [, pid, start] = /^(\d+)-(\d+)-/.exec(name) ?? [];
  return pid !== undefined && [start, "?"].includes(startOf(Number(pid)));
};

/**
 * Runs `work` while no other process does for the same store. The lock is a hard link to a file that names its holder, so it is
 * never seen empty; a holder that died is found out by its process id and start, and its lock removed.
 */
export async function exclusively<T>(store: string, work: (staging: string) => Promise<T>, signal: AbortSignal, patienceMs = 20_000): Promise<T> {
  const staging = await openStaging(store);
  const path = join(store, "commit.lock");
  const mine = join(staging, "holder");
  try {
    await writeFile(mine, `${process.pid}:${startOf(process.pid)}:${basename(staging)}`, { flag: "wx", mode: 0o600 });
    await acquire(path, mine, signal, patienceMs);
    try {
      return await work(staging);
    } finally {
      await unlink(path);
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function acquire(path: string, mine: string, signal: AbortSignal, patienceMs: number): Promise<void> {
  const patience = AbortSignal.timeout(patienceMs);
  while (!(await linked(mine, path))) {
    const holder = await holderOf(path);
    if (holder === undefined) continue;
    if (!isAlive(holder)) {
      await removeDead(path, holder, mine);
      continue;
    }
    signal.throwIfAborted();
    if (patience.aborted) {
      const pid = Number(holder.split(":")[0]);
      throw new ClawError(
        "E_LOCKED",
        `another claw (process ${pid}) has been holding ${path} for ${patienceMs / 1000} s`,
        { pid },
        { retryable: true, fix: "wait for it, or end it" },
      );
    }
    await delay(10);
  }
}

/**
 * Removes a lock whose holder died, if it still is that holder's. Only who creates `<path>.<dead holder>` may, and a holder's name never
 * returns, so a lock that another process has taken meanwhile stays. If the remover dies as well, its right is removed the same way.
 */
async function removeDead(path: string, dead: string, mine: string): Promise<void> {
  const right = `${path}.${dead.split(":")[2] ?? ""}`;
  if (await linked(mine, right)) {
    if ((await holderOf(path)) === dead) await unlink(path);
    await unlink(right);
    return;
  }
  const remover = await holderOf(right);
  if (remover === undefined) return;
  if (isAlive(remover)) await delay(1);
  else await removeDead(right, remover, mine);
}

async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function holderOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
