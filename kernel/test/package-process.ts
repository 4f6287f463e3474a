import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** Starts a Node process of its own that runs a module's text; `$package` stands for the URL of `kernel/src/package`. */
export function startModule(text: string, argv: readonly string[] = []): { readonly pid: number; readonly ended: Promise<Ended>; kill(): void } {
  const source = text.replaceAll("$package", `file://${join(import.meta.dirname, "../src/package")}`);
  const child = spawn(process.execPath, ["--conditions=claw-source", "--input-type=module-typescript", "-e", source, "--", ...argv], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes: Buffer) => (output += bytes.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, output }));
  return { pid: child.pid ?? 0, ended, kill: () => void child.kill("SIGKILL") };
}

/** What a module wrote as one line of JSON. */
export async function resultOf(text: string): Promise<unknown> {
  const { code, output } = await startModule(text).ended;
  if (code !== 0) throw new Error(output);
  return JSON.parse(output) as unknown;
}
