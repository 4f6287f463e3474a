import { openaiErrorOf } from "./openai-errors.ts";
import { type Reply, type SentBlock, type SentOptions, type SentRequest, piecesOf } from "./reply.ts";

type Json = Readonly<Record<string, unknown>>;

const stops: Readonly<Record<string, string>> = { stop: "stop", "tool-calls": "tool_calls", length: "length", refusal: "content_filter" };

/** The chunks of a reply, byte for byte as a chat completion writes them. What a model thought is `reasoning_content`, as servers that show it have it. */
export function* chatFramesOf(reply: Reply): Generator<string, void> {
  const delta = (value: Json, finish_reason: string | null = null): string =>
    frame({ ...head, choices: [{ index: 0, delta: value, logprobs: null, finish_reason }], usage: null });
  yield delta({ role: "assistant", content: "", refusal: null });
  let calls = 0;
  for (const block of reply.blocks) {
    if (block.type === "text") for (const content of piecesOf(block.text, block.deltas)) yield delta({ content });
    if (block.type === "thinking") for (const reasoning_content of piecesOf(block.text, block.deltas)) yield delta({ reasoning_content });
    if (block.type === "tool-call") {
      const index = calls;
      calls += 1;
      yield delta({ tool_calls: [{ index, id: block.id, type: "function", function: { name: block.name, arguments: "" } }] });
      for (const piece of piecesOf(block.json, block.deltas)) yield delta({ tool_calls: [{ index, function: { arguments: piece } }] });
    }
    if (block.type === "raw") throw new Error("this wire has no blocks of its own");
  }
  if (reply.error !== undefined) {
    yield frame({ error: openaiErrorOf(reply.error) });
    return;
  }
  if (reply.hang === true) return;
  const stop = reply.stop ?? (calls > 0 ? "tool-calls" : "stop");
  yield delta({}, stops[stop] ?? stop);
  yield frame({ ...head, choices: [], usage: usageOf(reply) });
  yield "data: [DONE]\n\n";
}

const head = {
  id: "chatcmpl-scripted",
  object: "chat.completion.chunk",
  created: 1_790_000_000,
  model: "gpt-scripted",
  service_tier: "default",
  system_fingerprint: "fp_scripted",
};

function usageOf({ usage = { input: 10, output: 5 } }: Reply): Json {
  const { input, output, cacheRead = 0, cacheWrite, reasoning = 0 } = usage;
  const prompt = input + cacheRead + (cacheWrite ?? 0);
  return {
    prompt_tokens: prompt,
    completion_tokens: output,
    total_tokens: prompt + output,
    prompt_tokens_details: { cached_tokens: cacheRead, audio_tokens: 0, ...(cacheWrite === undefined ? {} : { cache_write_tokens: cacheWrite }) },
    completion_tokens_details: { reasoning_tokens: reasoning, audio_tokens: 0, accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 },
  };
}

const frame = (value: Json): string => `data: ${JSON.stringify(value)}\n\n`;

interface SentMessage {
  readonly role: string;
  readonly content?: string | readonly Json[] | null;
  readonly tool_call_id?: string;
  readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string; readonly arguments: string } }[];
}

/** What the body of a request says: the results of tools and what the user says after them are one turn. */
export function chatSentOf(body: unknown): SentRequest {
  const { messages = [], tools = [] } = body as { messages?: readonly SentMessage[]; tools?: readonly { readonly function: { readonly name: string } }[] };
  const turns: { role: "user" | "assistant"; blocks: SentBlock[] }[] = [];
  const isSystem = ({ role }: SentMessage): boolean => role === "system" || role === "developer";
  let before: string | undefined;
  for (const message of messages.filter((each) => !isSystem(each))) {
    const isMore = message.role !== "assistant" && before === "tool";
    if (isMore) turns.at(-1)?.blocks.push(...blocksOf(message));
    else turns.push({ role: message.role === "assistant" ? "assistant" : "user", blocks: [...blocksOf(message)] });
    before = message.role;
  }
  return {
    system: messages
      .filter(isSystem)
      .map(({ content }) => String(content))
      .join("\n"),
    tools: tools.map(({ function: { name } }) => name),
    turns,
  };
}

function blocksOf({ role, content, tool_call_id: call = "", tool_calls: calls = [] }: SentMessage): readonly SentBlock[] {
  const parts = typeof content === "string" ? [{ type: "text", text: content }] : (content ?? []);
  const blocks = parts.filter(({ text }) => text !== "").map(partOf);
  if (role === "tool") return [{ type: "tool-result", call, failed: false, blocks }];
  return [
    ...blocks,
    ...calls.map(({ id, function: { name, arguments: json } }) => ({ type: "tool-call", id, name, input: JSON.parse(json) as unknown }) as const),
  ];
}

function partOf(part: Json): SentBlock {
  if (part["type"] === "text") return { type: "text", text: String(part["text"]) };
  if (part["type"] === "image_url") return { type: "image", ...dataOf((part["image_url"] as Json)["url"]) };
  if (part["type"] === "file") return { type: "document", ...dataOf((part["file"] as Json)["file_data"]) };
  return { type: "raw", block: part };
}

function dataOf(url: unknown): { readonly mediaType: string; readonly data: string } {
  const [, mediaType = "", data = ""] = /^data:([^;]+);base64,(.*)$/.exec(String(url)) ?? [];
  return { mediaType, data };
}

/** What the body of a request asks of the reply. */
export function chatOptionsOf(body: unknown): SentOptions {
  const {
    max_completion_tokens,
    max_tokens,
    tool_choice,
    response_format: format,
    stop,
  } = body as {
    readonly max_completion_tokens?: number;
    readonly max_tokens?: number;
    readonly tool_choice?: "auto" | "required" | "none" | { readonly function: { readonly name: string } };
    readonly response_format?: { readonly json_schema: { readonly schema: unknown } };
    readonly stop?: readonly string[];
  };
  const maxTokens = max_completion_tokens ?? max_tokens;
  return {
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(tool_choice === undefined ? {} : { toolChoice: typeof tool_choice === "string" ? tool_choice : { tool: tool_choice.function.name } }),
    ...(format === undefined ? {} : { output: format.json_schema.schema }),
    ...(stop === undefined ? {} : { stop }),
  };
}
