import type { ContentBlock, Message, ModelRequest, ToolSpec } from "@claw/kernel";
import { type Breakpoints, createRepair, wireJson, wireName } from "@claw/kernel/kit";
import { type EncodedBlock, encodeBlock } from "./converse-block.ts";
import { choiceOf } from "./converse-fields.ts";
import type { AnyJson, ConverseBody, ConversePrompt, ConverseTool } from "./converse-wire.ts";
import { spokenCalls } from "./spoken-calls.ts";

export interface ConverseOptions {
  /** The other fields of the body. */
  readonly fields: Omit<ConverseBody, "messages" | "system" | "toolConfig">;
  readonly accepts: { readonly images: boolean; readonly documents: boolean };
  /** Whether a result may say that it failed. */
  readonly status: boolean;
  readonly breakpoints: (roles: readonly Message["role"][]) => Breakpoints;
  readonly cachePoint: Exclude<ConverseTool["cachePoint"], undefined>;
}

interface Turn {
  readonly role: Message["role"];
  readonly blocks: readonly EncodedBlock[];
}

interface KeptTurn {
  readonly status: boolean;
  readonly turn: Turn;
}

const comma = Buffer.from(",");
const end = Buffer.from("]}");
/** The API wants a word beside a document. */
const companion: EncodedBlock = { kind: "text", json: '{"text":"(a document)"}' };

/**
 * Makes the body of a ConverseStream request, as UTF-8. What a message becomes is kept with its identity, and so are tools and
 * system prompt: a turn costs what it adds, and a copy of the rest.
 */
export function createConverseEncoder(provider: string): (request: ModelRequest, options: ConverseOptions) => Uint8Array<ArrayBuffer> {
  const repair = createRepair(provider);
  const turns = new WeakMap<Message, KeptTurn>();
  const bytes = new WeakMap<readonly EncodedBlock[], Uint8Array>();
  const tools = new WeakMap<readonly ToolSpec[], readonly string[]>();
  const prompts = new WeakMap<readonly ContentBlock[], readonly string[]>();

  /** Documents have names that no other of the request has, so that a message with one is encoded for each request. */
  const turnOf = (message: Message, status: boolean, name: (wanted: string) => string): Turn => {
    const known = turns.get(message);
    if (known?.status === status) return known.turn;
    const blocks = message.content.flatMap((block) => encodeBlock(block, provider, { status, name }) ?? []);
    const turn = { role: message.role, blocks: ordered(message.role, blocks) };
    if (!hasDocuments(message)) turns.set(message, { status, turn });
    return turn;
  };

  return (request, { fields, accepts, status, breakpoints, cachePoint }) => {
    const repaired = repair(request.messages, { model: request.model, ...accepts });
    const offered = request.toolChoice === "none" ? [] : request.tools;
    const name = distinct();
    const said = joined((offered.length === 0 ? spokenCalls(repaired) : repaired).map((message) => turnOf(message, status, name)));
    const marks = breakpoints(said.map(({ role }) => role));
    const mark = `,${JSON.stringify({ cachePoint })}`;
    const specs = kept(tools, offered, (list) => list.map(toolOf));
    const prompt = kept(prompts, request.system, (list) => list.flatMap(promptOf));
    const choice = specs.length === 0 ? undefined : choiceOf(request.toolChoice);
    const head = [
      wireJson(fields).slice(1, -1),
      specs.length === 0
        ? ""
        : `"toolConfig":{"tools":[${specs.join(",")}${marks.tools ? mark : ""}]${choice === undefined ? "" : `,"toolChoice":${JSON.stringify(choice)}`}}`,
      prompt.length === 0 ? "" : `"system":[${prompt.join(",")}${marks.system ? mark : ""}]`,
      '"messages":[',
    ];
    const pieces: Uint8Array[] = [Buffer.from(`{${head.filter((member) => member !== "").join(",")}`)];
    for (const [index, turn] of said.entries()) {
      if (index > 0) pieces.push(comma);
      pieces.push(marks.turns.includes(index) ? turnBytes(turn, mark) : kept(bytes, turn.blocks, () => turnBytes(turn, "")));
    }
    return Buffer.concat([...pieces, end]);
  };
}

const toolOf = ({ name, description, input }: ToolSpec): string =>
  wireJson({
    toolSpec: { name: wireName(name), ...(description === "" ? {} : { description }), inputSchema: { json: { type: "object", ...input } as AnyJson } },
  } satisfies ConverseTool);

const promptOf = (block: ContentBlock): readonly string[] =>
  block.type !== "text" || block.text.trim() === "" ? [] : [wireJson({ text: block.text } satisfies ConversePrompt)];

const turnBytes = ({ role, blocks }: Turn, mark: string): Uint8Array =>
  Buffer.from(`{"role":"${role}","content":[${blocks.map(({ json }) => json).join(",")}${mark}]}`);

/** The API wants results first in a turn of the user, a word beside a document, and no turn of the assistant's to end with thinking. */
function ordered(role: Message["role"], blocks: readonly EncodedBlock[]): readonly EncodedBlock[] {
  if (role === "assistant") return blocks.slice(0, blocks.findLastIndex(({ kind }) => kind !== "thinking") + 1);
  const results = blocks.filter(({ kind }) => kind === "result");
  const rest = blocks.filter(({ kind }) => kind !== "result");
  const isBare = rest.some(({ kind }) => kind === "document") && !rest.some(({ kind }) => kind === "text");
  return [...results, ...rest, ...(isBare ? [companion] : [])];
}

/** Consecutive turns of a role become one; one that nothing is left of is not sent. */
function joined(turns: readonly Turn[]): readonly Turn[] {
  const list: Turn[] = [];
  for (const turn of turns) {
    const last = list.at(-1);
    if (turn.blocks.length === 0) continue;
    if (last?.role === turn.role) list[list.length - 1] = { role: turn.role, blocks: ordered(turn.role, [...last.blocks, ...turn.blocks]) };
    else list.push(turn);
  }
  return list;
}

const hasDocuments = ({ content }: Message): boolean =>
  content.some((block) => block.type === "document" || (block.type === "tool-result" && block.content.some(({ type }) => type === "document")));

/** Gives each name once; the next one that is the same has a number. */
function distinct(): (wanted: string) => string {
  const counts = new Map<string, number>();
  return (wanted) => {
    const count = (counts.get(wanted) ?? 0) + 1;
    counts.set(wanted, count);
    if (count === 1) return wanted;
    const name = `${wanted} (${count})`;
    return counts.has(name) ? `${name} (again)` : (counts.set(name, 1), name);
  };
}

function kept<K extends object, V>(cache: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make(key);
  cache.set(key, value);
  return value;
}
