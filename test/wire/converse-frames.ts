import { eventMessage, exceptionMessage } from "./converse-binary.ts";
import { type FailureKind, type Reply, type ReplyBlock, type SentBlock, type SentOptions, type SentRequest, type WireError, piecesOf } from "./reply.ts";

type Json = Readonly<Record<string, unknown>>;

const errors: Readonly<Record<FailureKind, readonly [type: string, message: string]>> = {
  auth: ["UnrecognizedClientException", "The security token included in the request is invalid."],
  permission: ["AccessDeniedException", "You don't have access to the model with the specified model ID."],
  "not-found": ["ResourceNotFoundException", "Could not resolve the foundation model from the provided model identifier."],
  "rate-limit": ["ThrottlingException", "Too many requests, please wait before trying again."],
  overloaded: ["ServiceUnavailableException", "Bedrock is unable to process your request."],
  server: ["InternalServerException", "The system encountered an unexpected error during processing. Try your request again."],
  "too-long": ["ValidationException", "Input is too long for requested model."],
  invalid: ["ValidationException", "Malformed input request, please reformat your input and try again."],
};

/** An error as Bedrock answers it: its kind stands in a header. */
export function converseRefusal({ kind, message }: WireError): { readonly body: object; readonly headers: Readonly<Record<string, string>> } {
  const [type, usual] = errors[kind];
  return { body: { message: message ?? usual }, headers: { "x-amzn-errortype": `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` } };
}

/** An error in the middle of a stream. */
export function exceptionFrame({ kind, message }: WireError): Uint8Array {
  const [type, usual] = errors[kind];
  return exceptionMessage(type.charAt(0).toLowerCase() + type.slice(1), { message: message ?? usual });
}

const stops: Readonly<Record<string, string>> = { stop: "end_turn", "tool-calls": "tool_use", length: "max_tokens", refusal: "guardrail_intervened" };

/** Bedrock pads every event, so that its length does not tell what is in it. */
const padded = (type: string, payload: Json): Uint8Array => eventMessage(type, { ...payload, p: "abcdefghijklmnopqrstuvwxyz" });

/** The stream events of a reply, byte for byte as ConverseStream writes them. Only calls have an event where they begin. */
export function* converseFrames(reply: Reply): Generator<Uint8Array, void> {
  yield padded("messageStart", { role: "assistant" });
  for (const [index, block] of reply.blocks.entries()) yield* blockFrames(block, index);
  if (reply.error !== undefined) {
    yield exceptionFrame(reply.error);
    return;
  }
  if (reply.hang === true) return;
  const stop = reply.stop ?? (reply.blocks.some(({ type }) => type === "tool-call") ? "tool-calls" : "stop");
  const { input, output, cacheRead, cacheWrite } = reply.usage ?? { input: 10, output: 5 };
  yield padded("messageStop", { stopReason: stops[stop] ?? stop });
  yield padded("metadata", {
    metrics: { latencyMs: 321 },
    usage: {
      ...(cacheRead === undefined ? {} : { cacheReadInputTokens: cacheRead }),
      ...(cacheWrite === undefined ? {} : { cacheWriteInputTokens: cacheWrite }),
      inputTokens: input,
      outputTokens: output,
      totalTokens: input + output + (cacheRead ?? 0) + (cacheWrite ?? 0),
    },
  });
}

/** Nothing that a client knows, and yet a sign of life. */
export const conversePing: Uint8Array = eventMessage("ping", {});

function* blockFrames(block: ReplyBlock, contentBlockIndex: number): Generator<Uint8Array, void> {
  const delta = (value: object): Uint8Array => padded("contentBlockDelta", { contentBlockIndex, delta: value });
  switch (block.type) {
    case "text":
      for (const text of piecesOf(block.text, block.deltas)) yield delta({ text });
      break;
    case "thinking":
      for (const text of piecesOf(block.text, block.deltas)) yield delta({ reasoningContent: { text } });
      if (block.signature !== "") yield delta({ reasoningContent: { signature: block.signature } });
      break;
    case "tool-call":
      yield padded("contentBlockStart", { contentBlockIndex, start: { toolUse: { name: block.name, toolUseId: block.id } } });
      for (const input of piecesOf(block.json, block.deltas)) yield delta({ toolUse: { input } });
      break;
    case "raw":
      yield delta(block.block);
      break;
    default:
      throw new Error(`no such block: ${JSON.stringify(block satisfies never)}`);
  }
  yield padded("contentBlockStop", { contentBlockIndex });
}

