import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { redactor } from "../src/redact.ts";
import { type DiskOptions, type DiskStore, diskStore } from "../src/store.ts";

export const session = "0190aaaa-0000-7000-8000-000000000001";
export const workspace = "00112233aabbccdd";

export interface Folder extends Disposable {
  readonly root: string;
  readonly log: string;
  /** A store of its own over the same folder, as another process has one. */
  store(options?: Partial<DiskOptions>): DiskStore;
}

/** A folder of sessions that goes away with the test. */
export function sessionsFolder(): Folder {
  const root = mkdtempSync(join(tmpdir(), "claw-sessions-"));
  const stores: DiskStore[] = [];
  return {
    root,
    log: join(root, workspace, `${session}.jsonl`),
    store(options) {
      const store = diskStore({ root, fsync: "never", redact: redactor({}), now: () => Date.now(), ...options });
      stores.push(store);
      return store;
    },
    [Symbol.dispose]() {
      for (const store of stores) store[Symbol.dispose]();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export interface Writer extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the next line that the process says; undefined at the end. */
  line(): Promise<string | undefined>;
  kill(): Promise<void>;
  /** Lets a holding process end. */
  finish(): Promise<void>;
}

/** Starts writer-process.ts; `through` is what to start it with, such as a shell that sets a limit. */
export function startWriter(args: readonly string[], through: readonly string[] = []): Writer {
  const [program = "", ...rest] = [
    ...through,
    process.execPath,
    "--conditions=claw-source",
    "--disable-warning=ExperimentalWarning",
    join(import.meta.dirname, "writer-process.ts"),
    ...args,
  ];
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(program, rest, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = linesOf(child.stdout);
  const ended = once(child, "exit");
  const writer = {
    pid: child.pid ?? 0,
    line: async () => (await lines.next()).value ?? undefined,
    async kill() {
      child.kill("SIGKILL");
      await ended;
    },
    async finish() {
      child.stdin.end();
      await ended;
    },
    [Symbol.asyncDispose]: () => writer.kill(),
  };
  return writer;
}

async function* linesOf(stream: Readable): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of stream.setEncoding("utf8")) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
