import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CallScope, ClawError, type Exit, type Processes, type Running, type StartOptions, type Workspace } from "@claw/kernel";
import { createPipes } from "../src/pipes.ts";
import { createProcesses } from "../src/start.ts";
import { createWatchdog } from "../src/watchdog.ts";
import type { PlainWall } from "./plain-wall.ts";

export interface Setting extends AsyncDisposable {
  readonly cwd: string;
  readonly call: CallScope;
  readonly processes: Processes;
  run(command: readonly string[], options?: StartOptions, call?: Partial<CallScope>): Promise<{ readonly text: string; readonly exit: Exit }>;
}

export function settingOf(sandbox: PlainWall | undefined, workspace?: Pick<Workspace, "ignored">): Setting {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "claw-contained-")));
  const watchdog = createWatchdog("/bin/sh");
  const pipes = createPipes("/usr/bin/mkfifo", cwd);
  const folders = ["/usr/local/bin", "/usr/bin", "/bin"];
  const processes = createProcesses({
    variables: { PATH: folders.join(":") },
    folders,
    platform: process.platform,
    pipes,
    watchdog,
    sandbox,
    workspace,
  });
  const call: CallScope = { session: "s", cwd, roots: [cwd], signal: new AbortController().signal };
  return {
    cwd,
    call,
    processes,
    async run(command, options = {}, more = {}) {
      await using running = await processes.start(command, options, { ...call, ...more });
      const text = await textOf(running);
      return { text, exit: await running.exit };
    },
    async [Symbol.asyncDispose]() {
      await processes[Symbol.asyncDispose]();
      await watchdog[Symbol.asyncDispose]();
      pipes[Symbol.dispose]();
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}

export async function textOf(running: Running): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const { bytes } of running.output) chunks.push(bytes);
  return Buffer.concat(chunks).toString("utf8");
}

/** Code and sentence of a failure; anything else is thrown. */
export const failureOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "none",
    (error: unknown) => (ClawError.is(error) ? `${error.code}: ${error.message}` : Promise.reject(error as Error)),
  );
