import { type FailureKind, type Reply, type ReplyBlock, type SentBlock, type SentOptions, type SentRequest, type WireError, piecesOf } from "./reply.ts";

type Json = Readonly<Record<string, unknown>>;

const errors: Readonly<Record<FailureKind, readonly [type: string, message: string]>> = {
  auth: ["authentication_error", "invalid bearer token"],
  permission: ["permission_error", "this key may not use that model"],
  "not-found": ["not_found_error", "model: claude-none"],
  "rate-limit": ["rate_limit_error", "this request would exceed the rate limit of your organization"],
  overloaded: ["overloaded_error", "Overloaded"],
  server: ["api_error", "Internal server error"],
  "too-long": ["invalid_request_error", "prompt is too long: 200015 tokens > 200000 maximum"],
  invalid: ["invalid_request_error", "max_tokens: must be positive"],
};

/** An error as the body of a response and the `error` event of a stream have it. */
export function errorOf({ kind, message }: WireError): Json & { readonly type: string } {
  const [type, usual] = errors[kind];
  return { type: "error", error: { type, message: message ?? usual } };
}

const stops: Readonly<Record<string, string>> = { stop: "end_turn", "tool-calls": "tool_use", length: "max_tokens", refusal: "refusal" };

/** The stream events of a reply, byte for byte as the Messages API writes them. */
export function* framesOf(reply: Reply): Generator<string, void> {
  const usage = reply.usage ?? { input: 10, output: 5 };
  const input = {
    input_tokens: usage.input,
    cache_creation_input_tokens: usage.cacheWrite ?? 0,
    cache_read_input_tokens: usage.cacheRead ?? 0,
  };
  yield frame({
    type: "message_start",
    message: {
      id: "msg_scripted",
      type: "message",
      role: "assistant",
      model: "claude-scripted",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: { ...input, output_tokens: 1 },
    },
  });
  for (const [index, block] of reply.blocks.entries()) yield* blockFrames(block, index);
  if (reply.error !== undefined) {
    yield frame(errorOf(reply.error));
    return;
  }
  if (reply.hang === true) return;
  const stop = reply.stop ?? (reply.blocks.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop");
  yield frame({
    type: "message_delta",
    delta: { stop_reason: stops[stop] ?? stop, stop_sequence: null },
    usage: { ...input, output_tokens: usage.output, output_tokens_details: usage.reasoning === undefined ? null : { thinking_tokens: usage.reasoning } },
  });
  yield frame({ type: "message_stop" });
}

export const pingFrame = frame({ type: "ping" });

function* blockFrames(block: ReplyBlock, index: number): Generator<string, void> {
  const start = (content_block: object): string => frame({ type: "content_block_start", index, content_block });
  const delta = (value: object): string => frame({ type: "content_block_delta", index, delta: value });
  switch (block.type) {
    case "text":
      yield start({ type: "text", text: "" });
      for (const text of piecesOf(block.text, block.deltas)) yield delta({ type: "text_delta", text });
      break;
    case "thinking":
      yield start({ type: "thinking", thinking: "", signature: "" });
      for (const thinking of piecesOf(block.text, block.deltas)) yield delta({ type: "thinking_delta", thinking });
      yield delta({ type: "signature_delta", signature: block.signature });
      break;
    case "tool-call":
      yield start({ type: "tool_use", id: block.id, name: block.name, input: {} });
      yield delta({ type: "input_json_delta", partial_json: "" });
      for (const partial_json of piecesOf(block.json, block.deltas)) yield delta({ type: "input_json_delta", partial_json });
      break;
    case "raw":
      yield start(block.block);
      break;
    default:
      throw new Error(`no such block: ${JSON.stringify(block satisfies never)}`);
  }
  yield frame({ type: "content_block_stop", index });
}

function frame(event: Json & { readonly type: string }): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** What the body of a request says. */
export function sentOf(body: unknown): SentRequest {
  const {
    system = [],
    tools = [],
    messages = [],
  } = body as { system?: string | readonly Json[]; tools?: readonly { name: string }[]; messages?: readonly Json[] };
  return {
    system: typeof system === "string" ? system : system.map(({ text }) => String(text)).join("\n"),
    tools: tools.map(({ name }) => name),
    turns: messages.map(({ role, content }) => ({ role: role as "user" | "assistant", blocks: blocksOf(content) })),
  };
}

/** What the body of a request asks of the reply. */
export function optionsOf(body: unknown): SentOptions {
  const { max_tokens, tool_choice, output_config, stop_sequences } = body as Json & {
    readonly max_tokens?: number;
    readonly tool_choice?: { readonly type: string; readonly name?: string };
    readonly output_config?: { readonly format?: { readonly schema: unknown } };
    readonly stop_sequences?: readonly string[];
  };
  const choices: Readonly<Record<string, "auto" | "required" | "none">> = { auto: "auto", any: "required", none: "none" };
  return {
    ...(max_tokens === undefined ? {} : { maxTokens: max_tokens }),
    ...(tool_choice === undefined ? {} : { toolChoice: choices[tool_choice.type] ?? { tool: String(tool_choice.name) } }),
    ...(output_config?.format === undefined ? {} : { output: output_config.format.schema }),
    ...(stop_sequences === undefined ? {} : { stop: stop_sequences }),
  };
}

const blocksOf = (content: unknown): readonly SentBlock[] =>
  typeof content === "string" ? [{ type: "text", text: content }] : ((content ?? []) as readonly Json[]).map(blockOf);

function blockOf(block: Json): SentBlock {
  switch (block["type"]) {
    case "text":
      return { type: "text", text: String(block["text"]) };
    case "thinking":
      return { type: "thinking", text: String(block["thinking"]), signature: String(block["signature"]) };
    case "tool_use":
      return { type: "tool-call", id: String(block["id"]), name: String(block["name"]), input: block["input"] };
    case "tool_result":
      return { type: "tool-result", call: String(block["tool_use_id"]), failed: block["is_error"] === true, blocks: blocksOf(block["content"]) };
    case "image":
    case "document": {
      const source = block["source"] as Json;
      return { type: block["type"], mediaType: String(source["media_type"]), data: String(source["data"]) };
    }
    default:
      return { type: "raw", block };
  }
}
