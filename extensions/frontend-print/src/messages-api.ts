import type { ContentBlock, StopReason } from "@claw/kernel";

/** A block in the shape of the Messages API; undefined for one that only its provider understands. */
export function wireBlock(block: ContentBlock): object | undefined {
  switch (block.type) {
    case "text":
      return { type: "text", text: block.text };
    case "reasoning":
      return { type: "thinking", thinking: block.text, signature: "" };
    case "image":
      return { type: "image", source: { type: "base64", media_type: block.mediaType, data: block.data } };
    case "document":
      return {
        type: "document",
        source: { type: "base64", media_type: block.mediaType, data: block.data },
        ...(block.name === undefined ? {} : { title: block.name }),
      };
    case "tool-call":
      return { type: "tool_use", id: block.id, name: block.name, input: block.input };
    case "tool-result":
      return { type: "tool_result", tool_use_id: block.call, content: wireContent(block.content), is_error: block.failed === true };
    case "unknown":
      return undefined;
  }
}

/** Content as the Messages API has it: a string when it is one text. */
export function wireContent(content: readonly ContentBlock[]): string | readonly object[] {
  const [only] = content;
  if (content.length === 1 && only?.type === "text") return only.text;
  return content.map(wireBlock).filter((block) => block !== undefined);
}

const stopReasons: Readonly<Record<StopReason, string>> = { stop: "end_turn", "tool-calls": "tool_use", length: "max_tokens", refusal: "refusal" };

export const wireStopReason = (reason: StopReason | undefined): string | null => (reason === undefined ? null : stopReasons[reason]);

/** Usage in the names of the Messages API. */
export const wireUsage = (usage: {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens?: number;
  readonly cacheWriteTokens?: number;
}): object => ({
  input_tokens: usage.inputTokens,
  cache_creation_input_tokens: usage.cacheWriteTokens ?? 0,
  cache_read_input_tokens: usage.cacheReadTokens ?? 0,
  output_tokens: usage.outputTokens,
});

/** Content from the shape of the Messages API, as a program sends it; a sentence's end on why it cannot be. */
export function contentFrom(value: unknown): readonly ContentBlock[] | string {
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (!Array.isArray(value)) return "has no content";
  const blocks = value.map(blockFrom);
  const wrong = blocks.findIndex((block) => block === undefined);
  return wrong === -1 ? blocks.filter((block) => block !== undefined) : `has a block that is no text, image or document (the ${wrong + 1}. of its content)`;
}

function blockFrom(value: unknown): ContentBlock | undefined {
  const { type, text, source, title } = (value ?? {}) as {
    readonly type?: unknown;
    readonly text?: unknown;
    readonly source?: unknown;
    readonly title?: unknown;
  };
  if (type === "text") return typeof text === "string" ? { type, text } : undefined;
  if (type !== "image" && type !== "document") return undefined;
  const { type: kind, media_type: mediaType, data } = (source ?? {}) as { readonly type?: unknown; readonly media_type?: unknown; readonly data?: unknown };
  if (kind !== "base64" || typeof mediaType !== "string" || typeof data !== "string") return undefined;
  return type === "image" ? { type, mediaType, data } : { type, mediaType, data, ...(typeof title === "string" ? { name: title } : {}) };
}
