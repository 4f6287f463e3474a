import type { ContentBlock, ResultBlock } from "../../src/contracts/message.ts";
import type { ToolSpec } from "../../src/contracts/model.ts";
import { luggageOf } from "../luggage.ts";
import { wireJson, wireName } from "../wire-json.ts";

/** A block's JSON. Results go first in a turn, thinking never last, and only a plain block or a result carries a breakpoint. */
export interface Encoded {
  readonly kind: "result" | "thinking" | "plain" | "foreign";
  readonly json: string;
}

export const encodeTool = ({ name, description, input }: ToolSpec): Encoded => plain({ name, description, input_schema: { type: "object", ...input } });

/** What of a block goes to the provider; nothing when it has no use for it. */
export function encodeBlock(block: ContentBlock, provider: string): readonly Encoded[] {
  switch (block.type) {
    case "text":
      // The API refuses text that is nothing but whitespace, also where a model wrote it.
      return block.text.trim() === "" ? [] : [plain({ type: "text", text: block.text, ...luggageOf(block.luggage, provider) })];
    case "reasoning": {
      const luggage = luggageOf(block.luggage, provider);
      return luggage === undefined ? [] : [{ kind: "thinking", json: wireJson({ type: "thinking", thinking: block.text, ...luggage }) }];
    }
    case "image":
      return [plain({ type: "image", source: { type: "base64", media_type: block.mediaType, data: block.data } })];
    case "document":
      return [plain({ type: "document", source: documentSource(block.mediaType, block.data), ...(block.name === undefined ? {} : { title: block.name }) })];
    case "tool-call":
      return [
        plain({
          ...luggageOf(block.luggage, provider),
          type: "tool_use",
          id: wireName(block.id),
          name: wireName(block.name),
          input: block.malformed === undefined ? block.input : {},
        }),
      ];
    case "tool-result":
      return encodeResult(block, provider);
    case "unknown": {
      const luggage = luggageOf(block.luggage, provider);
      if (luggage === undefined) return [];
      return [{ kind: luggage["type"] === "redacted_thinking" ? "thinking" : "foreign", json: wireJson(luggage) }];
    }
    default:
      return block satisfies never;
  }
}

/** The API takes nothing but text in a result that failed: what else it holds follows it. */
function encodeResult({ call, content, failed }: ResultBlock, provider: string): readonly Encoded[] {
  const isHeld = ({ type }: ContentBlock): boolean => type === "text" || (failed !== true && (type === "image" || type === "document"));
  const parts = content.filter(isHeld).flatMap((block) => encodeBlock(block, provider));
  const held = parts.length === 0 ? "" : `,"content":[${parts.map(({ json }) => json).join(",")}]`;
  const json = `{"type":"tool_result","tool_use_id":"${wireName(call)}"${held}${failed === true ? ',"is_error":true' : ""}}`;
  const beside = content.filter(({ type }) => failed === true && (type === "image" || type === "document"));
  return [{ kind: "result", json }, ...beside.flatMap((block) => encodeBlock(block, provider))];
}

// The API takes PDF as base64, and every kind of text only as plain text.
const documentSource = (mediaType: string, data: string): object =>
  mediaType.startsWith("text/")
    ? { type: "text", media_type: "text/plain", data: Buffer.from(data, "base64").toString("utf8") }
    : { type: "base64", media_type: mediaType, data };

const plain = (value: object): Encoded => ({ kind: "plain", json: wireJson(value) });
