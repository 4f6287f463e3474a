import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startAnthropicServer } from "../wire/anthropic-server.ts";
import { sentOf } from "../wire/anthropic-frames.ts";
import type { RecordedRequest, Script, SentRequest } from "../wire/reply.ts";

/** The program as it is built. */
export const clawFile = join(import.meta.dirname, "../../cli/dist/claw.js");
/** What the engine has compiled is kept between the runs, each of which has a home of its own. */
const compiled = join(import.meta.dirname, "../../node_modules/.cache/claw-e2e");
/** Nothing that a test starts takes longer than this, unless it hangs. */
const patienceMs = 15_000;

export interface RunOptions {
  readonly cwd?: string;
  /** Over the place's own environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input: a text, /dev/null (the default), or a pipe that `Running.write` fills and stays open until `end`. */
  readonly input?: string | Uint8Array | "open";
  /** In a terminal of 24 lines and 100 columns: all three streams, or standard input and error only. */
  readonly tty?: "all" | "input and error";
  /** Another program in front of node, such as `prlimit --fsize=100`. */
  readonly through?: readonly string[];
  /** Options for node itself. */
  readonly node?: readonly string[];
}

/** How a run ended. In a terminal, what was written to it is `stderr`, and `stdout` only what was not. */
export interface Ran {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  readonly stdout: string;
  readonly stderr: string;
  write(text: string): void;
  end(): void;
  /** Sends a signal to claw itself, in a terminal too. */
  kill(signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL"): void;
  /** Resolves when a text has been written to either output; rejects when the run ends without it. */
  seen(text: string | RegExp): Promise<void>;
}

/** Runs its arguments in a new terminal, and hands on what it is killed with. Descriptor 3 is their standard output where the first argument says so. */
const terminalDriver = `
import fcntl, os, pty, select, signal, struct, sys, termios
apart, argv = sys.argv[1] == "apart", sys.argv[2:]
pid, master = pty.fork()
if pid == 0:
    if apart: os.dup2(3, 1)
    os.close(3)
    os.execvp(argv[0], argv)
os.close(3)
signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
signal.signal(signal.SIGUSR1, lambda *_: os.kill(pid, signal.SIGKILL))
fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
inputs = [master, 0]
while master in inputs:
    for ready in select.select(inputs, [], [])[0]:
        try: data = os.read(ready, 65536)
        except OSError: data = b""
        if not data: inputs.remove(ready)
        elif ready == 0: os.write(master, data)
        else: os.write(2, data)
status = os.waitpid(pid, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
`;

export function startClaw(
  argv: readonly string[],
  options: RunOptions & { readonly cwd: string; readonly environment: Readonly<Record<string, string | undefined>> },
): Running {
  const { input, tty, through = [], node = [] } = options;
  const program = [...through, process.execPath, ...node, clawFile, ...argv];
  const [command = "", ...rest] = tty === undefined ? program : ["python3", "-c", terminalDriver, tty === "all" ? "together" : "apart", ...program];
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: { ...options.environment, ...options.env },
    stdio: [input === undefined && tty === undefined ? "ignore" : "pipe", "pipe", "pipe", ...(tty === undefined ? [] : ["pipe" as const])],
  });
  const output = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  const collect = (name: "stdout" | "stderr", index: number): void => {
    const stream = child.stdio[index] as NodeJS.ReadableStream | undefined;
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output[name] += text;
      for (const watcher of watchers) watcher();
    });
  };
  collect("stdout", tty === undefined ? 1 : 3);
  collect("stderr", 2);
  // A run that ends before it has read all of its input is no failure of ours.
  child.stdin?.on("error", () => undefined);
  if (input !== undefined && input !== "open") child.stdin?.end(input);
  const ended = endOf(child, output, argv);
  return {
    child,
    ended,
    get stdout() {
      return output.stdout;
    },
    get stderr() {
      return output.stderr;
    },
    write: (text) => void child.stdin?.write(text),
    end: () => void child.stdin?.end(),
    kill: (signal) => void child.kill(tty !== undefined && signal === "SIGKILL" ? "SIGUSR1" : signal),
    seen: (text) => seen(text, output, watchers, ended),
  };
}

async function endOf(child: ChildProcess, output: { readonly stdout: string; readonly stderr: string }, argv: readonly string[]): Promise<Ran> {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    reject(new Error(`claw ${argv.join(" ")} hung\n--- stdout\n${output.stdout}\n--- stderr\n${output.stderr}`));
  }, patienceMs);
  child.on("error", reject);
  child.on("close", (code, signal) => resolve({ code, signal, ...output }));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

