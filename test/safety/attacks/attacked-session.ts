import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Extension, Host, Question, TurnEvent } from "@claw/kernel";
import { type EmbeddedExtension, embedKernel, type Manifest } from "@claw/kernel/host";
import { fakeClock, fakeHost, memoryHttp, memorySecrets, memoryStore, scriptedModel } from "@claw/testing";
import permissions from "../../../extensions/permissions/src/index.ts";
import processes from "../../../extensions/processes/src/index.ts";
import sandbox from "../../../extensions/sandbox-linux/src/index.ts";
import shellAnalysis from "../../../extensions/shell-analysis/src/index.ts";
import systemPrompt from "../../../extensions/system-prompt/src/index.ts";
import toolsFiles from "../../../extensions/tools-files/src/index.ts";
import toolsShell from "../../../extensions/tools-shell/src/index.ts";
import workspace from "../../../extensions/workspace/src/index.ts";

const embedded = (name: string, extension: unknown): EmbeddedExtension => ({
  manifest: JSON.parse(readFileSync(join(import.meta.dirname, `../../../extensions/${name}/extension.json`), "utf8")) as Manifest,
  extension: extension as Extension,
});
const parts: readonly EmbeddedExtension[] = [
  embedded("permissions", permissions),
  embedded("processes", processes),
  embedded("sandbox-linux", sandbox),
  embedded("shell-analysis", shellAnalysis),
  embedded("system-prompt", systemPrompt),
  embedded("tools-files", toolsFiles),
  embedded("tools-shell", toolsShell),
  embedded("workspace", workspace),
];

/** Where there is no bubblewrap, what needs a wall cannot be attacked; where the tests must have been run, that is a failure. */
export const hasWall = process.platform === "linux" && (existsSync("/usr/bin/bwrap") || process.env["CI"] !== undefined);

export interface SessionOptions {
  readonly mode?: string;
  readonly permissions?: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly trusted?: boolean;
  /** Folders in front of PATH, from the session's own. */
  readonly path?: readonly string[];
  /** What the person answers to every question. */
  readonly answer?: "allow-once" | "allow-always" | "reject-once";
  /** What is loaded besides. */
  readonly extensions?: readonly EmbeddedExtension[];
  readonly config?: Readonly<Record<string, unknown>>;
}

/** What became of one call. */
export interface Attempted {
  readonly outcome: string;
  readonly text: string;
  readonly details: unknown;
}

/** A session of a whole claw, its parts as they are, whose model is the attacker's. */
export interface AttackedSession extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  /** What was asked, as the person sees it. */
  readonly questions: readonly Question[];
  attempt(tool: string, input: Readonly<Record<string, unknown>>): Promise<Attempted>;
  bash(command: string, more?: Readonly<Record<string, unknown>>): Promise<Attempted>;
  has(path: string): boolean;
  read(path: string): string;
  /** Writes as the person would. */
  put(path: string, text: string): string;
  /** All that the model was sent last. */
  prompt(): string;
}

export async function attackedSession(options: SessionOptions = {}): Promise<AttackedSession> {
  const { mode = "auto", answer = "reject-once", trusted = false, path = [] } = options;
  const around = realpathSync(mkdtempSync(join(tmpdir(), "claw-attacked-")));
  const [folder, home] = [join(around, "project"), join(around, "home")];
  for (const one of [folder, home]) mkdirSync(one);
  const put = (name: string, text: string): string => {
    const file = join(folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  };
  for (const [name, text] of Object.entries(options.files ?? {})) put(name, text);
  const environment = {
    PATH: [...path.map((one) => join(folder, one)), dirname(process.execPath), "/usr/local/bin", "/usr/bin", "/bin"].join(":"),
    HOME: home,
  };
  const fake = fakeHost(around, fakeClock(), { trusted, environment });
  const host: Host = { ...fake, now: () => new Date(), folders: { ...fake.folders, home } };
  let next: { readonly name: string; readonly input: Readonly<Record<string, unknown>> } | undefined;
  const model = scriptedModel(
    Array.from({ length: 500 }, () => () => {
      const call = next;
      next = undefined;
      return call === undefined ? "done" : { calls: [call] };
    }),
  );
  const questions: Question[] = [];
  const kernel = embedKernel({
    extensions: [...parts, ...(options.extensions ?? [])],
    host,
    services: { models: model.models, http: memoryHttp(), secrets: memorySecrets(), "session-store": memoryStore(join(around, "sessions")) },
    platform: process.platform,
    id: randomUUID,
    config: { "claw/permissions": { defaultMode: mode, ...options.permissions }, ...options.config },
    asker: {
      async ask(question) {
        questions.push(question);
        return { id: question.options.find(({ kind }) => kind === answer)?.id ?? "" };
      },
    },
  });
  const session = await kernel.client.open({ cwd: folder, workspace: "0123456789abcdef", roots: [folder] });
  const attempt = async (name: string, input: Readonly<Record<string, unknown>>): Promise<Attempted> => {
    next = { name, input };
    const events: readonly TurnEvent[] = await Array.fromAsync(kernel.client.prompt(session, [{ type: "text", text: "go" }], new AbortController().signal));
    const result = events.find((event) => event.type === "tool-result");
    if (result === undefined) throw new Error(`${name} had no result: ${JSON.stringify(events)}`);
    const text = result.content.map((block) => (block.type === "text" ? block.text : "")).join("");
    return { outcome: result.outcome, text, details: "details" in result ? result.details : undefined };
  };
  return {
    folder,
    home,
    questions,
    attempt,
    bash: (command, more = {}) => attempt("bash", { command, ...more }),
    has: (name) => existsSync(join(folder, name)),
    read: (name) => readFileSync(join(folder, name), "utf8"),
    put,
    prompt: () => JSON.stringify(model.requests.at(-1)),
    async [Symbol.asyncDispose]() {
      await kernel.close();
      rmSync(around, { recursive: true, force: true });
    },
  };
}
