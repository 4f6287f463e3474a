import { existsSync } from "node:fs";
import { join } from "node:path";
import { startAnthropicServer } from "../wire/anthropic-server.ts";
import type { RecordedRequest, Reply, Script } from "../wire/reply.ts";
import { median, pairs, run } from "./measure.ts";
import { installMany } from "../start/many-extensions.ts";

export interface Measured {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly bar: number;
  readonly detail: string;
}

const claw = join(import.meta.dirname, "../../cli/dist/claw.js");
const script = (name: string): string => join(import.meta.dirname, `${name}.ts`);
const bare = [process.execPath, "-e", "0"];
const ms = (value: number): string => `${value.toFixed(0)} ms`;

function surroundings(folder: string, url?: string, home: string = "home") {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    CLAW_HOME: join(folder, home),
    ...(url === undefined ? {} : { ANTHROPIC_API_KEY: "not-a-key", ANTHROPIC_BASE_URL: url }),
  };
  return { cwd: folder, env };
}

const answer = (text: string, deltas: number = 1): Reply => ({ blocks: [{ type: "text", text, deltas }] });
const reading = (index: number): Reply => ({
  blocks: [{ type: "tool-call", id: `toolu_${index}`, name: "read_file", json: JSON.stringify({ path: "note.txt" }) }],
});

/** Starts a program against a server and answers when its first request had come, in milliseconds from its start. */
async function firstRequest(argv: readonly string[], folder: string, home?: string): Promise<number> {
  let at = Number.NaN;
  await using server = await startAnthropicServer(() => {
    at = performance.now();
    return answer("hello");
  });
  const began = performance.now();
  await run(argv, surroundings(folder, server.url, home));
  return at - began;
}

/** Start to first request with so many extensions installed and chosen, and with so many others. */
async function startWith(folder: string, ...counts: readonly [readonly [number, number], readonly [number, number]]): Promise<readonly [number, number]> {
  const homes = counts.map(([installed, chosen]) => `home-${installed}-${chosen}`);
  for (const [index, [installed, chosen]] of counts.entries()) {
    const home = join(folder, homes[index] ?? "");
    if (!existsSync(home)) await installMany(home, installed, chosen);
  }
  const start = (home: string | undefined) => () => firstRequest([process.execPath, claw, "-p", "hello"], folder, home);
  return pairs(15, start(homes[0]), start(homes[1]));
}

/** Milliseconds from the end of each reply to the whole next request, over a session of so many tool turns. */
async function turnTimes(argv: (url: string) => readonly string[], turns: number, folder: string): Promise<readonly number[]> {
  const came: number[] = [];
  const left: number[] = [];
  const answers: Script = async (request: RecordedRequest, index: number) => {
    came.push(performance.now());
    void request.over.then(() => left.push(performance.now()));
    return index < turns ? reading(index) : answer("done");
  };
  await using server = await startAnthropicServer(answers);
  const { code } = await run(argv(server.url), surroundings(folder, server.url));
  if (code !== 0 || came.length !== turns + 1) throw new Error(`${argv(server.url).join(" ")} made ${came.length} requests and ended with ${code}`);
  return came.slice(1).map((time, index) => time - (left[index] ?? Number.NaN));
}

/** The median of opening an index in fresh processes. */
async function indexTimes(folder: string, write: readonly string[], open: string): Promise<{ readonly ms: number; readonly bytes: number }> {
  const opened = (words: readonly string[]) =>
    run([process.execPath, "--conditions=claw-source", script("open-index"), folder, ...words], surroundings(folder));
  await opened(write);
  const runs: { readonly ms: number; readonly bytes: number }[] = [];
  for (let round = 0; round < 9; round += 1) runs.push(JSON.parse((await opened([open])).output) as { readonly ms: number; readonly bytes: number });
  return { ms: median(runs.map(({ ms: each }) => each)), bytes: runs[0]?.bytes ?? 0 };
}

