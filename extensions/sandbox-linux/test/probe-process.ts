import type { SandboxPolicy } from "@claw/kernel";
import { runContained, sandboxAt } from "./contained-run.ts";

/** Says what a sandbox finds where this process runs, and how a program inside it ends. */
const [home = "", state = "", work = ""] = process.argv.slice(2);
const sandbox = sandboxAt(home, { state, environment: process.env });
const policy = (required: boolean): SandboxPolicy => ({
  cwd: work,
  roots: [work],
  hidden: [],
  contained: { type: "contained", hosts: [], writable: [], readable: [], required },
  environment: { PATH: "/usr/bin:/bin" },
});
const command = ["/bin/bash", "-c", "echo inside; echo x > /etc/claw-planted && echo outside"];
const run = (required: boolean): Promise<unknown> =>
  runContained(sandbox, command, policy(required)).catch((error: unknown) => (error as { readonly code: string }).code);
process.stdout.write(JSON.stringify({ status: await sandbox.status(new AbortController().signal), run: await run(true) }));
