import type { ContentBlock, Luggage, ResultBlock, ToolSpec } from "@claw/kernel";
import { isLuggageFor, luggageOf, wireJson, wireName } from "@claw/kernel/kit";
import type { FunctionDeclaration, FunctionResponse, Part } from "@google/genai";

/** Whose request it is, and what its model takes. */
export interface PartOptions {
  readonly provider: string;
  readonly model: string;
  /** Whether images stand in the result of a call, or follow the results. */
  readonly resultImages: boolean;
  /** The name of the tool that a call of the message before was for. */
  toolOf(call: string): string;
}

/** A part's JSON. Results go first in a turn, and what they could not hold follows them. */
export interface EncodedPart {
  readonly kind: "result" | "plain" | "call";
  readonly json: string;
  readonly signed: boolean;
}

export const encodeTool = ({ name, description, input }: ToolSpec): string =>
  wireJson({ name, description, parametersJsonSchema: { type: "object", ...input } } satisfies FunctionDeclaration);

/** What of a block goes to the model: mostly one part. */
export function encodeBlock(block: ContentBlock, options: PartOptions): readonly EncodedPart[] {
  switch (block.type) {
    case "text":
      return [partOf({ text: block.text, ...signatureOf(block.luggage, options) })];
    case "reasoning":
      return [partOf({ text: block.text, thought: true, ...signatureOf(block.luggage, options) })];
    case "image":
    case "document":
      return [partOf({ inlineData: { mimeType: block.mediaType, data: block.data } })];
    case "tool-call": {
      const functionCall = { id: wireName(block.id), name: wireName(block.name), args: block.malformed === undefined ? block.input : {} };
      return [{ ...partOf({ functionCall, ...signatureOf(block.luggage, options) }), kind: "call" }];
    }
    case "tool-result":
      return resultOf(block, options);
    case "unknown": {
      const { part } = luggageOf(block.luggage, options.provider) ?? {};
      return typeof part === "object" && part !== null ? [partOf(part)] : [];
    }
    default:
      return block satisfies never;
  }
}

function resultOf({ call, content, failed }: ResultBlock, options: PartOptions): readonly EncodedPart[] {
  const text = content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join("\n");
  const media = content.flatMap((block) =>
    block.type === "image" || block.type === "document" ? [{ inlineData: { mimeType: block.mediaType, data: block.data } }] : [],
  );
  const functionResponse: FunctionResponse = {
    id: wireName(call),
    name: wireName(options.toolOf(call)),
    response: failed === true ? { error: text } : { output: text },
    ...(options.resultImages && media.length > 0 ? { parts: media } : {}),
  };
  return [{ ...partOf({ functionResponse }), kind: "result" }, ...(options.resultImages ? [] : media.map(partOf))];
}

/** A signature goes back with the block it came with, to the model it is of. */
function signatureOf(luggage: Luggage | undefined, options: PartOptions): Pick<Part, "thoughtSignature"> {
  if (!isLuggageFor(luggage, options.provider, options.model)) return {};
  const { thoughtSignature } = luggageOf(luggage, options.provider) ?? {};
  return typeof thoughtSignature === "string" ? { thoughtSignature } : {};
}

const partOf = (part: Part): EncodedPart => ({ kind: "plain", json: wireJson(part), signed: part.thoughtSignature !== undefined });