async function seen(
  text: string | RegExp,
  output: { readonly stdout: string; readonly stderr: string },
  watchers: Set<() => void>,
  ended: Promise<Ran>,
): Promise<void> {
  const found = (): boolean => [output.stdout, output.stderr].some((all) => (typeof text === "string" ? all.includes(text) : text.test(all)));
  const { promise, resolve } = Promise.withResolvers<true>();
  const watcher = (): void => {
    if (found()) resolve(true);
  };
  watchers.add(watcher);
  watcher();
  try {
    if (await Promise.race([promise, ended.then(() => found())])) return;
  } finally {
    watchers.delete(watcher);
  }
  throw new Error(`claw ended without saying ${String(text)}\n--- stdout\n${output.stdout}\n--- stderr\n${output.stderr}`);
}

export interface Place extends AsyncDisposable {
  /** The temporary folder of everything. */
  readonly root: string;
  /** Where claw runs. */
  readonly project: string;
  /** CLAW_HOME. */
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the model was asked, in order; empty without a script. */
  readonly requests: readonly RecordedRequest[];
  /** The same in claw's words. */
  readonly sent: readonly SentRequest[];
  write(path: string, text: string | Uint8Array): string;
  read(path: string): string;
  exists(path: string): boolean;
  start(argv: readonly string[], options?: RunOptions): Running;
  run(argv: readonly string[], options?: RunOptions): Promise<Ran>;
  /** The files of this place's session logs. */
  logs(): readonly string[];
}

export interface PlaceOptions {
  readonly files?: Readonly<Record<string, string>>;
  /** What the model says: a server on loopback, with its address and a key in the environment. */
  readonly script?: Script;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A project and a home of their own, and nothing of the person's environment. */
export async function place({ files = {}, script, env = {} }: PlaceOptions = {}): Promise<Place> {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "claw-e2e-")));
  const [project, home] = [join(root, "project"), join(root, "home")];
  for (const folder of [project, join(root, "user")]) mkdirSync(folder);
  const server = script === undefined ? undefined : await startAnthropicServer(script);
  const environment = {
    PATH: process.env["PATH"],
    HOME: join(root, "user"),
    CLAW_HOME: home,
    LANG: "C.UTF-8",
    TERM: "xterm",
    NODE_COMPILE_CACHE: compiled,
    ...(server === undefined ? {} : { ANTHROPIC_API_KEY: "not-a-real-key", ANTHROPIC_BASE_URL: server.url }),
    ...env,
  };
  const running = new Set<Running>();
  const here: Place = {
    root,
    project,
    home,
    environment,
    get requests() {
      return server?.requests ?? [];
    },
    get sent() {
      return (server?.requests ?? []).map(({ body }) => sentOf(body));
    },
    write(path, text) {
      const file = join(project, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      return file;
    },
    read: (path) => readFileSync(join(project, path), "utf8"),
    exists: (path) => existsSync(join(project, path)),
    start(argv, options = {}) {
      const one = startClaw(argv, { cwd: project, environment, ...options });
      running.add(one);
      return one;
    },
    run: (argv, options) => here.start(argv, options).ended,
    logs: () => logsIn(home),
    async [Symbol.asyncDispose]() {
      for (const { child } of running) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await Promise.allSettled([...running].map(({ ended }) => ended));
      await server?.[Symbol.asyncDispose]();
      // What `ext add` prepares goes on for a moment after it has ended.
      rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    },
  };
  for (const [path, text] of Object.entries(files)) here.write(path, text);
  return here;
}

function logsIn(home: string): readonly string[] {
  const sessions = join(home, "state/sessions");
  try {
    return readdirSync(sessions, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".jsonl"))
      .sort()
      .map((path) => join(sessions, path));
  } catch {
    return [];
  }
}

/** A model's reply that calls one tool. */
export const call = (
  name: string,
  input: object,
  id = "toolu_1",
): { readonly blocks: readonly [{ readonly type: "tool-call"; readonly id: string; readonly name: string; readonly json: string }] } => ({
  blocks: [{ type: "tool-call", id, name, json: JSON.stringify(input) }],
});

/** A model's reply that says something. */
export const say = (text: string): { readonly blocks: readonly [{ readonly type: "text"; readonly text: string }] } => ({ blocks: [{ type: "text", text }] });