/** What stands beside a document that came without a word: the API wants one. */
const companion = "(a document)";

/** What the body of a request says. */
export function converseSentOf(body: unknown): SentRequest {
  const {
    system = [],
    toolConfig,
    messages = [],
  } = body as {
    readonly system?: readonly Json[];
    readonly toolConfig?: { readonly tools: readonly { readonly toolSpec?: { readonly name: string } }[] };
    readonly messages?: readonly { readonly role: "user" | "assistant"; readonly content: readonly Json[] }[];
  };
  return {
    system: system.flatMap(({ text }) => (text === undefined ? [] : [String(text)])).join("\n"),
    tools: (toolConfig?.tools ?? []).flatMap(({ toolSpec }) => (toolSpec === undefined ? [] : [toolSpec.name])),
    turns: messages.map(({ role, content }) => ({ role, blocks: blocksOf(content) })),
  };
}

/** What the body of a request asks of the reply. */
export function converseOptionsOf(body: unknown): SentOptions {
  const { inferenceConfig, toolConfig, outputConfig } = body as {
    readonly inferenceConfig?: { readonly maxTokens?: number; readonly stopSequences?: readonly string[] };
    readonly toolConfig?: { readonly toolChoice?: { readonly any?: object; readonly auto?: object; readonly tool?: { readonly name: string } } };
    readonly outputConfig?: { readonly textFormat?: { readonly structure: { readonly jsonSchema: { readonly schema: string } } } };
  };
  const { toolChoice } = toolConfig ?? {};
  const choice = toolChoice?.tool === undefined ? (toolChoice?.any === undefined ? "auto" : "required") : { tool: toolChoice.tool.name };
  return {
    ...(inferenceConfig?.maxTokens === undefined ? {} : { maxTokens: inferenceConfig.maxTokens }),
    ...(toolChoice === undefined ? {} : { toolChoice: choice }),
    ...(outputConfig?.textFormat === undefined ? {} : { output: JSON.parse(outputConfig.textFormat.structure.jsonSchema.schema) as unknown }),
    ...(inferenceConfig?.stopSequences === undefined ? {} : { stop: inferenceConfig.stopSequences }),
  };
}

const blocksOf = (content: readonly Json[]): readonly SentBlock[] =>
  content.flatMap((block) => ("cachePoint" in block || block["text"] === companion ? [] : [blockOf(block)]));

interface Source {
  readonly format: string;
  readonly source: { readonly bytes: string };
}

const mediaTypes: Readonly<Record<string, string>> = { pdf: "application/pdf", txt: "text/plain", md: "text/markdown", html: "text/html", csv: "text/csv" };

function blockOf(block: Json): SentBlock {
  const { text, reasoningContent, toolUse, toolResult, image, document } = block as {
    readonly text?: string;
    readonly reasoningContent?: { readonly reasoningText?: { readonly text: string; readonly signature: string } };
    readonly toolUse?: { readonly toolUseId: string; readonly name: string; readonly input: unknown };
    readonly toolResult?: { readonly toolUseId: string; readonly status?: string; readonly content: readonly Json[] };
    readonly image?: Source;
    readonly document?: Source;
  };
  if (text !== undefined) return { type: "text", text };
  if (reasoningContent?.reasoningText !== undefined) return { type: "thinking", ...reasoningContent.reasoningText };
  if (toolUse !== undefined) return { type: "tool-call", id: toolUse.toolUseId, name: toolUse.name, input: toolUse.input };
  if (toolResult !== undefined)
    return { type: "tool-result", call: toolResult.toolUseId, failed: toolResult.status === "error", blocks: blocksOf(toolResult.content) };
  if (image !== undefined) return { type: "image", mediaType: `image/${image.format}`, data: image.source.bytes };
  if (document !== undefined) return { type: "document", mediaType: mediaTypes[document.format] ?? document.format, data: document.source.bytes };
  return { type: "raw", block };
}
