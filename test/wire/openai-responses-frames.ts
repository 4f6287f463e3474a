import { openaiErrorOf } from "./openai-errors.ts";
import { type Reply, type ReplyBlock, type SentBlock, type SentOptions, type SentRequest, piecesOf } from "./reply.ts";

type Json = Readonly<Record<string, unknown>>;
type Say = (type: string, event: Json) => string;

const unfinished: Readonly<Record<string, string>> = { length: "max_output_tokens", refusal: "content_filter" };

/** The stream events of a reply, byte for byte as the Responses API writes them. */
export function* responsesFramesOf(reply: Reply): Generator<string, void> {
  let sequence = 0;
  const say: Say = (type, event) => {
    const line = JSON.stringify({ type, sequence_number: sequence, ...event });
    sequence += 1;
    return `event: ${type}\ndata: ${line}\n\n`;
  };
  yield say("response.created", { response: { ...head, status: "in_progress", output: [], usage: null } });
  yield say("response.in_progress", { response: { ...head, status: "in_progress", output: [], usage: null } });
  // Calls are the only way in which this wire says that it stopped for them.
  const isCalled = reply.stop === "tool-calls" && !reply.blocks.some(({ type }) => type === "tool-call");
  const blocks: readonly ReplyBlock[] = isCalled ? [...reply.blocks, { type: "tool-call", id: "call_asked", name: "bash", json: "{}" }] : reply.blocks;
  for (const [index, block] of blocks.entries()) yield* itemFrames(block, index, say);
  if (reply.error !== undefined) {
    const { type: kind, ...error } = openaiErrorOf(reply.error);
    yield say("error", { ...error, code: error.code ?? kind });
    return;
  }
  if (reply.hang === true) return;
  const reason = unfinished[reply.stop ?? ""];
  const response = { ...head, output: blocks.map(itemOf), usage: usageOf(reply) };
  if (reason === undefined) yield say("response.completed", { response: { ...response, status: "completed" } });
  else yield say("response.incomplete", { response: { ...response, status: "incomplete", incomplete_details: { reason } } });
}

const head = {
  id: "resp_scripted",
  object: "response",
  created_at: 1_790_000_000,
  error: null,
  incomplete_details: null,
  model: "gpt-scripted",
  store: false,
};

function itemOf(block: ReplyBlock, index: number): Json {
  switch (block.type) {
    case "text":
      return {
        id: `msg_${index}`,
        type: "message",
        status: "completed",
        content: [{ type: "output_text", annotations: [], logprobs: [], text: block.text }],
        role: "assistant",
      };
    case "thinking":
      return { id: `rs_${index}`, type: "reasoning", encrypted_content: block.signature, summary: [{ type: "summary_text", text: block.text }] };
    case "tool-call":
      return { id: `fc_${index}`, type: "function_call", status: "completed", arguments: block.json, call_id: block.id, name: block.name };
    case "raw":
      return block.block;
    default:
      throw new Error(`no such block: ${JSON.stringify(block satisfies never)}`);
  }
}

function* itemFrames(block: ReplyBlock, output_index: number, say: Say): Generator<string, void> {
  const item = itemOf(block, output_index);
  const at = { item_id: item["id"], output_index };
  const added = (begun: Json): string => say("response.output_item.added", { output_index, item: { ...item, ...begun } });
  switch (block.type) {
    case "text": {
      const place = { ...at, content_index: 0 };
      yield added({ status: "in_progress", content: [] });
      yield say("response.content_part.added", { ...place, part: { type: "output_text", annotations: [], logprobs: [], text: "" } });
      for (const delta of piecesOf(block.text, block.deltas)) yield say("response.output_text.delta", { ...place, delta, logprobs: [] });
      yield say("response.output_text.done", { ...place, text: block.text, logprobs: [] });
      yield say("response.content_part.done", { ...place, part: { type: "output_text", annotations: [], logprobs: [], text: block.text } });
      break;
    }
    case "thinking": {
      const place = { ...at, summary_index: 0 };
      yield added({ encrypted_content: "", summary: [] });
      yield say("response.reasoning_summary_part.added", { ...place, part: { type: "summary_text", text: "" } });
      for (const delta of piecesOf(block.text, block.deltas)) yield say("response.reasoning_summary_text.delta", { ...place, delta });
      yield say("response.reasoning_summary_text.done", { ...place, text: block.text });
      yield say("response.reasoning_summary_part.done", { ...place, part: { type: "summary_text", text: block.text } });
      break;
    }
    case "tool-call":
      yield added({ status: "in_progress", arguments: "" });
      for (const delta of piecesOf(block.json, block.deltas)) yield say("response.function_call_arguments.delta", { ...at, delta });
      yield say("response.function_call_arguments.done", { ...at, arguments: block.json });
      break;
    case "raw":
      yield added({});
      break;
    default:
      throw new Error(`no such block: ${JSON.stringify(block satisfies never)}`);
  }
  yield say("response.output_item.done", { output_index, item });
}

