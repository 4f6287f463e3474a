import type { JsonSchema, ModelRequest, ToolChoice } from "../../src/contracts/model.ts";

/** The fields of a Messages body that say what is asked of the reply; `output_config` without the effort. */
export type ReplyOptions = {
  readonly tool_choice?: { type: "auto" | "any" | "none" } | { type: "tool"; name: string };
  readonly output_config?: { format: { type: "json_schema"; schema: JsonSchema } };
  readonly stop_sequences?: string[];
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
};

/** What a request asks of its reply, in the words of the Messages API. Whether the model takes it is for `requireAccepted`. */
export function replyOptions({
  toolChoice,
  tools,
  output,
  stop,
  sampling,
}: Pick<ModelRequest, "tools" | "toolChoice" | "output" | "stop" | "sampling">): ReplyOptions {
  return {
    ...(toolChoice === undefined || tools.length === 0 ? {} : { tool_choice: choiceOf(toolChoice) }),
    ...(output === undefined ? {} : { output_config: { format: { type: "json_schema", schema: output.schema } } }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop_sequences: [...stop] }),
    ...(sampling?.temperature === undefined ? {} : { temperature: sampling.temperature }),
    ...(sampling?.topP === undefined ? {} : { top_p: sampling.topP }),
    ...(sampling?.topK === undefined ? {} : { top_k: sampling.topK }),
  };
}

function choiceOf(choice: ToolChoice): NonNullable<ReplyOptions["tool_choice"]> {
  return typeof choice === "object" ? { type: "tool", name: choice.tool } : { type: choice === "required" ? "any" : choice };
}
