import type { ContentBlock, Message } from "../../src/contracts/message.ts";
import type { ModelRequest, ToolSpec } from "../../src/contracts/model.ts";
import { createRepair } from "../repaired-history.ts";
import { type Encoded, encodeBlock, encodeTool } from "./encode-block.ts";

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
  /** What the model can be shown besides text; everything when absent. */
  readonly accepts?: { readonly images?: boolean; readonly documents?: boolean };
  /** Chooses the breakpoints, by the roles of the turns that are sent; without it there are none. */
  readonly breakpoints?: (roles: readonly Message["role"][]) => Breakpoints;
  /** The `cache_control` of a breakpoint. */
  readonly cacheControl?: Readonly<Record<string, unknown>>;
}

interface Turn {
  readonly role: Message["role"];
  readonly blocks: readonly Encoded[];
}

const comma = Buffer.from(",");
const end = Buffer.from("]}");

/**
 * Makes the body of a Messages request, as UTF-8. What a message becomes is kept as bytes with its identity, and so are tools
 * and system prompt: a turn costs what it adds, and a copy of the rest.
 */
export function createEncoder(provider: string): (request: ModelRequest, options: EncodeOptions) => Uint8Array<ArrayBuffer> {
  const repair = createRepair(provider);
  const messages = new WeakMap<Message, Turn>();
  const bytes = new WeakMap<Turn["blocks"], Uint8Array>();
  const tools = new WeakMap<readonly ToolSpec[], readonly Encoded[]>();
  const system = new WeakMap<readonly ContentBlock[], readonly Encoded[]>();
  const encodeAll = (blocks: readonly ContentBlock[]): readonly Encoded[] => blocks.flatMap((block) => encodeBlock(block, provider));

  return (request, { fields, accepts, breakpoints, cacheControl = { type: "ephemeral" } }) => {
    const mark = `,"cache_control":${JSON.stringify(cacheControl)}}`;
    const turns = joined(
      joined(
        repair(request.messages, { model: request.model, images: accepts?.images ?? true, documents: accepts?.documents ?? true }).map((message) =>
          kept(messages, message, ({ role, content }) => ({ role, blocks: encodeAll(content) })),
        ),
      ).map(ordered),
    );
    const marks = breakpoints?.(turns.map(({ role }) => role)) ?? { tools: false, system: false, turns: [] };
    const specs = kept(tools, request.tools, (list) => list.map(encodeTool));
    const prompt = kept(system, request.system, (list) => encodeAll(list.filter(({ type }) => type === "text")));
    const head = [
      JSON.stringify(fields).slice(1, -1),
      specs.length === 0 ? "" : `"tools":${arrayOf(specs, marks.tools ? mark : undefined)}`,
      prompt.length === 0 ? "" : `"system":${arrayOf(prompt, marks.system ? mark : undefined)}`,
      '"messages":[',
    ];
    const pieces: Uint8Array[] = [Buffer.from(`{${head.filter((member) => member !== "").join(",")}`)];
    for (const [index, turn] of turns.entries()) {
      if (index > 0) pieces.push(comma);
      pieces.push(marks.turns.includes(index) ? Buffer.from(turnOf(turn, mark)) : kept(bytes, turn.blocks, () => Buffer.from(turnOf(turn, undefined))));
    }
    return Buffer.concat([...pieces, end]);
  };
}

function kept<K extends object, V>(cache: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make(key);
  cache.set(key, value);
  return value;
}

/** Consecutive turns of a role become one; one that nothing is left of is not sent. */
function joined(turns: readonly Turn[]): readonly Turn[] {
  const list: Turn[] = [];
  for (const turn of turns) {
    const last = list.at(-1);
    if (turn.blocks.length === 0) continue;
    if (last?.role === turn.role) list[list.length - 1] = { role: turn.role, blocks: [...last.blocks, ...turn.blocks] };
    else list.push(turn);
  }
  return list;
}

/** The API wants results first in a turn of the user, and none of the assistant's to end with thinking. What is in order stays the same. */
function ordered(turn: Turn): Turn {
  const { role, blocks } = turn;
  if (role === "assistant") {
    const length = blocks.findLastIndex(({ kind }) => kind !== "thinking") + 1;
    return length === blocks.length ? turn : { role, blocks: blocks.slice(0, length) };
  }
  const rest = blocks.findIndex(({ kind }) => kind !== "result");
  if (rest === -1 || !blocks.some(({ kind }, index) => kind === "result" && index > rest)) return turn;
  return { role, blocks: [...blocks.filter(({ kind }) => kind === "result"), ...blocks.filter(({ kind }) => kind !== "result")] };
}

const turnOf = ({ role, blocks }: Turn, mark: string | undefined): string => `{"role":"${role}","content":${arrayOf(blocks, mark)}}`;

/** A breakpoint is the last field of the last block that may have one. */
function arrayOf(blocks: readonly Encoded[], mark: string | undefined): string {
  const marked = mark === undefined ? -1 : blocks.findLastIndex(({ kind }) => kind === "plain" || kind === "result");
  return `[${blocks.map(({ json }, index) => (index === marked ? json.slice(0, -1) + mark : json)).join(",")}]`;
}
