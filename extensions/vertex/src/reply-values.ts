import type { StopReason, Usage } from "@claw/kernel";
import { countOf, fieldOf } from "@claw/kernel/kit";

/** Finish reasons that end a reply on purpose, each with claw's word; those not here are taken by what the reply holds. */
const stops: Readonly<Record<string, StopReason>> = {
  MAX_TOKENS: "length",
  CONTINUATION: "length",
  SAFETY: "refusal",
  RECITATION: "refusal",
  LANGUAGE: "refusal",
  BLOCKLIST: "refusal",
  PROHIBITED_CONTENT: "refusal",
  SPII: "refusal",
  MODEL_ARMOR: "refusal",
  IMAGE_SAFETY: "refusal",
  IMAGE_PROHIBITED_CONTENT: "refusal",
  IMAGE_RECITATION: "refusal",
};

/** Finish reasons of a reply that came to nothing, and may come to something when asked again. */
const broken: ReadonlySet<string> = new Set(["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"]);

export const isBroken = (reason: string): boolean => broken.has(reason);

export const stopReasonOf = (reason: string, hasCalls: boolean): StopReason =>
  Object.hasOwn(stops, reason) ? (stops[reason] as StopReason) : hasCalls ? "tool-calls" : "stop";

/** What a chunk's `usageMetadata` says. Thinking is counted beside the candidates, and what came from the cache within the prompt. */
export function usageOf(metadata: unknown): Usage {
  const count = (name: string): number | undefined => countOf(fieldOf(metadata, name));
  const cacheReadTokens = count("cachedContentTokenCount");
  const reasoningTokens = count("thoughtsTokenCount");
  const prompt = (count("promptTokenCount") ?? 0) + (count("toolUsePromptTokenCount") ?? 0);
  return {
    inputTokens: Math.max(0, prompt - (cacheReadTokens ?? 0)),
    outputTokens: (count("candidatesTokenCount") ?? 0) + (reasoningTokens ?? 0),
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  };
}
