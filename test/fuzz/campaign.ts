/** A worker: feeds one target its inputs, and says what came of them. */
import { setImmediate as turn } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Random } from "./random.ts";
import { attempt, fastest, mostMsFor } from "./target.ts";
import { targetOf } from "./targets.ts";

/** How many times as long an input may take: in the suite other tests share the machine, and what hangs takes longer still. */
const slack = Number(process.env["CLAW_FUZZ_SLACK"] ?? 1);

/** What a worker is told. It counts its inputs in `progress`, so that whoever waits knows which one it hangs on. */
export interface Task {
  readonly target: string;
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  readonly seconds?: number;
  readonly progress: Int32Array<SharedArrayBuffer>;
}

export interface Failure {
  readonly iteration: number;
  readonly why: string;
  readonly base64: string;
}

export interface Result {
  readonly inputs: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly slowestMs: number;
  readonly grownMib: number;
  readonly failure?: Failure;
}

/** How much more than at the beginning may still be held when nothing is used any more: what leaks needs it soon. */
const mostMib = 128;
const collectEvery = 16_384;

/** What this worker holds once what is not used was collected: on its heap, and in buffers beside it. What zlib held goes in a later turn of the event loop. */
async function heldMib(): Promise<number> {
  for (let rounds = 0; rounds < 3; rounds += 1) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
}

async function run({ target: name, seed, first, count, seconds, progress }: Task): Promise<Result> {
  const target = await targetOf(name);
  const outcomes: Record<string, number> = {};
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1000;
  const before = await heldMib();
  let [slowestMs, grownMib, inputs] = [0, 0, 0];
  const result = (failure?: Failure): Result => ({ inputs, outcomes, slowestMs, grownMib, ...(failure === undefined ? {} : { failure }) });
  // Refusals are errors, and nobody reads where they came from: without this most of the time goes there.
  Error.stackTraceLimit = 0;
  for (let iteration = first; iteration < first + count; iteration += 1) {
    Atomics.store(progress, 0, iteration);
    const input = target.input(new Random(seed, iteration));
    const failed = (why: string): Result => result({ iteration, why, base64: base64(input) });
    try {
      const random = new Random(~seed, iteration);
      const { outcome, ms } = attempt(target, input, random);
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      const most = (target.mostMs ?? mostMsFor(input)) * slack;
      const least = ms > most ? fastest(target, input) : ms;
      if (least > most) return failed(`took ${least.toFixed(0)} ms, and ${most} are allowed`);
      slowestMs = Math.max(slowestMs, least);
    } catch {
      return failed(explained(() => attempt(target, input, new Random(~seed, iteration))));
    }
    inputs += 1;
    if (inputs % collectEvery === 0) {
      grownMib = Math.max(grownMib, (await heldMib()) - before);
      if (grownMib > mostMib) return failed(`${grownMib.toFixed(0)} MiB more are held than before`);
    }
    if (inputs % 256 === 0) {
      await turn();
      if (performance.now() > until) break;
    }
  }
  return result();
}

/** Base64 of an input; of UTF-16 for text, which may hold half a character. */
const base64 = (input: string | Buffer): string =>
  typeof input === "string" ? `text ${Buffer.from(input, "utf16le").toString("base64")}` : `bytes ${input.toString("base64")}`;

/** Breaks it again, with a stack this time. */
function explained(again: () => unknown): string {
  Error.stackTraceLimit = 20;
  try {
    again();
    return "it failed once and not again";
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

const port = parentPort;
if (port === null) throw new Error("a campaign is run by main.ts");
port.postMessage(await run(workerData as Task), []);
