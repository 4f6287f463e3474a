import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ClawError, type SandboxStatus } from "@claw/kernel";
import { sandboxConformance, type SandboxRun, type SandboxSetting } from "@claw/testing/conformance";
import { afterAll, describe } from "vitest";
import { runContained, sandboxAt } from "./contained-run.ts";
import { openWorld, type Person } from "./world.ts";

const own: Person = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
const plain: Person = own.uid === 0 ? { uid: 65_534, gid: 65_534 } : own;

function here(): SandboxSetting {
  const world = openWorld(own);
  const sandbox = sandboxAt(world.home);
  return {
    ...world,
    status: () => sandbox.status(new AbortController().signal),
    run: (command, policy) => runContained(sandbox, command, policy),
    [Symbol.asyncDispose]: async () => world[Symbol.dispose](),
  };
}

interface Asked extends AsyncDisposable {
  ask(question: object): Promise<unknown>;
}

/** A process of a plain person's, that was started with a file open. */
function openProcess(): Asked {
  using world = openWorld(plain);
  const secret = openSync(world.make(join(world.outside, "../open"), "secret"), "r");
  const child = spawn(process.execPath, ["--conditions=claw-source", fileURLToPath(new URL("sandbox-process.ts", import.meta.url))], {
    ...plain,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin", NODE_NO_WARNINGS: "1" },
    stdio: ["pipe", "pipe", "inherit", ...Array.from({ length: 6 }, () => "ignore" as const), secret],
  });
  closeSync(secret);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let count = 0;
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("the process has no pipes");
  createInterface({ input: stdout }).on("line", (line) => {
    const { id, result, error } = JSON.parse(line) as { readonly id: number; readonly result?: unknown; readonly error?: Pick<ClawError, "code" | "message"> };
    if (error === undefined) waiting.get(id)?.resolve(result);
    else
      waiting
        .get(id)
        ?.reject(error.code === undefined ? new Error(error.message) : new ClawError(error.code as "SANDBOX_FAILED", error.message, { stage: "" }));
  });
  child.on("exit", (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the process ended with ${String(code)}`));
  });
  return {
    async ask(question) {
      const id = (count += 1);
      const answer = Promise.withResolvers<unknown>();
      waiting.set(id, answer);
      stdin.write(`${JSON.stringify({ id, ...question })}\n`);
      return answer.promise;
    },
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      stdin.end();
      await ended;
    },
  };
}

let asked: Asked | undefined;
afterAll(async () => asked?.[Symbol.asyncDispose]());

function elsewhere(): SandboxSetting {
  const process = (asked ??= openProcess());
  const world = openWorld(plain);
  const { home } = world;
  world.make(join(home, "../state/"));
  return {
    ...world,
    status: async () => (await process.ask({ home })) as SandboxStatus,
    run: async (command, policy) => (await process.ask({ home, command, policy })) as SandboxRun,
    [Symbol.asyncDispose]: async () => world[Symbol.dispose](),
  };
}

describe("as who runs the tests", () => sandboxConformance({ name: "sandbox-linux", open: async () => here() }));
describe("as a plain person, of a claw that was started with a file open", () => sandboxConformance({ name: "sandbox-linux", open: async () => elsewhere() }));
