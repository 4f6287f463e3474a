import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
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
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const lock = `${path}.lock`;
      await locked(lock);
      try {
        const { [key]: value, ...others } = await tokensIn(path);
        const next = await change(value);
        if (next === value) return;
        await atomicWrite(path, `${JSON.stringify({ version, tokens: next === undefined ? others : { ...others, [key]: next } }, undefined, 2)}\n`, {
          mode: 0o600,
        });
      } finally {
        releaseLock(lock);
      }
    },
  };
}

async function tokensIn(path: string): Promise<Tokens> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
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

async function locked(lock: string): Promise<void> {
  const until = Date.now() + patienceMs;
  for (;;) {
    const { by } = takeLock(lock, thisProcess(), Date.now);
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