const clawTurns = (): readonly string[] => [process.execPath, claw, "-p", "go"];
const floorTurns = (url: string): readonly string[] => [process.execPath, script("floor"), url];
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export const cases: Readonly<Record<string, (folder: string) => Promise<Measured>>> = {
  async version(folder) {
    const [one, other] = await pairs(
      15,
      async () => (await run([process.execPath, claw, "--version"], surroundings(folder))).wallMs,
      async () => (await run(bare, surroundings(folder))).wallMs,
    );
    return { what: "claw --version against node -e 0", value: one / other, unit: "x", bar: 1.4, detail: `${ms(one)} against ${ms(other)}` };
  },
  async "first-request"(folder) {
    const [one, other] = await pairs(
      11,
      () => firstRequest([process.execPath, claw, "-p", "hello"], folder),
      async () => (await run(bare, surroundings(folder))).wallMs,
    );
    return { what: "claw -p, start to first request, against node -e 0", value: one / other, unit: "x", bar: 4, detail: `${ms(one)} against ${ms(other)}` };
  },
  async "many-installed"(folder) {
    const [many, few] = await startWith(folder, [500, 10], [10, 10]);
    return {
      what: "start with 500 extensions installed, less start with 10, of which 10 are chosen",
      value: many - few,
      unit: " ms",
      bar: 10,
      detail: `${ms(many)} and ${ms(few)}`,
    };
  },
  async "many-chosen"(folder) {
    const [many, few] = await startWith(folder, [500, 500], [10, 10]);
    return {
      what: "start with 500 extensions installed and chosen, against start with 10",
      value: many / few,
      unit: "x",
      bar: 2,
      detail: `${ms(many)} and ${ms(few)}`,
    };
  },
  async "thirty-installed"(folder) {
    const [some, none] = await startWith(folder, [30, 30], [0, 0]);
    return {
      what: "start with 30 extensions installed and chosen, less start with none",
      value: some - none,
      unit: " ms",
      bar: 10,
      detail: `${ms(some)} and ${ms(none)}`,
    };
  },
  async load(folder) {
    const home = join(folder, "home-load");
    // As large as a real bundle, and with some work for the engine's parser.
    const code = Array.from(
      { length: 600 },
      (_value, index) => `export const value${index} = (input) => ({ index: ${index}, input, text: "a text of some length" });\n`,
    ).join("");
    await installMany(home, 30, 0, `${code}export default { api: 1, activate() {} };\n`);
    const time = (manner: string) => async () =>
      Number((await run([process.execPath, "--conditions=claw-source", script("load-extensions"), home, manner], surroundings(folder))).output);
    const [checked, plain] = await pairs(15, time("checked"), time("plain"));
    return {
      what: "loading an installed extension of 61 KB, checked against its lock, less a plain import",
      value: (checked - plain) / 30,
      unit: " ms",
      bar: 0.3,
      detail: `30 of them: ${checked.toFixed(1)} ms and ${plain.toFixed(1)} ms`,
    };
  },
  async index(folder) {
    const { ms: value, bytes } = await indexTimes(folder, ["write", "5000"], "open");
    if (bytes > 1024 * 1024) throw new Error(`an index of 5,000 extensions has ${bytes} bytes, more than its cap`);
    return {
      what: "opening an index of 5,000 extensions: reading, who signed it, its rules",
      value,
      unit: " ms",
      bar: 60,
      detail: `${bytes} bytes of 1048576`,
    };
  },
  async million(folder) {
    const { ms: value, bytes } = await indexTimes(folder, ["write-million"], "open-million");
    return {
      what: "what a client of 1,000,000 extensions spends to find one (kernel/decisions/0014)",
      value,
      unit: " ms",
      bar: 60,
      detail: `${bytes} bytes downloaded`,
    };
  },
  async "tool-turn"(folder) {
    const ratios: number[] = [];
    for (let round = 0; round < 5; round += 1) ratios.push(median(await turnTimes(clawTurns, 40, folder)) / median(await turnTimes(floorTurns, 40, folder)));
    return { what: "a tool turn against a bare fetch loop doing the same", value: median(ratios), unit: "x", bar: 3, detail: `5 pairs of 40 turns` };
  },
  async "long-session"(folder) {
    const ratios: number[] = [];
    let last = "";
    for (let round = 0; round < 3; round += 1) {
      const times = await turnTimes(clawTurns, 200, folder);
      ratios.push(mean(times.slice(180)) / mean(times.slice(0, 20)));
      last = `turns 1-20 ${mean(times.slice(0, 20)).toFixed(1)} ms, turns 181-200 ${mean(times.slice(180)).toFixed(1)} ms in the last of 3`;
    }
    return { what: "turns 181-200 of a session against turns 1-20", value: median(ratios), unit: "x", bar: 1.25, detail: last };
  },
  async "big-reply"(folder) {
    await using server = await startAnthropicServer(() => answer("All work and no play makes a dull reply. ".repeat(52_429).slice(0, 2 * 1024 * 1024), 40_000));
    const at = surroundings(folder, server.url);
    const [one, other] = await pairs(
      5,
      async () => (await run([process.execPath, claw, "-p", "go"], at)).cpuMs,
      async () => (await run([process.execPath, script("raw-read"), server.url], at)).cpuMs,
    );
    return {
      what: "CPU of a reply of 2 MB in 40,000 deltas against reading the same stream raw",
      value: one / other,
      unit: "x",
      bar: 2,
      detail: `${ms(one)} against ${ms(other)}`,
    };
  },
  async memory(folder) {
    await using server = await startAnthropicServer(() => answer("hello"));
    const at = surroundings(folder, server.url);
    const hold = [process.execPath, "-e", "setTimeout(() => {}, 60)"];
    const [one, other] = await pairs(
      5,
      async () => (await run([process.execPath, claw, "-p", "go"], at)).peakKib,
      async () => (await run(hold, at)).peakKib,
    );
    return {
      what: "peak memory of a one-shot run against a bare Node",
      value: one / other,
      unit: "x",
      bar: 2.5,
      detail: `${(one / 1024).toFixed(0)} MiB against ${(other / 1024).toFixed(0)} MiB`,
    };
  },
  async "request-size"(folder) {
    let bytes = 0;
    await using server = await startAnthropicServer((request) => {
      const { system, tools } = request.body as { readonly system?: unknown; readonly tools?: unknown };
      bytes = Buffer.byteLength(JSON.stringify({ system, tools }));
      return answer("hello");
    });
    await run([process.execPath, claw, "-p", "go"], surroundings(folder, server.url));
    return { what: "system and tools of the first request, default set", value: bytes / 1000, unit: " KB", bar: 15, detail: `${bytes} bytes` };
  },
};
