import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Attempt, Place } from "./attempt.ts";
import { type EscapeWorld, giveTo, openWorld, type Person } from "./escape-world.ts";
import { kernelAttempts } from "./kernel-attempts.ts";
import type { Job, JobResult, LauncherTask } from "./launcher-process.ts";
import { networkAttempts } from "./network-attempts.ts";
import { plantingAttempts } from "./planting-attempts.ts";
import { processAttempts } from "./process-attempts.ts";
import { readingAttempts } from "./reading-attempts.ts";
import { as } from "./shared-things.ts";
import { writingAttempts } from "./writing-attempts.ts";

export const attempts: readonly Attempt[] = [
  ...writingAttempts,
  ...plantingAttempts,
  ...readingAttempts,
  ...networkAttempts,
  ...processAttempts,
  ...kernelAttempts,
];

export interface Outcome {
  readonly name: string;
  readonly escaped: boolean;
  readonly output: string;
  /** Undefined if it was never started. */
  readonly code: number | null | undefined;
}

/** How long the daemons that were left behind have to show themselves. */
const AFTERWARDS_MS = 2500;

/** Tries them all in a world of their own. */
export async function tryAll(tried: readonly Attempt[], person: Person, walled: boolean): Promise<readonly Outcome[]> {
  using world = await openWorld(person);
  const places = tried.map((attempt, index): Place => ({ world, id: `a${index}z`, workspace: world.openWorkspace(`a${index}z`, attempt.bare === true) }));
  const jobs = tried.map(({ by, program, terminal }, index): Job => {
    const place = places[index] as Place;
    const text = program(place);
    const command = {
      bash: ["/bin/bash", "--norc", "--noprofile", "-c", text],
      perl: ["/usr/bin/perl", "-e", text],
      python3: ["/usr/bin/python3", "-c", text],
    }[by];
    return { id: place.id, command, workspace: place.workspace, terminal: terminal === true };
  });
  const results = await launchAll(world, { walled, home: world.home, jobs });
  await wait(AFTERWARDS_MS);
  return tried.map((attempt, index) => {
    const place = places[index] as Place;
    const { output = "", code } = results.get(place.id) ?? {};
    return { name: attempt.name, escaped: hasEscaped(attempt, place, output), output, code };
  });
}

function hasEscaped(attempt: Attempt, place: Place, output: string): boolean {
  try {
    return attempt.escaped(place, output);
  } catch (error) {
    throw new Error(`what became of "${attempt.name}" could not be seen; it said ${JSON.stringify(output)}`, { cause: error });
  }
}

/** Starts what starts them, as the person, from a shell that has left files open, with a secret in its own environment. */
export async function launchAll(world: EscapeWorld, task: LauncherTask): Promise<ReadonlyMap<string, JobResult>> {
  const file = join(world.temporary, "task.json");
  writeFileSync(file, JSON.stringify(task));
  giveTo([file], world.person);
  const script = fileURLToPath(new URL("launcher-process.ts", import.meta.url));
  const open = openSync(world.leftOpen, "r");
  const child = spawn("/bin/bash", ["-c", 'exec 9<&3 200<&3 3<&-; exec "$@"', "launcher", process.execPath, "--conditions=claw-source", script, file], {
    ...as(world.person),
    cwd: "/",
    env: { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: world.home, NODE_NO_WARNINGS: "1", CLAW_TEST_SECRET: world.secrets.parent },
    stdio: ["ignore", "pipe", "pipe", open],
  });
  closeSync(open);
  const [lines, complaints] = await Promise.all([textOf(child.stdout ?? process.stdin), textOf(child.stderr ?? process.stdin), once(child, "exit")]);
  if (complaints !== "") throw new Error(`the launcher failed: ${complaints}`);
  return new Map(
    lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as JobResult)
      .map((result) => [result.id, result]),
  );
}
