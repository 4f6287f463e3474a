import { spawn } from "node:child_process";
import type { SandboxPolicy } from "@claw/kernel";
import { type ContainedRun, runContained, sandboxAt } from "./contained-run.ts";

/** Says what a sandbox finds where no namespace can be made, and how programs end that try to get out of what Landlock holds. */
const [home = "", state = "", work = "", facts = "{}"] = process.argv.slice(2);
const { outside, port, attempts, harmless } = JSON.parse(facts) as {
  readonly outside: string;
  readonly port: string;
  readonly attempts: Readonly<Record<string, string>>;
  readonly harmless: readonly string[];
};
const other = spawn("/bin/sleep", ["120"], { env: { SECRET: "of another" }, stdio: "ignore" });
const policy = (more: Partial<SandboxPolicy["contained"]> = {}): SandboxPolicy => ({
  cwd: work,
  roots: [work],
  hidden: [],
  contained: { type: "contained", hosts: [], writable: [], readable: [], required: false, ...more },
  environment: { PATH: "/usr/bin:/bin", HOME: home, OUTSIDE: outside, PORT: port, OTHER: String(other.pid) },
});
const sandbox = sandboxAt(home, { state });
const bash = (script: string): readonly string[] => ["/bin/bash", "--norc", "-c", script];
const codeOf = (work_: Promise<unknown>): Promise<string> =>
  work_.then(
    () => "it ran",
    (error: unknown) => (error as { readonly code: string }).code,
  );
const bare: Record<string, ContainedRun> = {};
for (const name of harmless) bare[name] = await runContained(sandbox, bash(attempts[name] ?? ""), { ...policy(), mode: "off" });
const ended: Record<string, ContainedRun> = {};
for (const [name, script] of Object.entries(attempts)) ended[name] = await runContained(sandbox, bash(script), policy());
const withHosts = await runContained(sandbox, bash(attempts["TCP to this machine"] ?? ""), policy({ hosts: ["allowed.test"] }));
const allowed = await runContained(sandbox, bash("echo x > $OUTSIDE/made && cat $OUTSIDE/made"), policy({ writable: [outside] }));
const required = await codeOf(runContained(sandbox, ["/bin/true"], policy({ required: true })));
const always = await codeOf(runContained(sandboxAt(home, { state, config: { required: true } }), ["/bin/true"], policy()));
const isAlive = other.exitCode === null && other.signalCode === null;
other.kill("SIGKILL");
process.stdout.write(
  JSON.stringify({ isAlive, status: await sandbox.status(new AbortController().signal), ended, bare, withHosts, allowed, required, always }),
);
