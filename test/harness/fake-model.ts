import type { ContentBlock, ModelEvent, ModelInfo, ModelProvider, ModelRequest, Models, StopReason, Usage } from "@claw/kernel";

/** One reply of a script. Calls need no ids; a function sees the request and answers. */
export interface ScriptedReply {
  readonly text?: string;
  readonly reasoning?: string;
  readonly calls?: readonly { readonly name: string; readonly input?: Readonly<Record<string, unknown>>; readonly id?: string; readonly malformed?: string }[];
  readonly blocks?: readonly ContentBlock[];
  readonly usage?: Usage;
  readonly reason?: StopReason;
  /** Thrown after the rest was streamed. */
  readonly error?: unknown;
  /** The stream ends without its end. */
  readonly cut?: boolean;
  /** Waits for the request to be aborted. */
  readonly hang?: boolean;
}

export type Script = readonly (ScriptedReply | string | ((request: ModelRequest) => ScriptedReply | string))[];

export interface FakeModel {
  readonly models: Models;
  readonly provider: ModelProvider;
  readonly requests: readonly ModelRequest[];
}

const info: ModelInfo = {
  id: "scripted",
  contextWindow: 200_000,
  maxOutputTokens: 8_000,
  tools: true,
  reasoning: true,
  images: true,
  price: { input: 1, output: 5 },
};

/** A model that plays a script, one reply a request, and keeps what it was asked. A request beyond the script throws. */
export function scriptedModel(script: Script): FakeModel {
  const requests: ModelRequest[] = [];
  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    const step = requests.push(request) - 1;
    const line = script[step];
    if (line === undefined) throw new Error(`the script has ${script.length} replies, request ${step + 1} has none`);
    const given = typeof line === "function" ? line(request) : line;
    yield* play(typeof given === "string" ? { text: given } : given, step, signal);
  }
  const model = { address: "fake/scripted", info };
  return {
    requests,
    provider: { models: async () => [info], stream },
    models: { resolve: async (address) => (address === undefined ? model : { ...model, address }), list: async () => [model], stream },
  };
}

async function* play(reply: ScriptedReply, step: number, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
  if (reply.reasoning !== undefined) yield { type: "reasoning-delta", text: reply.reasoning };
  if (reply.text !== undefined) yield { type: "text-delta", text: reply.text };
  for (const block of reply.blocks ?? []) yield { type: "block", block };
  for (const [index, call] of (reply.calls ?? []).entries()) {
    const { name, input = {}, id = `call_${step}_${index}`, malformed } = call;
    yield { type: "block", block: { type: "tool-call", id, name, input, ...(malformed === undefined ? {} : { malformed }) } };
  }
  if (reply.hang === true) await aborted(signal);
  signal.throwIfAborted();
  if (reply.error !== undefined) throw reply.error;
  yield { type: "usage", usage: reply.usage ?? { inputTokens: 10, outputTokens: 5 } };
  if (reply.cut !== true) yield { type: "end", reason: reply.reason ?? ((reply.calls?.length ?? 0) > 0 ? "tool-calls" : "stop") };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
