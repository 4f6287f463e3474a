import type { ContentBlock, Luggage, ResultBlock } from "../../src/contracts/message.ts";
import type { ToolSpec } from "../../src/contracts/model.ts";

/** A block's JSON. Results go first in a turn, thinking never last, and only a plain block or a result carries a breakpoint. */
export interface Encoded {
  readonly kind: "result" | "thinking" | "plain" | "foreign";
  readonly json: string;
}

export const encodeTool = ({ name, description, input }: ToolSpec): Encoded => plain({ name, description, input_schema: { type: "object", ...input } });

/** What of a block goes to the provider; undefined when it has no use for it. */
export function encodeBlock(block: ContentBlock, provider: string): Encoded | undefined {
  switch (block.type) {
    case "text":
      // The API refuses text that is nothing but whitespace, also where a model wrote it.
      return block.text.trim() === "" ? undefined : plain({ type: "text", text: block.text, ...ours(block.luggage, provider) });
    case "reasoning": {
      const luggage = ours(block.luggage, provider);
      return luggage === undefined ? undefined : { kind: "thinking", json: jsonOf({ type: "thinking", thinking: block.text, ...luggage }) };
    }
    case "image":
      return plain({ type: "image", source: { type: "base64", media_type: block.mediaType, data: block.data } });
    case "document":
      return plain({ type: "document", source: documentSource(block.mediaType, block.data), ...(block.name === undefined ? {} : { title: block.name }) });
    case "tool-call":
      return plain({
        ...ours(block.luggage, provider),
        type: "tool_use",
        id: wireName(block.id),
        name: wireName(block.name),
        input: block.malformed === undefined ? block.input : {},
      });
    case "tool-result":
      return { kind: "result", json: resultOf(block, provider) };
    case "unknown": {
      const luggage = ours(block.luggage, provider);
      if (luggage === undefined) return undefined;
      return { kind: luggage["type"] === "redacted_thinking" ? "thinking" : "foreign", json: jsonOf(luggage) };
    }
    default:
      return block satisfies never;
  }
}

function resultOf({ call, content, failed }: ResultBlock, provider: string): string {
  const parts = content.flatMap((block) =>
    block.type === "text" || block.type === "image" || block.type === "document" ? (encodeBlock(block, provider)?.json ?? []) : [],
  );
  return `{"type":"tool_result","tool_use_id":"${wireName(call)}"${parts.length === 0 ? "" : `,"content":[${parts.join(",")}]`}${failed === true ? ',"is_error":true' : ""}}`;
}

// The API takes PDF as base64, and every kind of text only as plain text.
const documentSource = (mediaType: string, data: string): object =>
  mediaType.startsWith("text/")
    ? { type: "text", media_type: "text/plain", data: Buffer.from(data, "base64").toString("utf8") }
    : { type: "base64", media_type: mediaType, data };

// Half a character, as a cut in the wrong place leaves it, is no JSON to the API.
function jsonOf(value: object): string {
  const json = JSON.stringify(value);
  return json.includes("\\ud") ? json.replaceAll(/(?<!\\)((?:\\\\)*)\\ud[89a-f]../g, "$1\\ufffd") : json;
}

const plain = (value: object): Encoded => ({ kind: "plain", json: jsonOf(value) });

const ours = (luggage: Luggage | undefined, provider: string): Readonly<Record<string, unknown>> | undefined => {
  const value = luggage !== undefined && Object.hasOwn(luggage, provider) ? luggage[provider] : undefined;
  return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
};

// Another provider's ids and names may hold what this one refuses; a call and its result change alike.
const wireName = (name: string): string => name.replaceAll(/[^\w-]/g, "_");
