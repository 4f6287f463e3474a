import type { ContentBlock, Luggage, Message, ResultBlock } from "../../src/contracts/message.ts";
import type { ModelRequest, ToolSpec } from "../../src/contracts/model.ts";

/** Where a cache breakpoint goes: after the last tool, after the system prompt, after these turns. */
export interface Breakpoints {
  readonly tools: boolean;
  readonly system: boolean;
  /** Indices into the roles that were given. */
  readonly turns: readonly number[];
}

export interface EncodeOptions {
  /** The other fields of the body: `model`, `max_tokens`, `stream`, `thinking`. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Chooses the breakpoints, by the roles of the turns that are sent; without it there are none. */
  readonly breakpoints?: (roles: readonly Message["role"][]) => Breakpoints;
  /** The `cache_control` of a breakpoint. */
  readonly cacheControl?: Readonly<Record<string, unknown>>;
}

/** A block's JSON. Results go first in a turn, thinking never last, and only a plain block carries a breakpoint. */
interface Encoded {
  readonly kind: "result" | "thinking" | "plain" | "foreign";
  readonly json: string;
}

interface Turn {
  readonly role: Message["role"];
  readonly blocks: readonly Encoded[];
}

/**
 * Makes the body of a Messages request as text. What a message, the tools or the system prompt become is kept by their
 * identity, so that a turn costs what it adds and not what the session holds.
 */
export function createEncoder(provider: string): (request: ModelRequest, options: EncodeOptions) => string {
  const messages = new WeakMap<Message, readonly Encoded[]>();
  const tools = new WeakMap<readonly ToolSpec[], readonly Encoded[]>();
  const system = new WeakMap<readonly ContentBlock[], readonly Encoded[]>();
  const encodeAll = (blocks: readonly ContentBlock[]): readonly Encoded[] => blocks.flatMap((block) => encodeBlock(block, provider) ?? []);

  return (request, { fields, breakpoints, cacheControl = { type: "ephemeral" } }) => {
    const mark = `,"cache_control":${JSON.stringify(cacheControl)}}`;
    const turns = turnsOf(request.messages, (message) => kept(messages, message, () => encodeAll(message.content)));
    const marks = breakpoints?.(turns.map(({ role }) => role)) ?? { tools: false, system: false, turns: [] };
    const specs = kept(tools, request.tools, () => request.tools.map(encodeTool));
    const prompt = kept(system, request.system, () => encodeAll(request.system.filter(({ type }) => type === "text")));
    const list = turns.map(({ role, blocks }, index) => `{"role":"${role}","content":${arrayOf(blocks, marks.turns.includes(index) ? mark : undefined)}}`);
    const members = [
      JSON.stringify(fields).slice(1, -1),
      specs.length === 0 ? "" : `"tools":${arrayOf(specs, marks.tools ? mark : undefined)}`,
      prompt.length === 0 ? "" : `"system":${arrayOf(prompt, marks.system ? mark : undefined)}`,
      `"messages":[${list.join(",")}]`,
    ];
    return `{${members.filter((member) => member !== "").join(",")}}`;
  };
}

function kept<K extends object, V>(cache: WeakMap<K, V>, key: K, make: () => V): V {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make();
  cache.set(key, value);
  return value;
}

/** Consecutive messages of a role become one turn; a turn that nothing is left of is not sent. */
function turnsOf(messages: readonly Message[], encode: (message: Message) => readonly Encoded[]): readonly Turn[] {
  const joined = joinTurns(messages.map((message) => ({ role: message.role, blocks: encode(message) })));
  return joinTurns(joined.map(({ role, blocks }) => ({ role, blocks: role === "user" ? resultsFirst(blocks) : withoutLastThoughts(blocks) })));
}

function joinTurns(turns: readonly Turn[]): readonly Turn[] {
  const joined: { readonly role: Turn["role"]; blocks: readonly Encoded[] }[] = [];
  for (const { role, blocks } of turns) {
    const last = joined.at(-1);
    if (blocks.length === 0) continue;
    if (last?.role === role) last.blocks = [...last.blocks, ...blocks];
    else joined.push({ role, blocks });
  }
  return joined;
}

function resultsFirst(blocks: readonly Encoded[]): readonly Encoded[] {
  const results = blocks.filter(({ kind }) => kind === "result");
  return results.length === 0 || results.length === blocks.length ? blocks : [...results, ...blocks.filter(({ kind }) => kind !== "result")];
}

const withoutLastThoughts = (blocks: readonly Encoded[]): readonly Encoded[] => blocks.slice(0, blocks.findLastIndex(({ kind }) => kind !== "thinking") + 1);

/** A breakpoint is the last field of the last block that may have one. */
function arrayOf(blocks: readonly Encoded[], mark: string | undefined): string {
  const marked = mark === undefined ? -1 : blocks.findLastIndex(({ kind }) => kind === "plain" || kind === "result");
  return `[${blocks.map(({ json }, index) => (index === marked ? json.slice(0, -1) + mark : json)).join(",")}]`;
}

const encodeTool = ({ name, description, input }: ToolSpec): Encoded => plain({ name, description, input_schema: { type: "object", ...input } });

function encodeBlock(block: ContentBlock, provider: string): Encoded | undefined {
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
      return plain({ ...ours(block.luggage, provider), type: "tool_use", id: wireName(block.id), name: wireName(block.name), input: block.malformed === undefined ? block.input : {} });
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
  const parts = content.flatMap((block) => (block.type === "text" || block.type === "image" || block.type === "document" ? (encodeBlock(block, provider)?.json ?? []) : []));
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
