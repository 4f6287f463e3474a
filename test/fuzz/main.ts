/**
 * `npm run fuzz`: a million inputs for every reader of what nobody vouches for, made from a seed. Exits 1 when one crashes it, makes it hang or is accepted and should not be.
 * Arguments: names of targets; `--count N` inputs each, or `--seconds N`; `--seed N`; `--at N`, one input of a seed again.
 * `shell [COUNT]` runs what the shell analysis says only reads, 100,000 commands unless it says otherwise; so does a run without arguments, at its end.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import type { Result, Task } from "./campaign.ts";
import { checkTarget, targetNames } from "./targets.ts";

const million = 1_000_000;
const atOnce = 2;
/** A reader that has not come back from one input after so long never will. */
const patienceMs = 15_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "string" }, seconds: { type: "string" }, seed: { type: "string" }, at: { type: "string" } },
});

/** Nothing here can be written, and no program started: a reader that tries is refused by Node itself, which is an error of no documented kind. */
const confined = [
  "--permission",
  "--allow-fs-read=*",
  "--allow-worker",
  "--expose-gc",
  "--disable-warning=SecurityWarning",
  "--disable-warning=ExperimentalWarning",
];

if (positionals[0] === "shell") process.exitCode = await shell(number(positionals[1] ?? values.count ?? "100000"));
else if (process.permission === undefined) {
  const { status } = spawnSync(process.execPath, [...confined, ...process.execArgv, import.meta.filename, ...process.argv.slice(2)], { stdio: "inherit" });
  process.exitCode = status ?? 1;
  if (process.argv.length === 2 && status === 0) process.exitCode = await shell(100_000);
} else if (process.permission.has("fs.write") || process.permission.has("child")) throw new Error("the fuzzed code could write");
else process.exitCode = await fuzz();

/** It starts programs, which the confined cannot: in a sandbox of their own. */
async function shell(count: number): Promise<number> {
  const { fuzzShell } = await import("./shell.ts");
  return (await fuzzShell(seedOf(), count)) ? 0 : 1;
}

function seedOf(): number {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 0x7fff_ffff) : number(values.seed);
  process.stdout.write(`seed ${seed}\n`);
  return seed;
}

async function fuzz(): Promise<number> {
  const chosen = positionals.length === 0 ? targetNames : positionals.map(checkTarget);
  const seed = seedOf();
  const waiting = [...chosen];
  let good = true;
  const lane = async (): Promise<void> => {
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) good = report(target, seed, ...(await campaign(target, seed))) && good;
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return good ? 0 : 1;
}

async function campaign(target: string, seed: number): Promise<readonly [result: Result, seconds: number]> {
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const task: Task = {
    target,
    seed,
    first: values.at === undefined ? 0 : number(values.at),
    count: values.at !== undefined ? 1 : values.seconds !== undefined ? 2 ** 31 - 1 : number(values.count ?? String(million)),
    ...(values.seconds === undefined ? {} : { seconds: number(values.seconds) }),
    progress,
  };
  const began = performance.now();
  const result = await finished(task);
  return [result, (performance.now() - began) / 1000];
}

/** A worker's result. One that ends without, or does not end, is the fault of the input it was at. */
function finished(task: Task): Promise<Result> {
  const worker = new Worker(join(import.meta.dirname, "campaign.ts"), { workerData: task, resourceLimits: { maxOldGenerationSizeMb: 256 } });
  return new Promise((resolve) => {
    let [last, since] = [-1, performance.now()];
    const broken = (why: string): void => {
      clearInterval(watch);
      const iteration = Atomics.load(task.progress, 0);
      resolve({ inputs: iteration - task.first, outcomes: {}, slowestMs: 0, grownMib: 0, failure: { iteration, why, base64: "(made again by --at)" } });
    };
    const watch = setInterval(() => {
      const at = Atomics.load(task.progress, 0);
      if (at !== last) [last, since] = [at, performance.now()];
      else if (performance.now() - since > patienceMs) {
        broken(`does not come back: ${patienceMs / 1000} s`);
        void worker.terminate();
      }
    }, 250);
    worker.once("message", (result: Result) => {
      clearInterval(watch);
      resolve(result);
    });
    worker.once("error", (error) => broken(String(error)));
    worker.once("exit", () => broken("ended without a result"));
  });
}

function report(target: string, seed: number, { inputs, outcomes, slowestMs, grownMib, failure }: Result, seconds: number): boolean {
  const { accepted = 0, ...refused } = outcomes;
  const codes = Object.keys(refused).length;
  process.stdout.write(
    `${failure === undefined ? "ok    " : "FAILED"} ${target.padEnd(17)} ${inputs} inputs in ${seconds.toFixed(1)} s: ${accepted} accepted, ${codes} ways of refusing; ` +
      `slowest ${slowestMs.toFixed(1)} ms, ${grownMib.toFixed(1)} MiB more held\n`,
  );
  if (failure === undefined) return true;
  process.stderr.write(
    `${target}: ${failure.why}\ninput, base64: ${failure.base64}\nagain: npm run fuzz -- ${target} --seed ${seed} --at ${failure.iteration}\n`,
  );
  return false;
}

function number(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${text} is no number`);
  return value;
}
