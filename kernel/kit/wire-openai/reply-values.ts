import type { Usage } from "../../src/contracts/message.ts";
import { type Fields, countOf, fieldsOf } from "../json-object.ts";

/** Tokens in the words of both wires; the vendor counts what was read from its cache, and written to it, as input. */
export function usageOf(usage: Fields): Usage {
  const input = fieldsOf(usage["prompt_tokens_details"] ?? usage["input_tokens_details"]);
  const output = fieldsOf(usage["completion_tokens_details"] ?? usage["output_tokens_details"]);
  // Some servers say it in a place of their own.
  const cacheReadTokens = countOf(input["cached_tokens"]) ?? countOf(usage["prompt_cache_hit_tokens"]) ?? countOf(usage["cached_tokens"]);
  const cacheWriteTokens = countOf(input["cache_write_tokens"]);
  const reasoningTokens = countOf(output["reasoning_tokens"]);
  const all = countOf(usage["prompt_tokens"]) ?? countOf(usage["input_tokens"]) ?? 0;
  return {
    inputTokens: Math.max(0, all - (cacheReadTokens ?? 0) - (cacheWriteTokens ?? 0)),
    outputTokens: countOf(usage["completion_tokens"]) ?? countOf(usage["output_tokens"]) ?? 0,
    ...(cacheReadTokens === undefined ? {} : { cacheReadTokens }),
    ...(cacheWriteTokens === undefined ? {} : { cacheWriteTokens }),
    ...(reasoningTokens === undefined ? {} : { reasoningTokens }),
  };
}
