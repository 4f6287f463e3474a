import { join } from "node:path";
import { anthropicWire } from "../wire/anthropic-server.ts";
import { bedrockMessagesWire } from "../wire/bedrock-messages-server.ts";
import { converseWire } from "../wire/converse-server.ts";
import { geminiWire } from "../wire/gemini-server.ts";
import { chatWire } from "../wire/openai-chat-server.ts";
import { responsesWire } from "../wire/openai-responses-server.ts";
import type { Reply } from "../wire/reply.ts";
import { startWireServer, type Wire } from "../wire/server.ts";
import type { Measured } from "./cases.ts";
import { median, run } from "./measure.ts";

const deltas = 40_000;
const text = "All work and no play makes a dull reply. ".repeat(52_429).slice(0, 2 * 1024 * 1024);
const long: Reply = { blocks: [{ type: "text", text, deltas }] };
const short: Reply = { blocks: [{ type: "text", text: "hello" }] };

/** By subject: the wire its server speaks. */
const wires: Readonly<Record<string, Wire>> = {
  anthropic: anthropicWire,
  "openai chat": chatWire,
  "openai responses": responsesWire,
  "bedrock converse": converseWire,
  "bedrock messages": bedrockMessagesWire,
  gemini: geminiWire,
  "vertex claude": anthropicWire,
  foundry: chatWire,
  compatible: chatWire,
};

interface Side {
  readonly cpuMs: number;
  /** From a call to its whole request at the server. */
  readonly callMs: number;
}

async function side(subject: string, which: "claw" | "sdk" | "raw", folder: string): Promise<Side> {
  const arrived: number[] = [];
  await using server = await startWireServer(({ text: body }) => {
    const at = performance.timeOrigin + performance.now();
    if (body.includes('"long"')) return long;
    if (body.includes("timed ")) arrived.push(at);
    return short;
  }, wires[subject] ?? anthropicWire);
  const argv = [process.execPath, "--conditions=claw-source", join(import.meta.dirname, "ask-provider.ts"), subject, which, server.url, "5"];
  const { output } = await run(argv, { cwd: folder, env: { PATH: process.env["PATH"], HOME: folder } });
  const { cpuMs, calls } = JSON.parse(output) as { readonly cpuMs: readonly number[]; readonly calls: readonly number[] };
  return { cpuMs: median(cpuMs), callMs: median(calls.map((call, index) => (arrived[index] ?? Number.NaN) - call)) };
}

/** Two measures of each provider against its bare SDK, both sides in turn. */
export async function measureProvider(subject: string, folder: string): Promise<readonly Measured[]> {
  const rounds: (readonly Side[])[] = [];
  for (let round = 0; round < 3; round += 1) {
    const sides: Side[] = [];
    for (const which of ["claw", "sdk", "raw"] as const) sides.push(await side(subject, which, folder));
    rounds.push(sides);
  }
  const [ours, theirs, raw] = [0, 1, 2].map((which) => ({
    cpuMs: median(rounds.map((round) => (round[which] as Side).cpuMs)),
    callMs: median(rounds.map((round) => (round[which] as Side).callMs)),
  })) as [Side, Side, Side];
  const per = (ms: number): string => `${(ms / (deltas / 1000)).toFixed(2)} ms`;
  return [
    {
      what: `${subject}: CPU of 1,000 deltas against its bare SDK`,
      value: ours.cpuMs / theirs.cpuMs,
      unit: "x",
      bar: 1.3,
      detail: `${per(ours.cpuMs)} against ${per(theirs.cpuMs)}; ${(ours.cpuMs / raw.cpuMs).toFixed(1)}x reading the same bytes raw, ${per(raw.cpuMs)}`,
    },
    {
      what: `${subject}: from a call to its request against its bare SDK`,
      value: ours.callMs / theirs.callMs,
      unit: "x",
      bar: 1.3,
      detail: `${ours.callMs.toFixed(2)} ms against ${theirs.callMs.toFixed(2)} ms`,
    },
  ];
}

export const measuredProviders = Object.keys(wires);
