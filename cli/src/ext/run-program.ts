import { spawn } from "node:child_process";
import { ClawError } from "@claw/kernel/host";
import type { Environment } from "../paths.ts";

export interface ProgramRun {
  readonly cwd: string;
  readonly environment: Environment;
  /** `shown`: what it prints goes to the person, all of it to standard error. */
  readonly output: "shown" | "kept";
  readonly signal: AbortSignal;
}

/** Runs a program to its end. Its exit code, and what it printed where that is kept. */
export async function runProgram(
  program: string,
  argv: readonly string[],
  { cwd, environment, output, signal }: ProgramRun,
): Promise<{ readonly code: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(program, argv, { cwd, env: environment, signal, stdio: ["ignore", output === "shown" ? 2 : "pipe", output === "shown" ? 2 : "pipe"] });
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
  child.on("error", (cause: NodeJS.ErrnoException) => {
    if (signal.aborted) reject(signal.reason);
    else
      reject(
        new ClawError("PROGRAM_NOT_FOUND", `${program} cannot be started: ${cause.code ?? cause.message}`, { program }, { cause, fix: `install ${program}` }),
      );
  });
  child.on("close", (code) => resolve(code ?? 1));
  return { code: await promise, text: text.trim() };
}