function usageOf({ usage = { input: 10, output: 5 } }: Reply): Json {
  const { input, output, cacheRead = 0, cacheWrite = 0, reasoning = 0 } = usage;
  const all = input + cacheRead + cacheWrite;
  return {
    input_tokens: all,
    input_tokens_details: { cache_write_tokens: cacheWrite, cached_tokens: cacheRead },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: all + output,
  };
}

/** What the body of a request says: items that follow one another in a role are one turn. */
export function responsesSentOf(body: unknown): SentRequest {
  const {
    instructions = "",
    input = [],
    tools = [],
  } = body as { instructions?: string; input?: readonly Json[]; tools?: readonly { readonly name: string }[] };
  const turns: { role: "user" | "assistant"; blocks: SentBlock[] }[] = [];
  let before: string | undefined;
  for (const item of input) {
    const isResult = item["type"] === "function_call_output";
    const role = isResult || item["role"] === "user" ? "user" : "assistant";
    const last = turns.at(-1);
    if (last?.role === role && (role === "assistant" || before === "function_call_output")) last.blocks.push(...blocksOf(item));
    else turns.push({ role, blocks: [...blocksOf(item)] });
    before = String(item["type"]);
  }
  return { system: instructions, tools: tools.map(({ name }) => name), turns };
}

const partsOf = (content: unknown): readonly SentBlock[] =>
  (typeof content === "string" ? [{ type: "input_text", text: content }] : (content as readonly Json[])).filter(({ text }) => text !== "").map(partOf);

function blocksOf(item: Json): readonly SentBlock[] {
  switch (item["type"]) {
    case "function_call":
      return [{ type: "tool-call", id: String(item["call_id"]), name: String(item["name"]), input: JSON.parse(String(item["arguments"])) as unknown }];
    case "function_call_output":
      return [{ type: "tool-result", call: String(item["call_id"]), failed: false, blocks: partsOf(item["output"]) }];
    case "reasoning": {
      const text = (item["summary"] as readonly { readonly text: string }[]).map((part) => part.text).join("\n\n");
      return [{ type: "thinking", text, signature: String(item["encrypted_content"]) }];
    }
    case undefined:
    case "message":
      return partsOf(item["content"]);
    default:
      return [{ type: "raw", block: item }];
  }
}

function partOf(part: Json): SentBlock {
  if (part["type"] === "input_text" || part["type"] === "output_text") return { type: "text", text: String(part["text"]) };
  if (part["type"] === "input_image") return { type: "image", ...dataOf(part["image_url"]) };
  if (part["type"] === "input_file") return { type: "document", ...dataOf(part["file_data"]) };
  return { type: "raw", block: part };
}

function dataOf(url: unknown): { readonly mediaType: string; readonly data: string } {
  const [, mediaType = "", data = ""] = /^data:([^;]+);base64,(.*)$/.exec(String(url)) ?? [];
  return { mediaType, data };
}

/** What the body of a request asks of the reply. */
export function responsesOptionsOf(body: unknown): SentOptions {
  const {
    max_output_tokens: maxTokens,
    tool_choice,
    text,
  } = body as {
    readonly max_output_tokens?: number;
    readonly tool_choice?: "auto" | "required" | "none" | { readonly name: string };
    readonly text?: { readonly format?: { readonly schema: unknown } };
  };
  return {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(tool_choice === undefined ? {} : { toolChoice: typeof tool_choice === "string" ? tool_choice : { tool: tool_choice.name } }),
    ...(text?.format === undefined ? {} : { output: text.format.schema }),
  };
}
