import type { CallBlock, ContentBlock, Message } from "../contracts/message.ts";
import type { PrefixRecord } from "../contracts/model.ts";
import type { LogEntry, ReplyEntry } from "../contracts/session.ts";
import { isTelling } from "../sound-content.ts";

/** The messages a log means. Total: any prefix of any log folds to a history that a provider accepts. */
export function history(entries: readonly LogEntry[]): readonly Message[] {
  const fold = new History();
  for (const entry of entries) fold.push(entry);
  return fold.messages();
}

/**
 * The same fold, an entry at a time. Messages that are done keep their identity, so that whoever encodes them can keep the
 * work of earlier turns. Roles alternate from `user`; every call is answered in the message after it, once; no message is empty.
 */
export class History {
  #entries: LogEntry[] = [];
  #messages: Message[] = [];
  /** Calls of the last assistant message that have no answer yet. */
  #open = new Map<string, CallBlock>();
  #calls = new Set<string>();
  /** The last message is a reply that was cut off. */
  #partial = false;
  #lastPrefix: { readonly prefix: PrefixRecord; readonly isCompacted: boolean } | undefined;

  push(entry: LogEntry): void {
    if (entry.type === "reply" && entry.prefix !== undefined) this.#lastPrefix = { prefix: entry.prefix, isCompacted: false };
    if (entry.type === "compacted") {
      if (this.#lastPrefix !== undefined) this.#lastPrefix = { ...this.#lastPrefix, isCompacted: true };
      this.#compact(entry.through, entry.summary, entry);
      return;
    }
    this.#entries.push(entry);
    this.#fold(entry);
  }

  messages(): readonly Message[] {
    const unanswered = [...this.#open.values()];
    const messages = [...this.#messages];
    if (unanswered.length > 0) addUser(messages, unanswered.map(interrupted));
    return messages;
  }

  /** Whether a call of this id is in the messages. */
  hasCall(id: string): boolean {
    return this.#calls.has(id);
  }

  /** What was recorded of the last request, and whether the history was compacted since. */
  get lastPrefix(): { readonly prefix: PrefixRecord; readonly isCompacted: boolean } | undefined {
    return this.#lastPrefix;
  }

  /** The entries since the last compaction, that compaction first. */
  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  #compact(through: number, summary: string, entry: LogEntry): void {
    const kept = this.#entries.filter(({ seq, type }) => seq > through && type !== "compacted");
    this.#messages = [messageOf("user", [{ type: "text", text: summary.trim() === "" ? "(what went before was left out)" : summary }])];
    this.#open.clear();
    this.#calls.clear();
    this.#partial = false;
    this.#entries = [entry, ...kept];
    for (const one of kept) this.#fold(one.type === "reply" ? withoutThoughts(one) : one);
  }

  #fold(entry: LogEntry): void {
    switch (entry.type) {
      case "prompt":
        this.#user(entry.content);
        break;
      case "note":
        this.#user([{ type: "text", text: entry.text }]);
        break;
      case "reply":
        this.#reply(entry);
        break;
      case "tool-result":
        this.#result(entry.call, entry.content, entry.outcome !== "ok");
        break;
      default:
        // The rest says what happened, not what a model is told; so does whatever a later version adds.
        break;
    }
  }

  #user(content: readonly ContentBlock[]): void {
    this.#close();
    const kept = content.filter(isMaterial);
    if (kept.length > 0) addUser(this.#messages, kept);
  }

  #reply(entry: ReplyEntry): void {
    this.#close();
    const last = this.#messages.at(-1);
    if (last === undefined) return;
    const content = entry.content.filter((block) => (entry.partial === true ? block.type === "text" && isTelling(block) : isSaid(block) && this.#isNew(block)));
    if (content.length === 0) return;
    if (last.role === "assistant") {
      if (this.#partial) this.#messages.pop();
      else addUser(this.#messages, [{ type: "text", text: "Go on." }]);
    }
    this.#messages.push(messageOf("assistant", content));
    this.#partial = entry.partial === true;
    for (const block of content) if (block.type === "tool-call") this.#open.set(block.id, block);
  }

  #result(call: string, content: readonly ContentBlock[], failed: boolean): void {
    if (!this.#open.delete(call)) return;
    const answer: ContentBlock = { type: "tool-result", call, content: content.filter(isMaterial), ...(failed ? { failed } : {}) };
    addUser(this.#messages, [answer]);
  }

  /** A call's id answers once in a history; a second call of the same id is left out. */
  #isNew(block: ContentBlock): boolean {
    if (block.type !== "tool-call") return true;
    if (this.#calls.has(block.id)) return false;
    this.#calls.add(block.id);
    return true;
  }

  #close(): void {
    if (this.#open.size === 0) return;
    addUser(this.#messages, [...this.#open.values()].map(interrupted));
    this.#open.clear();
  }
}

/** Some vendors bind what a model thought to all that stood before it: once that was summed up, the thought would be refused. */
const withoutThoughts = (entry: ReplyEntry & LogEntry): LogEntry => ({ ...entry, content: entry.content.filter(({ type }) => type !== "reasoning") });

const interrupted = (call: CallBlock): ContentBlock => ({
  type: "tool-result",
  call: call.id,
  failed: true,
  content: [{ type: "text", text: "interrupted: this call was cut off before it had a result; it may or may not have run" }],
});

/** What a person or a tool says. */
const isMaterial = (block: ContentBlock): boolean => (block.type === "text" || block.type === "image" || block.type === "document") && isTelling(block);
/** What a model says. */
const isSaid = (block: ContentBlock): boolean =>
  (block.type === "text" || block.type === "reasoning" || block.type === "tool-call" || block.type === "unknown") && isTelling(block);

/** Frozen: whoever is handed a request must not change the next one. */
const messageOf = (role: Message["role"], content: readonly ContentBlock[]): Message => Object.freeze({ role, content: Object.freeze(content) });

/** Makes the list end with `content` in a message of the user's. The last message is replaced, never changed. */
function addUser(messages: Message[], content: readonly ContentBlock[]): void {
  const last = messages.at(-1);
  if (last?.role === "user") messages[messages.length - 1] = messageOf("user", [...last.content, ...content]);
  else messages.push(messageOf("user", content));
}
