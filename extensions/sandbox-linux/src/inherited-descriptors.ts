import { closeSync, openSync, readFileSync, readdirSync } from "node:fs";
import { ClawError } from "@claw/kernel";

const CLOSED_ON_EXEC = 0o2000000;
/** The first after standard input, output and error. */
const FIRST = 3;
/** Each number below the highest takes a place when something is started. */
const HIGHEST = 4_095;

/** What a program is given as 3, 4, …; `ignore` where it is given nothing. */
export interface GivenDescriptors extends Disposable {
  readonly descriptors: readonly (number | "ignore")[];
}

/**
 * Descriptors that this process was started with and knows nothing of: whatever it starts inherits them. Node marks the low ones
 * to be closed and stops at the first gap, bubblewrap closes none.
 */
export function inheritedDescriptors(folder = "/proc/self/fdinfo"): readonly number[] {
  return readdirSync(folder)
    .map(Number)
    .filter((descriptor) => descriptor >= FIRST && (flagsOf(`${folder}/${descriptor}`) & CLOSED_ON_EXEC) === 0)
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

/**
 * What is given, and the null device in the place of all that is inherited: a shell in front that closes it would cost two milliseconds.
 * Throws SANDBOX_FAILED for numbers above 4095.
 */
export function withNothingElse(given: readonly number[], inherited: readonly number[]): GivenDescriptors {
  const open = inherited.filter((descriptor) => descriptor >= FIRST + given.length);
  if (open.length === 0) return { descriptors: given, [Symbol.dispose]: () => undefined };
  const far = open.filter((descriptor) => descriptor > HIGHEST);
  if (far.length > 0) {
    throw new ClawError(
      "SANDBOX_FAILED",
      `claw was started with open files (descriptors ${far.join(", ")}) that cannot be kept from programs inside the sandbox`,
      { stage: "descriptors" },
      { fix: "start claw without them" },
    );
  }
  const nothing = openSync("/dev/null", "r+");
  const last = open.at(-1) ?? FIRST;
  const descriptors = Array.from({ length: last - FIRST + 1 }, (_, at) => given[at] ?? (open.includes(at + FIRST) ? nothing : "ignore"));
  return { descriptors, [Symbol.dispose]: () => closeSync(nothing) };
}
