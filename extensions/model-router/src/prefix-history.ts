import { Buffer } from "node:buffer";
import type { Message } from "@claw/kernel";
import { type Digest, blockLine, messageText } from "./prefix-bytes.ts";

/** Bytes of a message by whose they are. */
export interface Part {
  /** The call that a tool's result answers; its owner is the tool's. */
  readonly call?: string;
  readonly by: "person" | "model" | "tool";
  readonly bytes: number;
}

/** What is known of a message wherever it stands. */
export interface MessageFacts {
  readonly bytes: number;
  readonly digest: string;
  readonly parts: readonly Part[];
  /** Names of the tools called, by call. */
  readonly calls: ReadonlyMap<string, string>;
}

/** A message in its place: the chain's value and its bytes with all before it. */
export interface Link {
  readonly message: Message;
  readonly facts: MessageFacts;
  readonly chain: string;
  readonly bytes: number;
}

/** The facts of messages, worked out once for each. A message is never changed once it was asked with. */
export class MessageBook {
  readonly #facts = new WeakMap<Message, MessageFacts>();
  readonly #digest: Digest;

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  facts(message: Message): MessageFacts {
    const known = this.#facts.get(message);
    if (known !== undefined) return known;
    const lines = message.content.map(blockLine);
    const parts = partsOf(message, lines);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    const facts = { bytes, digest: this.#digest(messageText(message, lines)), parts, calls: callsOf(message) };
    this.#facts.set(message, facts);
    return facts;
  }

  /** The links of messages, the first `common` of which are another history's. */
  links(messages: readonly Message[], before: readonly Link[], common: number): readonly Link[] {
    const links = before.slice(0, common);
    for (const message of messages.slice(common)) {
      const last = links.at(-1);
      const facts = this.facts(message);
      links.push({ message, facts, chain: this.#digest(`${last?.chain ?? ""}${facts.digest}`), bytes: (last?.bytes ?? 0) + facts.bytes });
    }
    return links;
  }

  /**
   * The chain's value after the first `messages` messages, or after as many blocks of the last of them as make `bytes`: a message may
   * have grown since. Undefined where nothing ends there.
   */
  chainAt(links: readonly Link[], messages: number, bytes: number): string | undefined {
    const [before, last] = [links[messages - 2], links[messages - 1]];
    if (messages === 0 || last === undefined) return messages === 0 && bytes === 0 ? "" : undefined;
    if (last.bytes === bytes) return last.chain;
    const text = Buffer.from(messageText(last.message));
    const end = bytes - (before?.bytes ?? 0);
    if (end <= 0 || end > text.length || text[end - 1] !== 0x0a) return undefined;
    return this.#digest(`${before?.chain ?? ""}${this.#digest(text.subarray(0, end))}`);
  }
}

/** How many messages two histories begin with in common, by identity. */
export function sharedMessages(messages: readonly Message[], links: readonly Link[]): number {
  const most = Math.min(messages.length, links.length);
  let count = 0;
  while (count < most && messages[count] === links[count]?.message) count += 1;
  return count;
}

function partsOf({ role, content }: Message, lines: readonly string[]): readonly Part[] {
  const head = { by: role === "assistant" ? "model" : "person", bytes: role.length + 1 } as const;
  const parts = content.map((block, index): Part => {
    const bytes = Buffer.byteLength(lines[index] ?? "");
    if (role === "assistant") return { by: "model", bytes };
    return block.type === "tool-result" ? { by: "tool", call: block.call, bytes } : { by: "person", bytes };
  });
  const [first, ...rest] = parts;
  return first === undefined ? [head] : [{ ...first, bytes: first.bytes + head.bytes }, ...rest];
}

const noCalls: ReadonlyMap<string, string> = new Map();

function callsOf({ content }: Message): ReadonlyMap<string, string> {
  const calls = content.flatMap((block) => (block.type === "tool-call" ? [[block.id, block.name] as const] : []));
  return calls.length === 0 ? noCalls : new Map(calls);
}
