import type { CallBlock, ContentBlock, Message, ResultBlock } from "../../src/contracts/message.ts";
import type { ModelRequest } from "../../src/contracts/model.ts";
import { luggageOf } from "../luggage.ts";
import { wireJson, wireName } from "../wire-json.ts";
import { type Shown, createBody, parametersOf } from "./body.ts";
import { type Part, dataUrl, fileName, isPart, isText, writtenIn } from "./parts.ts";
import { wireId } from "./wire-id.ts";

export interface ResponsesEncodeOptions {
  /** The other fields of the body (`responsesFields`). */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What the model can be shown besides text; everything when absent. */
  readonly accepts?: Shown;
}

/** Makes the body of a Responses request, as UTF-8. What a message becomes is kept with its identity: a turn costs what it adds. */
export function createResponsesEncoder(provider: string): (request: ModelRequest, options: ResponsesEncodeOptions) => Uint8Array<ArrayBuffer> {
  const encode = createBody(provider, {
    list: "input",
    itemsOf: (message) => (message.role === "assistant" ? saidBy(message, provider) : askedBy(message)).map(wireJson),
    // Without `strict` a schema is taken for a strict one, which few are.
    toolOf: (tool) => ({ type: "function", name: wireName(tool.name), description: tool.description, parameters: parametersOf(tool), strict: false }),
  });
  return (request, { fields, accepts }) =>
    encode(request, { fields, ...(accepts === undefined ? {} : { accepts }), system: (instructions) => ({ fields: { instructions } }) });
}

/** The vendor wants something after each thought: one that nothing came of is left out. */
function saidBy({ content }: Message, provider: string): readonly object[] {
  const items = content.flatMap((block) => itemOf(block, provider) ?? []);
  return items.slice(0, items.findLastIndex((item) => !("type" in item) || item.type !== "reasoning") + 1);
}

function itemOf(block: ContentBlock, provider: string): object | undefined {
  switch (block.type) {
    case "text": {
      const phase = luggageOf(block.luggage, provider)?.["phase"];
      return isText(block) ? { role: "assistant", content: block.text, ...(phase === undefined ? {} : { phase }) } : undefined;
    }
    case "reasoning": {
      const luggage = luggageOf(block.luggage, provider);
      return luggage === undefined ? undefined : { type: "reasoning", ...luggage };
    }
    case "tool-call":
      return callOf(block);
    case "unknown": {
      const luggage = luggageOf(block.luggage, provider);
      // What another wire of the same provider left there is no item.
      return typeof luggage?.["type"] === "string" ? luggage : undefined;
    }
    default:
      // A model says no results, and pictures are no part of this wire's replies.
      return undefined;
  }
}

const callOf = ({ id, name, input, malformed }: CallBlock): object => ({
  type: "function_call",
  call_id: wireId(id),
  name: wireName(name),
  arguments: malformed === undefined ? wireJson(input) : "{}",
});

/** Results come first, for they answer the items before. */
function askedBy({ content }: Message): readonly object[] {
  const results = content.filter((block): block is ResultBlock => block.type === "tool-result");
  const parts = content.filter(isPart);
  return [...results.map(resultOf), ...(parts.length === 0 ? [] : [{ role: "user", content: parts.map(partOf) }])];
}

/** One text goes as it is. */
function resultOf({ call, content }: ResultBlock): object {
  const parts = content.filter(isPart);
  const [first] = parts;
  const list = first === undefined ? "" : parts.map(partOf);
  return { type: "function_call_output", call_id: wireId(call), output: parts.length === 1 && first?.type === "text" ? first.text : list };
}

function partOf(part: Part): object {
  switch (part.type) {
    case "text":
      return { type: "input_text", text: part.text };
    case "image":
      return { type: "input_image", detail: "auto", image_url: dataUrl(part) };
    case "document": {
      const text = writtenIn(part);
      return text === undefined ? { type: "input_file", filename: fileName(part), file_data: dataUrl(part) } : { type: "input_text", text };
    }
    default:
      return part satisfies never;
  }
}
