import { ClawError, type Launch } from "@claw/kernel";

/** The beginning of what a program printed: enough to hold the one line of a wall that could not be put up. */
export interface FirstOutput {
  take(bytes: Uint8Array): void;
  /** The only line there is; undefined when there are more, or none. */
  onlyLine(): string | undefined;
}

const MOST_BYTES = 2048;

export function firstOutput(): FirstOutput {
  const parts: Uint8Array[] = [];
  let length = 0;
  return {
    take(bytes) {
      length += bytes.length;
      if (length <= MOST_BYTES) parts.push(bytes);
    },
    onlyLine() {
      if (length === 0 || length > MOST_BYTES) return undefined;
      const lines = Buffer.concat(parts).toString("utf8").replace(/\n$/, "").split("\n");
      return lines.length === 1 ? lines[0] : undefined;
    },
  };
}

/** bubblewrap's own failures: nothing but one line of its own, and 1. Any program can print that, too. */
export const looksFailed = (backend: string, code: number | null, line: string | undefined): line is string =>
  backend.startsWith("bwrap") && code === 1 && line?.startsWith("bwrap: ") === true;

/**
 * What a line that looks like a wall's own says, tried out: a program that does nothing is put behind the same wall. If that
 * one runs, the wall stands and the line was the program's.
 */
export async function failureOf(line: string, program: string, tries: () => Promise<boolean>): Promise<ClawError | undefined> {
  if (line.startsWith(`bwrap: execvp ${program}: `)) {
    return new ClawError(
      "SANDBOX_FAILED",
      `${program} cannot be run inside the sandbox: ${line.slice(`bwrap: execvp ${program}: `.length)}`,
      { stage: "exec" },
      { fix: "a program below the home folder is seen there only if its folder is on PATH or in the setting allow of the sandbox" },
    );
  }
  if (await tries()) return undefined;
  return new ClawError(
    "SANDBOX_FAILED",
    `the sandbox could not be put up, and nothing was run: ${line}`,
    { stage: "launch" },
    { fix: "claw sandbox status says why and what helps" },
  );
}

/** Takes down what was put up for a program; what cannot be taken down is no reason to lose how the program ended. */
export async function takeDown(launch: Launch | undefined): Promise<void> {
  try {
    await launch?.[Symbol.asyncDispose]();
  } catch {
    // Its own extension is told by nobody but the system: there is nothing to be done here.
  }
}
