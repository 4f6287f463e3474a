import { type FailureKind, type Reply, type ReplyBlock, type SentBlock, type SentOptions, type SentRequest, type WireError, piecesOf } from "./reply.ts";

type Json = Readonly<Record<string, unknown>>;

const errors: Readonly<Record<FailureKind, readonly [code: number, status: string, message: string]>> = {
  auth: [
    401,
    "UNAUTHENTICATED",
    "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
  ],
  permission: [403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied on resource (or it may not exist)."],
  "not-found": [404, "NOT_FOUND", "models/gemini-none is not found for API version v1beta, or is not supported for generateContent."],
  "rate-limit": [429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check your plan and billing details."],
  overloaded: [503, "UNAVAILABLE", "The model is overloaded. Please try again later."],
  server: [500, "INTERNAL", "An internal error has occurred. Please retry or report it."],
  "too-long": [400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."],
  invalid: [400, "INVALID_ARGUMENT", "* GenerateContentRequest.contents: contents is not specified"],
};

/** An error as the body of a response and a chunk of the stream have it. */
export function geminiErrorOf({ kind, message }: WireError): Json {
  const [code, status, usual] = errors[kind];
  return { error: { code, message: message ?? usual, status } };
}

const finishReasons: Readonly<Record<string, string>> = { stop: "STOP", "tool-calls": "STOP", length: "MAX_TOKENS", refusal: "SAFETY" };

/** The chunks of a reply, byte for byte as streamGenerateContent writes them with `alt=sse`. */
export function* geminiFramesOf(reply: Reply): Generator<string, void> {
  const { input, output, cacheRead, reasoning } = reply.usage ?? { input: 10, output: 5 };
  const prompt = { promptTokenCount: input + (cacheRead ?? 0), ...(cacheRead === undefined ? {} : { cachedContentTokenCount: cacheRead }) };
  const candidates = output - (reasoning ?? 0);
  const first = { ...prompt, totalTokenCount: prompt.promptTokenCount };
  for (const part of partsOf(reply)) yield chunk({ content: { parts: [part], role: "model" }, index: 0 }, first);
  if (reply.error !== undefined) {
    yield frame(geminiErrorOf(reply.error));
    return;
  }
  if (reply.hang === true) return;
  const finishReason = finishReasons[reply.stop ?? "stop"] ?? reply.stop;
  yield chunk(
    { content: { parts: [{ text: "" }], role: "model" }, finishReason, index: 0 },
    {
      ...prompt,
      candidatesTokenCount: candidates,
      totalTokenCount: prompt.promptTokenCount + output,
      ...(reasoning === undefined ? {} : { thoughtsTokenCount: reasoning }),
    },
  );
}

/** A comment of the event stream, as whatever stands between writes it: the API itself sends none. */
export const geminiPing = ": keep-alive\r\n\r\n";

function* partsOf({ blocks, stop }: Reply): Generator<Json, void> {
  for (const block of blocks) yield* blockParts(block);
  // The wire says this by a call alone.
  if (stop === "tool-calls" && !blocks.some(({ type }) => type === "tool-call")) yield { functionCall: { name: "bash", args: {} } };
}

function* blockParts(block: ReplyBlock): Generator<Json, void> {
  switch (block.type) {
    case "text":
      for (const text of piecesOf(block.text, block.deltas)) yield { text };
      break;
    case "thinking":
      for (const text of piecesOf(block.text, block.deltas)) yield { text, thought: true };
      if (block.signature !== "") yield { text: "", thought: true, thoughtSignature: block.signature };
      break;
    case "tool-call":
      yield { functionCall: { id: block.id, name: block.name, args: JSON.parse(block.json) as unknown } };
      break;
    case "raw":
      yield block.block;
      break;
    default:
      throw new Error(`no such block: ${JSON.stringify(block satisfies never)}`);
  }
}

const chunk = (candidate: Json, usageMetadata: Json): string =>
  frame({ candidates: [candidate], usageMetadata, modelVersion: "gemini-scripted", responseId: "resp_scripted" });

const frame = (event: Json): string => `data: ${JSON.stringify(event)}\r\n\r\n`;

/** What the body of a request says. */
export function geminiSentOf(body: unknown): SentRequest {
  const {
    systemInstruction,
    tools = [],
    contents = [],
  } = body as {
    readonly systemInstruction?: { readonly parts: readonly Json[] };
    readonly tools?: readonly { readonly functionDeclarations: readonly { readonly name: string }[] }[];
    readonly contents?: readonly { readonly role: string; readonly parts: readonly Json[] }[];
  };
  return {
    system: (systemInstruction?.parts ?? []).map(({ text }) => String(text)).join("\n"),
    tools: tools.flatMap(({ functionDeclarations }) => functionDeclarations.map(({ name }) => name)),
    turns: contents.map(({ role, parts }) => ({ role: role === "model" ? "assistant" : "user", blocks: parts.map(blockOf) })),
  };
}

/** What the body of a request asks of the reply. */
export function geminiOptionsOf(body: unknown): SentOptions {
  const { generationConfig = {}, toolConfig } = body as {
    readonly generationConfig?: { readonly maxOutputTokens?: number; readonly responseJsonSchema?: unknown; readonly stopSequences?: readonly string[] };
    readonly toolConfig?: { readonly functionCallingConfig: { readonly mode: string; readonly allowedFunctionNames?: readonly string[] } };
  };
  const { maxOutputTokens, responseJsonSchema, stopSequences } = generationConfig;
  const calling = toolConfig?.functionCallingConfig;
  const [tool] = calling?.allowedFunctionNames ?? [];
  const modes: Readonly<Record<string, "auto" | "required" | "none">> = { AUTO: "auto", ANY: "required", NONE: "none" };
  return {
    ...(maxOutputTokens === undefined ? {} : { maxTokens: maxOutputTokens }),
    ...(calling === undefined ? {} : { toolChoice: tool === undefined ? (modes[calling.mode] ?? "auto") : { tool } }),
    ...(responseJsonSchema === undefined ? {} : { output: responseJsonSchema }),
    ...(stopSequences === undefined ? {} : { stop: stopSequences }),
  };
}

function blockOf(part: Json): SentBlock {
  const call = part["functionCall"] as Json | undefined;
  if (call !== undefined) return { type: "tool-call", id: String(call["id"]), name: String(call["name"]), input: call["args"] };
  const result = part["functionResponse"] as (Json & { readonly response: Json; readonly parts?: readonly Json[] }) | undefined;
  if (result !== undefined) {
    const text = String(result.response["error"] ?? result.response["output"]);
    const blocks = [...(text === "" ? [] : [{ text }]), ...(result.parts ?? [])].map(blockOf);
    return { type: "tool-result", call: String(result["id"]), failed: result.response["error"] !== undefined, blocks };
  }
  const media = part["inlineData"] as { readonly mimeType: string; readonly data: string } | undefined;
  if (media !== undefined) return { type: media.mimeType.startsWith("image/") ? "image" : "document", mediaType: media.mimeType, data: media.data };
  if (typeof part["text"] !== "string") return { type: "raw", block: part };
  return part["thought"] === true
    ? { type: "thinking", text: part["text"], signature: String(part["thoughtSignature"]) }
    : { type: "text", text: part["text"] };
}
