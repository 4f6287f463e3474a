import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import type { Sandbox, SandboxPolicy } from "@claw/kernel";
import { createSandbox, type SandboxOptions } from "../src/sandbox.ts";

export interface ContainedRun {
  readonly backend: string | undefined;
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/** Starts a command as the launch says, waits for its end, and takes down what was put up. */
export async function runContained(sandbox: Sandbox, command: readonly string[], policy: SandboxPolicy): Promise<ContainedRun> {
  await using launch = await sandbox.prepare(command, policy, new AbortController().signal);
  const [file = "", ...args] = launch?.command ?? command;
  const child = spawn(file, args, {
    cwd: launch?.cwd ?? policy.cwd,
    env: launch?.environment ?? policy.environment,
    stdio: ["ignore", "pipe", "pipe", ...(launch?.descriptors ?? [])],
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  return { backend: launch?.backend, code, signal, output: Buffer.concat(chunks).toString("utf8") };
}

/** The service as claw makes it, with a person's home folder and settings. */
export function sandboxAt(
  home: string,
  { config, ...more }: Partial<Omit<SandboxOptions, "config">> & { readonly config?: Partial<SandboxOptions["config"]> } = {},
): Sandbox {
  return createSandbox({
    config: { mode: "workspace-only", required: false, hosts: [], writable: [], allow: [], strict: false, debug: false, trustOuterContainer: false, ...config },
    rules: { required: false, hosts: undefined },
    home,
    own: [".config/claw", ".local/share/claw", ".local/state/claw", ".cache/claw"].map((name) => join(home, name)),
    state: join(home, "../state"),
    bin: join(home, ".local/share/claw/bin"),
    environment: {},
    pathFolders: [dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"],
    now: () => new Date(),
    log: () => undefined,
    ...more,
  });
}
