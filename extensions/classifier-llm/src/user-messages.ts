import { ClawError, type ContentBlock, type PromptEvent, type SessionStore } from "@claw/kernel";

/** Of one message as much is kept as a person reads at a glance; more only makes room for somebody else's words. */
const mostCharacters = 2_000;
const sessionsKept = 256;
/** Forks of forks; past these, older messages do not count. */
const mostAncestors = 20;

export interface UserMessagesOptions {
  readonly store: Pick<SessionStore, "read"> | undefined;
  /** How many of a session's latest are given. */
  readonly most: number;
}

/** What the person wrote in each session, the latest last. */
export interface UserMessages {
  /** Hears of a prompt on its way into a session. */
  note(event: Pick<PromptEvent, "session" | "content" | "source">): void;
  latest(session: string, signal: AbortSignal): Promise<readonly string[]>;
}

interface Heard {
  messages: readonly string[];
  /** What the log held when it was first asked for. */
  recalled?: readonly string[];
}

export function userMessagesOf({ store, most }: UserMessagesOptions): UserMessages {
  const sessions = new Map<string, Heard>();
  const heardOf = (session: string): Heard => {
    const heard = sessions.get(session) ?? { messages: [] };
    sessions.delete(session);
    sessions.set(session, heard);
    const [oldest] = sessions.keys();
    if (sessions.size > sessionsKept && oldest !== undefined) sessions.delete(oldest);
    return heard;
  };
  const last = (messages: readonly string[]): readonly string[] => (most === 0 ? [] : messages.slice(-most));
  return {
    note({ session, content, source }) {
      if (source !== "person") return;
      const heard = heardOf(session);
      heard.messages = last([...heard.messages, textOf(content)]);
    },
    async latest(session, signal) {
      const heard = heardOf(session);
      if (heard.recalled === undefined && store !== undefined && most > 0) heard.recalled = last(await recall(store, session, signal));
      return last(joined(heard.recalled ?? [], heard.messages));
    },
  };
}

/** The messages of a log and those heard since: what a log ends with may be what was heard first. */
export function joined(recalled: readonly string[], heard: readonly string[]): readonly string[] {
  for (let shared = Math.min(recalled.length, heard.length); shared > 0; shared -= 1)
    if (recalled.slice(-shared).every((message, index) => message === heard[index])) return [...recalled, ...heard.slice(shared)];
  return [...recalled, ...heard];
}

/** The person's messages in a log and its ancestors'. A log that cannot be read has none: the model then knows less, and allows less. */
async function recall(store: Pick<SessionStore, "read">, session: string, signal: AbortSignal): Promise<readonly string[]> {
  const found: (readonly string[])[] = [];
  let next: { readonly session: string; readonly seq: number } | undefined = { session, seq: Infinity };
  try {
    for (let depth = 0; next !== undefined && depth < mostAncestors; depth += 1) {
      const { session: id, seq }: { readonly session: string; readonly seq: number } = next;
      next = undefined;
      const own: string[] = [];
      for await (const entry of store.read(id)) {
        signal.throwIfAborted();
        if (entry.seq > seq) break;
        if (entry.type === "session") next = entry.parent;
        if (entry.type === "prompt" && entry.source === "person") own.push(textOf(entry.content));
      }
      found.unshift(own);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!ClawError.is(error)) throw error;
  }
  return found.flat();
}

/** A prompt's text, its middle left out when it is long. */
function textOf(content: readonly ContentBlock[]): string {
  const text = content.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("\n");
  if (text.length <= mostCharacters) return text;
  const tail = mostCharacters / 4;
  return `${text.slice(0, mostCharacters - tail).toWellFormed()}\n[… ${text.length - mostCharacters} characters …]\n${text.slice(-tail).toWellFormed()}`;
}
