import { ClawError, type ModelProvider, type ResolvedModel } from "@claw/kernel";
import { type Asked, replyOf, type ReplyOptions } from "../retry.ts";
import { cache } from "./caching.ts";
import { parallelCalls, toolCall, toolResult } from "./calls.ts";
import { image, structuredOutput } from "./formats.ts";
import { hear, type Heard } from "./heard.ts";
import type { Outcome, Probe, ProbedModel } from "./probe.ts";
import { efforts, thinking } from "./thinking.ts";
import { unknownModel } from "./unknown-model.ts";
import { stopText, streaming, text, usageReported } from "./words.ts";

/** In the order they are run: without the first one, the rest would find out nothing. */
export const probes: readonly Probe[] = [
  text,
  streaming,
  toolCall,
  parallelCalls,
  toolResult,
  thinking,
  image,
  structuredOutput,
  stopText,
  efforts,
  cache,
  usageReported,
  unknownModel,
];

/** What a short question comes to, its tool and its image counted. */
const questionTokens = 500;
/** What a reply may have at the most where a probe does not say: room for a short thought. */
const usualReplyTokens = 1024;

/** How many requests all of them are, and about what they cost at the most where there is a price. */
export function estimated({ info }: ResolvedModel): { readonly requests: number; readonly usd?: number } {
  const sum = (of: (probe: Probe) => number): number => probes.reduce((total, probe) => total + of(probe), 0);
  const requests = sum((probe) => probe.requests(info));
  if (info.price === undefined) return { requests };
  const { price, maxOutputTokens = Infinity } = info;
  const inputTokens = requests * questionTokens + sum(({ inputTokens: more = 0 }) => more);
  const outputTokens = sum((probe) => probe.requests(info) * Math.min(maxOutputTokens, probe.replyTokens ?? usualReplyTokens));
  return { requests, usd: (inputTokens * Math.max(price.input, price.cacheWrite ?? 0) + outputTokens * price.output) / 1e6 };
}

export interface Finding extends Outcome {
  readonly probe: string;
  readonly requests: number;
  readonly ms: number;
  /** What the registry says. */
  readonly claimed?: boolean;
  /** The registry says something else. */
  readonly differs: boolean;
}

/** Sends each probe to a model of a provider and says what came of it, one after the other. Throws when the first one fails: nobody is there. */
export async function* findings(
  provider: ModelProvider,
  model: ResolvedModel,
  options: ReplyOptions,
  signal: AbortSignal,
): AsyncGenerator<Finding & { readonly costUsd: number }, void> {
  const heard: Heard[] = [];
  let requests = 0;
  let replyTokens = usualReplyTokens;
  const ask: ProbedModel["ask"] = async (question) => {
    const maxTokens = Math.min(replyTokens, model.info.maxOutputTokens ?? Infinity);
    const request = { model: model.info.id, system: [], tools: [], session: "probe", ...question, maxTokens };
    const open = (own: AbortSignal): ReturnType<ModelProvider["stream"]> => {
      requests += 1;
      return provider.stream(request, own);
    };
    const asked: Asked = {
      async *[Symbol.asyncIterator]() {
        yield { model, open };
      },
      problems: async () => [],
      remedied: async (error) => error,
    };
    const reply = await hear(replyOf(asked, options, signal));
    heard.push(reply);
    return reply;
  };
  for (const probe of probes) {
    const [before, began, alreadyHeard] = [requests, options.timing.clock(), heard.length];
    replyTokens = probe.replyTokens ?? usualReplyTokens;
    const outcome = await outcomeOf(probe, { model, ask, heard }, signal);
    const claimed = probe.claim?.(model.info);
    yield {
      probe: probe.name,
      ...outcome,
      requests: requests - before,
      ms: Math.round(options.timing.clock() - began),
      ...(claimed === undefined ? {} : { claimed }),
      differs: claimed !== undefined && outcome.result !== "failed" && claimed !== (outcome.result === "ok"),
      costUsd: heard.slice(alreadyHeard).reduce((sum, { usage }) => sum + (usage?.costUsd ?? 0), 0),
    };
  }
}

async function outcomeOf(probe: Probe, model: ProbedModel, signal: AbortSignal): Promise<Outcome> {
  try {
    return await probe.run(model);
  } catch (error) {
    signal.throwIfAborted();
    if (probe === probes[0]) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return { result: ClawError.is(error, "MODEL_REFUSED") ? "no" : "failed", reason };
  }
}
