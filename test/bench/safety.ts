import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createAnalyser } from "../../extensions/shell-analysis/src/analyser.ts";
import { honest } from "../../extensions/shell-analysis/test/corpus/honest.ts";
import type { Measured } from "./cases.ts";

/** One command through the analysis after warm-up, each time as one that was not seen before. Answers p50 and p99 in microseconds. */
export async function measureAnalysis(): Promise<readonly Measured[]> {
  const { analyse } = createAnalyser();
  const commands = Object.values(honest)
    .flat()
    .map(({ command }) => command);
  const place = { folder: "/w", roots: ["/w"], home: "/home/u" };
  const times: number[] = [];
  const rounds = 60;
  for (let round = 0; round < rounds; round += 1)
    for (const [index, command] of commands.entries()) {
      // A text of its own, so that nothing remembered answers for it.
      const text = `${command} # ${round}.${index}`;
      const began = process.hrtime.bigint();
      analyse(text, place);
      if (round >= rounds / 2) times.push(Number(process.hrtime.bigint() - began) / 1_000);
    }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.floor(times.length * share)] ?? Number.POSITIVE_INFINITY;
  const detail = `${commands.length} honest commands, ${times.length} times, longest ${(times.at(-1) ?? 0).toFixed(0)} us`;
  return [
    { what: "a shell command is analysed, median", value: at(0.5), unit: " us", bar: 10, detail },
    { what: "a shell command is analysed, 99th of 100", value: at(0.99), unit: " us", bar: 100, detail },
  ];
}

/** In one process, as claw does it: a start of claw for each would hide the wall. */
export function measureSandbox(folder: string): Measured {
  const home = join(folder, "sandbox-home");
  mkdirSync(home, { recursive: true });
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--conditions=claw-source", join(import.meta.dirname, "sandbox-start.ts"), folder, home], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the sandbox cannot be measured: ${stderr}`);
  const { bareMs, containedMs, rounds } = JSON.parse(stdout) as { readonly bareMs: number; readonly containedMs: number; readonly rounds: number };
  return {
    what: "a program starts inside the sandbox, above a bare start, median",
    value: containedMs - bareMs,
    unit: " ms",
    bar: 15,
    detail: `${rounds} of each: ${containedMs.toFixed(1)} ms against ${bareMs.toFixed(1)} ms`,
  };
}
