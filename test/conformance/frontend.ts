import {
  ClawError,
  exitCodeOf,
  type Client,
  type ContentBlock,
  type ErrorCode,
  type Frontend,
  type Invocation,
  type LogEntry,
  type OpenOptions,
  type SessionInfo,
  type Terminal,
  type TurnEvent,
} from "@claw/kernel";
import { describe, expect, test } from "vitest";

/** A step of a scripted turn: an event, an error thrown in place of the next event, or a wait for the abort. */
export type Step = TurnEvent | { readonly type: "throw"; readonly error: unknown } | { readonly type: "wait" };

export interface ScriptedClient extends Client {
  readonly opened: OpenOptions[];
  readonly prompts: (readonly ContentBlock[])[];
  readonly changed: (readonly [key: string, value: unknown])[];
  readonly closed: string[];
}

export interface ScriptOptions {
  readonly session?: string;
  readonly entries?: readonly LogEntry[];
  readonly info?: Partial<SessionInfo>;
  /** Instead of opening a session. */
  readonly openError?: unknown;
}

export const scriptedSession = "0190aaaa-0000-7000-8000-00000000cafe";

/** An entry of a log with a number and a time, for scripts. */
export const entryAt = (seq: number, body: object): LogEntry => ({ seq, at: `2026-11-22T08:00:0${seq % 10}.000Z`, ...body }) as LogEntry;

