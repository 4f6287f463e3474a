import { createInterface } from "node:readline";
import type { Sandbox, SandboxPolicy } from "@claw/kernel";
import { runContained, sandboxAt } from "./contained-run.ts";

/** A sandbox in a process of its own, asked by lines: as another person, and with files that it was started with. */
const { signal } = new AbortController();
const sandboxes = new Map<string, Sandbox>();

interface Question {
  readonly id: number;
  readonly home: string;
  readonly command?: readonly string[];
  readonly policy?: SandboxPolicy;
}

async function answer({ id, home, command, policy }: Question): Promise<void> {
  const sandbox = sandboxes.get(home) ?? sandboxAt(home);
  sandboxes.set(home, sandbox);
  const said = await (command === undefined || policy === undefined ? sandbox.status(signal) : runContained(sandbox, command, policy)).then(
    (result) => ({ id, result }),
    (error: unknown) => ({ id, error: { message: String(error), code: (error as { readonly code?: string }).code } }),
  );
  process.stdout.write(`${JSON.stringify(said)}\n`);
}

for await (const line of createInterface({ input: process.stdin })) void answer(JSON.parse(line) as Question);
