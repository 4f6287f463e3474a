import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { mkdir, readFile, readdir, realpath, stat, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { type CallScope, ClawError, type FileVersion, type Host, type Http, type Located, type Processes, type Secrets, type Workspace } from "@claw/kernel";

/** A clock that stands still until it is told to move. */
export interface FakeClock {
  now(): Date;
  /** Milliseconds since it began. */
  clock(): number;
  move(ms: number): void;
}

export function fakeClock(start: string = "2026-11-22T08:00:00.000Z"): FakeClock {
  const began = Date.parse(start);
  let passed = 0;
  return { now: () => new Date(began + passed), clock: () => passed, move: (ms) => void (passed += ms) };
}

/** Service `host` over folders below `folder`. */
export function fakeHost(folder: string, clock: FakeClock, options: { readonly environment?: Host["environment"]; readonly offline?: boolean; readonly trusted?: boolean } = {}): Host {
  const at = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  return {
    version: "1.0.0", offline: options.offline ?? false, trusted: options.trusted ?? true, now: () => clock.now(),
    environment: options.environment ?? { PATH: "/usr/local/bin:/usr/bin:/bin", HOME: at("home"), LANG: "C.UTF-8" },
    folders: { config: at("config"), data: at("data"), state: at("state"), cache: at("cache"), home: at("home"), bin: at("bin") },
  };
}

/** Service `http` that opens no socket: answers from a table of URLs, refuses the rest as the network does. */
export function memoryHttp(answers: Readonly<Record<string, (request: Request) => Response | Promise<Response>>> = {}): Http {
  return {
    async fetch(input, init) {
      const request = new Request(input, init);
      const answer = answers[request.url];
      const { host } = new URL(request.url);
      if (answer === undefined) throw new ClawError("NETWORK_FAILED", `no connection to ${host}`, { host }, { retryable: true });
      return answer(request);
    },
  };
}

export const memorySecrets = (secrets: Readonly<Record<string, string>> = {}): Secrets => ({ get: async (name) => secrets[name] });

/** Service `workspace` over real folders: confined by real paths, without the real one's defences against races. */
export function plainWorkspace(): Workspace {
  const locate = async (path: string, call: CallScope): Promise<Located> => {
    const absolute = resolve(call.cwd, path);
    const real = await realOf(absolute);
    const roots = await Promise.all([...call.roots, ...(call.scratch === undefined ? [] : [call.scratch])].map((root) => realOf(root)));
    const inside = roots.some((root) => real === root || real.startsWith(root + sep));
    const found = await stat(real).catch(() => undefined);
    return { path: absolute, real, inside, kind: found === undefined ? "missing" : found.isFile() ? "file" : found.isDirectory() ? "folder" : "other" };
  };
  const open = async (path: string, call: CallScope): Promise<Located> => {
    const located = await locate(path, call);
    if (!located.inside && call.allowed?.includes(located.path) !== true) throw new ClawError("PATH_OUTSIDE", `${path} is outside the workspace`, { path });
    return located;
  };
  const read: Workspace["read"] = async (path, call, { maxBytes = 64 * 1024 * 1024 } = {}) => {
    const { real, kind } = await open(path, call);
    if (kind === "missing") throw new ClawError("PATH_NOT_FOUND", `${path} does not exist`, { path });
    if (kind !== "file") throw new ClawError("PATH_NOT_FILE", `${path} is not a regular file`, { path });
    const [bytes, about] = [await readFile(real), await stat(real)];
    if (bytes.length > maxBytes) throw new ClawError("PATH_TOO_LARGE", `${path} has ${bytes.length} bytes, more than ${maxBytes}`, { path, bytes: bytes.length, maxBytes });
    return { path: real, bytes, version: versionOf(bytes, about.mtimeMs), mode: about.mode & 0o777 };
  };
  return {
    locate, read,
    readText: async (path, call) => new TextDecoder().decode((await read(path, call)).bytes),
    async write(path, bytes, call, options = {}) {
      const { real, kind } = await open(path, call);
      const present = kind === "file" ? (await read(path, call)).version : undefined;
      const same = options.expect === undefined || (options.expect === "absent" ? present === undefined : present?.digest === options.expect.digest);
      if (!same) throw new ClawError("PATH_CHANGED", `${path} changed since it was read`, { path });
      await mkdir(dirname(real), { recursive: true });
      await writeFile(real, bytes);
      return versionOf(bytes, (await stat(real)).mtimeMs);
    },
    async *list(folder, call) {
      const { real } = await open(folder, call);
      for (const entry of await readdir(real, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (!entry.isFile() || path.split(sep).includes(".git")) continue;
        const { size, mtimeMs } = await stat(path);
        yield { path, size, mtimeMs };
      }
    },
  };
}

const versionOf = (bytes: Uint8Array, mtimeMs: number): FileVersion => ({ size: bytes.length, mtimeMs, digest: `sha256-${createHash("sha256").update(bytes).digest("base64")}` });

async function realOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realOf(parent), path.slice(parent.length + (parent.endsWith(sep) ? 0 : 1)));
  }
}

/** Service `processes` that starts real programs with a plain environment, without limits. */
export const realProcesses = (): Processes => ({
  async start(command, options, call) {
    const [program = "", ...args] = command;
    const child = spawn(program, args, { cwd: options.cwd ?? call.cwd, env: { PATH: "/usr/local/bin:/usr/bin:/bin", ...options.env }, detached: true, stdio: "pipe", signal: call.signal, killSignal: "SIGKILL" });
    const exit = new Promise<{ readonly code: number | null; readonly signal: string | null; readonly timedOut: boolean; readonly contained: boolean }>((done, fail) => {
      child.once("error", (cause) => fail(new ClawError("PROGRAM_NOT_FOUND", `${program} cannot be started`, { program }, { cause })));
      child.once("close", (code, signal) => done({ code, signal, timedOut: false, contained: false }));
    });
    exit.catch(() => undefined);
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input);
    async function* output(): AsyncGenerator<{ readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }, void> {
      for await (const bytes of child.stdout) yield { stream: "stdout", bytes: bytes as Uint8Array };
      for await (const bytes of child.stderr) yield { stream: "stderr", bytes: bytes as Uint8Array };
    }
    return { pid: child.pid ?? -1, output: output(), exit, [Symbol.asyncDispose]: async () => void child.kill("SIGKILL") };
  },
});