/** A client that plays a script for each prompt, and keeps the contract: an abort is an entry and then thrown. */
export function scriptedClient(turns: readonly (readonly Step[])[], options: ScriptOptions = {}): ScriptedClient {
  const session = options.session ?? scriptedSession;
  const client: ScriptedClient = {
    opened: [],
    prompts: [],
    changed: [],
    closed: [],
    async open(asked) {
      client.opened.push(asked);
      if (options.openError !== undefined) throw options.openError;
      return session;
    },
    info: async () => ({
      session,
      cwd: "/home/ada/project",
      model: "scripted/one",
      tools: ["bash", "read_file"],
      commands: ["session"],
      extensions: [{ name: "claw/scripted", version: "1.0.0" }],
      ...options.info,
    }),
    entries: () => options.entries ?? [],
    async *prompt(_session, content, signal) {
      client.prompts.push(content);
      let seq = 0;
      for (const step of turns[client.prompts.length - 1] ?? []) {
        if (step.type === "wait" && !signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
        if (signal.aborted) {
          yield entryAt(seq, { type: "turn-end", reason: "aborted" });
          throw signal.reason;
        }
        if (step.type === "throw") throw step.error;
        if (step.type !== "wait") yield step;
        seq += 1;
      }
    },
    command: async () => [],
    async set(_session, key, value) {
      client.changed.push([key, value]);
    },
    async *compact() {
      // Nothing to compact in a script.
    },
    async close(id) {
      client.closed.push(id);
    },
  };
  return client;
}

export interface MemoryTerminal extends Terminal {
  /** What was written to standard output and to standard error. */
  readonly out: string;
  readonly err: string;
  /** Standard output and error as they came, as a person at a terminal sees them. */
  readonly both: string;
  /** How often standard output was written to. */
  readonly writes: number;
}

export interface TerminalOptions extends Partial<Omit<Terminal, "write" | "say" | "input">> {
  readonly input?: AsyncIterable<Uint8Array> | readonly string[];
  /** The reader of standard output goes away after so many writes. */
  readonly closesAfter?: number;
  /** Instead of a reader that goes away: why writing fails then. */
  readonly failsWith?: ClawError;
}

/** A terminal in memory. */
export function memoryTerminal({ input = [], closesAfter = Infinity, failsWith, ...more }: TerminalOptions = {}): MemoryTerminal {
  let [out, err, both, writes] = ["", "", "", 0];
  return {
    interactive: false,
    piped: false,
    color: false,
    columns: 80,
    ...more,
    input: Array.isArray(input) ? bytesOf(input as readonly string[]) : (input as AsyncIterable<Uint8Array>),
    async write(text) {
      if (writes >= closesAfter) throw failsWith ?? new ClawError("OUTPUT_CLOSED", "nobody reads the output any more", {});
      writes += 1;
      out += text;
      both += text;
    },
    say(text) {
      err += text;
      both += text;
    },
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    get both() {
      return both;
    },
    get writes() {
      return writes;
    },
  };
}

/** An input that holds these texts and ends. */
export async function* bytesOf(texts: readonly string[]): AsyncGenerator<Uint8Array, void> {
  for (const text of texts) yield new TextEncoder().encode(text);
}

/** What a command line could ask for. */
export const invocationOf = (terminal: Terminal, more: Partial<Invocation> = {}): Invocation => ({
  cwd: "/home/ada/project",
  workspace: "00112233aabbccdd",
  roots: ["/home/ada/project"],
  notices: [],
  terminal,
  prompt: "what to do",
  ...more,
});

/** The reason with which the command line aborts a run. */
export const interruption = (signal: "SIGHUP" | "SIGINT" | "SIGTERM"): Error =>
  Object.assign(new DOMException(`interrupted by ${signal}`, "AbortError"), { signal });

const answer = (text: string): readonly Step[] => [
  entryAt(0, { type: "prompt", content: [{ type: "text", text: "what to do" }], source: "person" }),
  { type: "text-delta", text },
  entryAt(1, { type: "reply", content: [{ type: "text", text }], model: "scripted/one", ms: 5, usage: { inputTokens: 3, outputTokens: 2 }, reason: "stop" }),
  entryAt(2, { type: "turn-end", reason: "done" }),
];

const failing = (code: ErrorCode): readonly Step[] => [
  entryAt(0, { type: "turn-end", reason: "failed", code, message: `what ${code} says` }),
  { type: "throw", error: new ClawError(code, `what ${code} says`, {} as never, { fix: "what to do about it" }) },
];

/** The contract of front-ends as tests. Every front-end that runs one prompt and ends passes them. */
export function frontendConformance(name: string, make: () => Promise<Frontend>): void {
  describe(`${name} is a front-end`, () => {
    const run = async (steps: readonly Step[], terminal: MemoryTerminal = memoryTerminal(), more: Partial<Invocation> = {}, options: ScriptOptions = {}) => {
      const client = scriptedClient([steps], options);
      const controller = new AbortController();
      const code = await (await make()).run(client, invocationOf(terminal, more), controller.signal);
      return { code, client, terminal };
    };

    test("a turn that is done is exit code 0 and its answer on standard output", async () => {
      const { code, client, terminal } = await run(answer("forty-two"));
      expect([code, terminal.out.includes("forty-two"), client.prompts]).toEqual([0, true, [[{ type: "text", text: "what to do" }]]]);
    });

    test("a turn that met a limit is exit code 6, and says which", async () => {
      const { code, terminal } = await run([entryAt(0, { type: "turn-end", reason: "limit", limit: "money" })]);
      expect([code, /budget/.test(terminal.both)]).toEqual([6, true]);
    });

    test("a turn that failed is the exit code of its error, and says it with its fix and never a stack", async () => {
      for (const code of [
        "MODEL_AUTH",
        "MODEL_RATE_LIMITED",
        "NETWORK_OFFLINE",
        "MODEL_REFUSED",
        "PROMPT_BLOCKED",
        "SETTINGS_INVALID",
        "SESSION_WRITE_FAILED",
      ] as const) {
        const { code: exit, terminal } = await run(failing(code));
        expect([code, exit]).toEqual([code, exitCodeOf(code)]);
        for (const part of [`what ${code} says`, "what to do about it", code]) expect(terminal.both).toContain(part);
        expect(terminal.both).not.toMatch(/\n\s+at /);
      }
    });

    test("a session that cannot be opened is the exit code of the error", async () => {
      for (const code of ["SESSION_NOT_FOUND", "SESSION_LOCKED", "SESSION_DAMAGED"] as const) {
        const openError = new ClawError(code, `what ${code} says`, { session: "x" });
        const { code: exit, terminal, client } = await run([], memoryTerminal(), { resume: "x" }, { openError });
        expect([exit, terminal.both.includes(`what ${code} says`), client.prompts]).toEqual([exitCodeOf(code), true, []]);
      }
    });

    test("an interrupted turn is 130, an ended one 143, and both end the session", async () => {
      for (const [signal, exit] of [
        ["SIGINT", 130],
        ["SIGTERM", 143],
      ] as const) {
        const controller = new AbortController();
        const client = scriptedClient([[{ type: "text-delta", text: "begun" }, { type: "wait" }]]);
        const running = (await make()).run(client, invocationOf(memoryTerminal()), controller.signal);
        setImmediate(() => controller.abort(interruption(signal)));
        expect([signal, await running, client.closed]).toEqual([signal, exit, [scriptedSession]]);
      }
    });

    test("a run that was interrupted before it began asks nothing of a model", async () => {
      const client = scriptedClient([answer("never")]);
      const code = await (await make()).run(client, invocationOf(memoryTerminal()), AbortSignal.abort(interruption("SIGINT")));
      expect([code, client.prompts]).toEqual([130, []]);
    });

    test("what was asked for reaches the session that is opened, and it is closed at the end", async () => {
      const { client } = await run(answer("x"), memoryTerminal(), { resume: "latest", fork: 7 });
      expect([client.opened, client.closed]).toEqual([
        [{ cwd: "/home/ada/project", workspace: "00112233aabbccdd", roots: ["/home/ada/project"], resume: "latest", fork: 7 }],
        [scriptedSession],
      ]);
      const { client: other } = await run(answer("x"), memoryTerminal(), { session: scriptedSession });
      expect(other.opened).toEqual([{ cwd: "/home/ada/project", workspace: "00112233aabbccdd", roots: ["/home/ada/project"], session: scriptedSession }]);
    });

    test("nobody is asked where nobody can answer", async () => {
      const frontend = await make();
      expect(frontend.asker?.(invocationOf(memoryTerminal({ interactive: false })))).toBeUndefined();
    });

    test("notices are said on standard error and never mix with the answer", async () => {
      const { terminal } = await run(answer("x"), memoryTerminal(), { notices: ["acme/x is loaded from a folder"] });
      expect([terminal.err.includes("acme/x is loaded from a folder"), terminal.out.includes("acme/x")]).toEqual([true, false]);
    });

    test("when the reader of the output has gone away the run ends quietly", async () => {
      const terminal = memoryTerminal({ closesAfter: 0, outputIsTerminal: true });
      const { code, client } = await run(answer("lost"), terminal);
      expect([code, terminal.out, terminal.err, client.closed]).toEqual([0, "", "", [scriptedSession]]);
    });
  });
}
