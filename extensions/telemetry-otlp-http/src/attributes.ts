import type { LogEntry, ReplyEntry, Usage } from "@claw/kernel";
import { addressOf, wordOf, wordsOf } from "./plain-name.ts";

export type AttributeValue = string | number | boolean | null | readonly AttributeValue[] | { readonly [key: string]: AttributeValue };
export type Attributes = Readonly<Record<string, AttributeValue>>;
type Facts = Readonly<Record<string, AttributeValue | undefined>>;

/** What may always be said of an entry: names, numbers and outcomes. Whatever is not named here is not sent. */
export function attributesOf(entry: LogEntry): Attributes {
  return present({ "claw.seq": numberOf(entry.seq), ...factsOf(entry) });
}

function factsOf(entry: LogEntry): Facts {
  switch (entry.type) {
    case "session":
      return { "claw.version": wordOf(entry.claw), "claw.parent.session.id": wordOf(entry.parent?.session), "claw.parent.seq": numberOf(entry.parent?.seq) };
    case "prompt":
      return { "claw.source": wordOf(entry.source) };
    case "compacted":
      return {
        "claw.trigger": wordOf(entry.trigger),
        "claw.tokens_before": numberOf(entry.tokensBefore),
        "claw.tokens_after": numberOf(entry.tokensAfter),
        ...(entry.writtenBy === undefined ? {} : modelFacts(entry.writtenBy)),
        ...usageFacts(entry.usage),
      };
    case "reply":
      return { "gen_ai.operation.name": "chat", ...modelFacts(entry.model), ...replyFacts(entry), ...usageFacts(entry.usage) };
    case "judged":
      return { ...callFacts(entry), "claw.verdict": wordOf(entry.verdict), "claw.decided_by": addressOf(entry.decidedBy), "claw.answer": wordOf(entry.answer) };
    case "tool-result":
      return {
        "gen_ai.operation.name": "execute_tool",
        ...callFacts(entry),
        "claw.outcome": wordOf(entry.outcome),
        "claw.duration_ms": numberOf(Math.round(entry.ms)),
      };
    case "note":
      return { "claw.author": addressOf(entry.author) };
    case "changed":
      return { "claw.key": wordOf(entry.key), "claw.author": addressOf(entry.author), "claw.value": changedValue(entry.key, entry.value) };
    case "fault":
      return { "claw.extension": addressOf(entry.extension), "claw.where": wordsOf(entry.where), "error.type": wordOf(entry.code) };
    case "turn-end":
      return { "claw.reason": wordOf(entry.reason), "claw.limit": wordOf(entry.limit), "error.type": wordOf(entry.code) };
    default:
      // Of a newer claw: what it may say of itself is not known.
      return {};
  }
}

const callFacts = ({ tool, call }: { readonly tool: string; readonly call: string }): Facts => ({
  "gen_ai.tool.name": wordOf(tool),
  "gen_ai.tool.call.id": wordOf(call),
});

/** How the conventions call the providers that claw calls otherwise. */
const providers: Readonly<Record<string, string>> = { bedrock: "aws.bedrock", foundry: "azure.ai.inference", vertex: "gcp.vertex_ai" };

function modelFacts(address: string): Facts {
  const known = addressOf(address);
  const at = known?.indexOf("/") ?? -1;
  if (known === undefined || at === -1) return { "gen_ai.request.model": known };
  const provider = known.slice(0, at);
  return { "gen_ai.provider.name": Object.hasOwn(providers, provider) ? providers[provider] : provider, "gen_ai.request.model": known.slice(at + 1) };
}

const reasons: Readonly<Record<string, string>> = { "tool-calls": "tool_call", refusal: "content_filter" };

function replyFacts({ reason, requestId, ms, partial, content }: ReplyEntry): Facts {
  const known = wordOf(reason);
  return {
    "gen_ai.response.finish_reasons": known === undefined ? undefined : [Object.hasOwn(reasons, known) ? (reasons[known] ?? known) : known],
    "gen_ai.response.id": wordOf(requestId),
    "claw.duration_ms": numberOf(Math.round(ms)),
    "claw.partial": partial === true ? true : undefined,
    "claw.tool_calls": content.filter(({ type }) => type === "tool-call").length,
  };
}

/** The conventions count what came from a cache and what went into one as input too. */
function usageFacts(usage: Usage | undefined): Facts {
  if (usage === undefined) return {};
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, costUsd } = usage;
  return {
    "gen_ai.usage.input_tokens": numberOf(inputTokens + (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0)),
    "gen_ai.usage.output_tokens": numberOf(outputTokens),
    "gen_ai.usage.cache_read.input_tokens": numberOf(cacheReadTokens),
    "gen_ai.usage.cache_creation.input_tokens": numberOf(cacheWriteTokens),
    "gen_ai.usage.reasoning.output_tokens": numberOf(reasoningTokens),
    "claw.cost_usd": numberOf(costUsd),
  };
}

/** The settings whose values are names; a title and a folder are not. */
const changedValue = (key: string, value: unknown): string | undefined =>
  key === "model" ? addressOf(value) : key === "permission-mode" ? wordOf(value) : undefined;

/** A number that every reader of OTLP can hold. */
const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;

/** The same without what is not known. */
export const present = (facts: Facts): Attributes =>
  Object.fromEntries(Object.entries(facts).filter((row): row is [string, AttributeValue] => row[1] !== undefined));
