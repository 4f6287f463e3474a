import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { atomicWrite, fieldsOf, jsonFrom } from "@claw/kernel/kit";
import { messageOf } from "./failure.ts";

export interface Failure {
  /** ISO time. */
  readonly at: string;
  readonly message: string;
}

/** What went wrong last, from one run to the next: a run ends before anybody asks. */
export interface LastFailure {
  record(error: unknown): Promise<void>;
  clear(): Promise<void>;
  read(): Promise<Failure | undefined>;
}

export function lastFailureIn(data: string, now: () => Date): LastFailure {
  const folder = join(data, "telemetry-otlp-http");
  const path = join(folder, "last-failure.json");
  let isClear = false;
  return {
    async record(error) {
      isClear = false;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await atomicWrite(path, `${JSON.stringify({ at: now().toISOString(), message: messageOf(error) })}\n`, { mode: 0o600 });
      } catch {
        // A disk that is full is not why the export failed, and that is what is thrown.
      }
    },
    async clear() {
      if (isClear) return;
      await rm(path, { force: true });
      isClear = true;
    },
    async read() {
      const { at, message } = fieldsOf(jsonFrom(await readFile(path, "utf8").catch(() => "")));
      return typeof at === "string" && typeof message === "string" ? { at, message } : undefined;
    },
  };
}
