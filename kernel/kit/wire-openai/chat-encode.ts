import type { CallBlock, Message, ResultBlock } from "../../src/contracts/message.ts";
import type { ModelRequest } from "../../src/contracts/model.ts";
import { luggageOf } from "../luggage.ts";
import { wireJson, wireName } from "../wire-json.ts";
import { type Shown, createBody, parametersOf } from "./body.ts";
import { type Part, dataUrl, fileName, isPart, isText, textOf, writtenIn } from "./parts.ts";
import { wireId } from "./wire-id.ts";

export interface ChatEncodeOptions {
  /** The other fields of the body (`chatFields`). */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What the model can be shown besides text; everything when absent. */
  readonly accepts?: Shown;
  /** Whose words the system prompt is; `system` when absent. */
  readonly systemRole?: "system" | "developer";
}

/** Makes the body of a chat completion, as UTF-8. What a message becomes is kept with its identity: a turn costs what it adds. */
export function createChatEncoder(provider: string): (request: ModelRequest, options: ChatEncodeOptions) => Uint8Array<ArrayBuffer> {
  const encode = createBody(provider, {
    list: "messages",
    itemsOf: (message) => (message.role === "assistant" ? saidBy(message, provider) : askedBy(message)),
    toolOf: (tool) => ({ type: "function", function: { name: wireName(tool.name), description: tool.description, parameters: parametersOf(tool) } }),
  });
  return (request, { fields, accepts, systemRole: role = "system" }) =>
    encode(request, { fields, ...(accepts === undefined ? {} : { accepts }), system: (content) => ({ items: [{ role, content }] }) });
}

/** The wire has one text of a reply, and its calls after that. */
function saidBy({ content }: Message, provider: string): readonly string[] {
  const texts = content.filter(isText);
  const calls = content.filter((block): block is CallBlock => block.type === "tool-call");
  if (texts.length === 0 && calls.length === 0) return [];
  return [
    wireJson({
      role: "assistant",
      content: texts.length === 0 ? null : contentOf(texts),
      ...(calls.length === 0 ? {} : { tool_calls: calls.map((call) => callOf(call, provider)) }),
    }),
  ];
}

const callOf = ({ id, name, input, malformed, luggage }: CallBlock, provider: string): object => ({
  id: wireId(id),
  type: "function",
  function: { name: wireName(name), arguments: malformed === undefined ? wireJson(input) : "{}" },
  ...extraOf(luggageOf(luggage, provider)),
});

const extraOf = (luggage: Readonly<Record<string, unknown>> | undefined): object =>
  luggage?.["extra_content"] === undefined ? {} : { extra_content: luggage["extra_content"] };

/** Results come first, for they answer the message before. What of them is no text follows, in the words of the user. */
function askedBy({ content }: Message): readonly string[] {
  const results = content.filter((block): block is ResultBlock => block.type === "tool-result");
  const shown = results.flatMap((result) => result.content.filter(isPart).filter(({ type }) => type !== "text"));
  const parts = [...shown, ...content.filter(isPart)];
  return [...results.map((result) => wireJson(resultOf(result))), ...(parts.length === 0 ? [] : [wireJson({ role: "user", content: contentOf(parts) })])];
}

function resultOf({ call, content }: ResultBlock): object {
  const text = textOf(content, "\n");
  return { role: "tool", tool_call_id: wireId(call), content: text === "" && content.some(({ type }) => type !== "text") ? "(it follows)" : text };
}

/** One text goes as it is: not every server of this wire reads a list. */
const contentOf = (parts: readonly Part[]): unknown => (parts.length === 1 && parts[0]?.type === "text" ? parts[0].text : parts.map(partOf));

function partOf(part: Part): object {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text };
    case "image":
      return { type: "image_url", image_url: { url: dataUrl(part) } };
    case "document": {
      const text = writtenIn(part);
      return text === undefined ? { type: "file", file: { filename: fileName(part), file_data: dataUrl(part) } } : { type: "text", text };
    }
    default:
      return part satisfies never;
  }
}
