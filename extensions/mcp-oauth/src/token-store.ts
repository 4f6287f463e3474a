import { createHash } from "node:crypto";
import { chmod, mkdir, readFile, readdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClawError, type TokenStore } from "@claw/kernel";
import { atomicWrite, isJsonObject, jsonFrom, releaseLock, takeLock, thisProcess } from "@claw/kernel/kit";

const version = 1;
/** Another process refreshes a token for no longer than this. */
const patienceMs = 60_000;

type Tokens = Readonly<Record<string, string>>;

/** Tokens in a file that only its owner may read; one process changes it at a time, and each change is whole. */
export function fileTokens(path: string): TokenStore {
  return {
    read: async (key) => (await tokensIn(path))[key],
    async update(key, change) {
      await saying(path, () => mkdir(dirname(path), { recursive: true, mode: 0o700 }));
      // A change may ask a server: it holds up those of the same key, and the others only while it is written.
      await locked(`${path}.${createHash("sha256").update(key).digest("hex").slice(0, 16)}.lock`, path, async () => {
        const value = (await tokensIn(path))[key];
        const next = await change(value);
        if (next === value) return;
        await locked(`${path}.lock`, path, async () => {
          const { [key]: _old, ...others } = await tokensIn(path);
          await saying(path, () => written(path, next === undefined ? others : { ...others, [key]: next }));
        });
      });
    },
  };
}

async function written(path: string, tokens: Tokens): Promise<void> {
  // A file that exists keeps its mode: one that came from elsewhere is closed to others before a token is in it.
  await chmod(path, 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  // Nobody else writes now: what was being written is left by a process that was killed, with tokens in it.
  const [folder, start] = [dirname(path), `.${basename(path)}.`];
  for (const name of await readdir(folder)) if (name.startsWith(start) && name.endsWith(".tmp")) await rm(join(folder, name), { force: true });
  await atomicWrite(path, `${JSON.stringify({ version, tokens }, undefined, 2)}\n`, { mode: 0o600 });
}

/** What the system refuses, in our words. */
async function saying<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    throw new ClawError(
      "AUTHORIZATION_FAILED",
      `${path} cannot be written (${code})`,
      { server: "", kind: "store" },
      { cause, fix: `make room, or make ${dirname(path)} yours to write in` },
    );
  }
}

async function tokensIn(path: string): Promise<Tokens> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new ClawError(
      "AUTHORIZATION_FAILED",
      `${path} cannot be read (${error.code ?? "unknown"})`,
      { server: "", kind: "store" },
      { cause: error, fix: `make ${path} a file that is yours to read` },
    );
  });
  if (text === undefined) return {};
  const value = jsonFrom(text);
  const tokens = isJsonObject(value) && value["version"] === version ? value["tokens"] : undefined;
  if (isJsonObject(tokens) && Object.values(tokens).every((token) => typeof token === "string")) return tokens as Tokens;
  throw new ClawError(
    "AUTHORIZATION_FAILED",
    `${path} is damaged, or of a newer claw`,
    { server: "", kind: "store" },
    { fix: `move ${path} away and log in again` },
  );
}

async function locked(lock: string, path: string, work: () => Promise<void>): Promise<void> {
  await taken(lock, path);
  try {
    await work();
  } finally {
    releaseLock(lock);
  }
}

async function taken(lock: string, path: string): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const { by } = await saying(path, () => takeLock(lock, thisProcess(), Date.now));
    if (by === "us") return;
    if (Date.now() > until)
      throw new ClawError(
        "AUTHORIZATION_FAILED",
        `another claw has held ${lock} for ${patienceMs / 1000} s`,
        { server: "", kind: "store" },
        { fix: `look for a claw that hangs, or remove ${lock}` },
      );
    await delay(20 + Math.random() * 30);
  }
}
