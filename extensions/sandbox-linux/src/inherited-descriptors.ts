import { existsSync, readFileSync, readdirSync } from "node:fs";
import { ClawError } from "@claw/kernel";

const CLOSED_ON_EXEC = 0o2000000;

/**
 * Descriptors that this process was started with and knows nothing of: whatever it starts inherits them. Node marks the low ones
 * to be closed and stops at the first gap, bubblewrap closes none.
 */
export function inheritedDescriptors(folder = "/proc/self/fdinfo"): readonly number[] {
  return readdirSync(folder)
    .map(Number)
    .filter((descriptor) => descriptor > 2 && (flagsOf(`${folder}/${descriptor}`) & CLOSED_ON_EXEC) === 0)
    .sort((a, b) => a - b);
}

/** What is gone by the time it is looked at is inherited by nobody. */
function flagsOf(file: string): number {
  try {
    return Number.parseInt(/^flags:\s*([0-7]+)$/m.exec(readFileSync(file, "latin1"))?.[1] ?? "0", 8);
  } catch {
    return CLOSED_ON_EXEC;
  }
}

/** The command without these descriptors. There seldom are any. Throws SANDBOX_FAILED where nothing can close them. */
export function withoutDescriptors(command: readonly string[], descriptors: readonly number[]): readonly string[] {
  if (descriptors.length === 0) return command;
  if (existsSync("/bin/bash")) {
    const closing = `exec ${descriptors.map((descriptor) => `${descriptor}<&-`).join(" ")}; exec "$@"`;
    return ["/bin/bash", "--norc", "--noprofile", "-c", closing, "claw", ...command];
  }
  if (existsSync("/usr/bin/perl")) {
    return ["/usr/bin/perl", "-MPOSIX", "-e", `POSIX::close($_) for ${descriptors.join(", ")}; exec { $ARGV[0] } @ARGV or exit 127;`, "--", ...command];
  }
  throw new ClawError(
    "SANDBOX_FAILED",
    `claw was started with open files (descriptors ${descriptors.join(", ")}) that nothing here can keep from programs inside the sandbox`,
    { stage: "descriptors" },
    { fix: "install bash, or start claw without them" },
  );
}
