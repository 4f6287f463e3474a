import { existsSync, readFileSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import type {
  Command,
  Contract,
  Effect,
  Extension,
  Frontend,
  HookName,
  Judgement,
  ModelProvider,
  Classifier,
  Service,
  ToolCall,
  ToolResult,
  ViewNode,
} from "@claw/kernel";
import { ClawError } from "@claw/kernel";
import type { Manifest } from "@claw/kernel/host";
import { type TestKernel, type TestKernelOptions, testKernel } from "./kernel.ts";
import { watchLeaks } from "./leaks.ts";

export interface LoadOptions extends Omit<TestKernelOptions, "extensions" | "config"> {
  readonly config?: Readonly<Record<string, unknown>>;
  /** The manifest; without it, the extension.json nearest above the test file. */
  readonly manifest?: Manifest;
}

type PartialCall = {
  readonly effect?: Effect;
  readonly paths?: readonly string[];
  readonly tool?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly cwd?: string;
};

/** One extension, awake, among the harness's services. */
export interface Loaded extends AsyncDisposable {
  readonly test: TestKernel;
  readonly cwd: string;
  /** Runs a tool and answers its text. Input is validated as the kernel does. */
  call(tool: string, input: Readonly<Record<string, unknown>>, call?: Partial<ToolCall>): Promise<string>;
  result(tool: string, input: Readonly<Record<string, unknown>>, call?: Partial<ToolCall>): Promise<ToolResult>;
  classify(name: string, call: PartialCall): Promise<Judgement | undefined>;
  service<T>(service: Service<string, T>): T;
  provider(name: string): Promise<ModelProvider>;
  frontend(name: string): Promise<Frontend>;
  command(
    name: string,
    argv: readonly string[],
    options?: { readonly json?: boolean; readonly session?: string; readonly input?: string },
  ): Promise<{ readonly code: number; readonly shown: readonly ViewNode[]; readonly emitted: readonly object[] }>;
  /** Fires one stage of an event at this extension and answers what it answered. */
  fire(event: HookName, stage: string, payload: object): Promise<unknown>;
}

/** Loads one extension against the harness; disposing fails on anything it leaves behind. */
export async function load<C extends Contract>(extension: Extension<C>, options: LoadOptions = {}): Promise<Loaded> {
  const manifest = options.manifest ?? nearestManifest();
  const leaks = watchLeaks();
  const { config, manifest: _manifest, ...rest } = options;
  // The real context is made by the kernel; what is captured here is the tap functions, which nothing else hands out.
  const taps = new Map<string, (event: never, signal: AbortSignal) => Promise<unknown>>();
  const captured: Extension = {
    api: 1,
    activate: (claw) =>
      (extension as unknown as Extension).activate({
        ...claw,
        on: (event: never, stage: never, tap: never) => {
          taps.set(`${String(event)} ${String(stage)}`, tap);
          claw.on(event, stage, tap);
        },
      }),
  };
  const test = await testKernel({ ...rest, extensions: [{ manifest, extension: captured }], config: config === undefined ? {} : { [manifest.name]: config } });
  const { kernel, cwd } = test;
  const held = kernel.plan.heldBack[0];
  if (held !== undefined) throw new Error(`${held.extension} is held back: ${held.why}`);
  await kernel.wake(manifest.name);
  const controller = new AbortController();
  const services = new Map<string, unknown>();
  for (const id of [...Object.keys(manifest.provides?.["service"] ?? {}), ...(manifest.uses ?? []).map((use) => use.replace("?", ""))]) {
    services.set(id, await kernel.service(id).catch(() => undefined));
  }
  const scope = {
    session: "00000000-0000-7000-8000-0000000000ff",
    cwd,
    roots: [cwd],
    scratch: join(test.host.folders.state, "scratch"),
    signal: controller.signal,
  };
  const entry = async <T>(slot: string, name: string): Promise<T> => {
    const value = await kernel.entry<T>(slot, name);
    if (value === undefined)
      throw new ClawError("E_UNDECLARED", `${manifest.name} declares no ${slot} "${name}"`, { extension: manifest.name, what: `${slot} ${name}` });
    return value;
  };

  const result: Loaded["result"] = async (name, input, more = {}) => {
    const problems = await kernel.inputProblems(name, input);
    if (problems.length > 0) throw new ClawError("TOOL_INPUT_INVALID", `the input does not fit ${name}: ${problems.join("; ")}`, { tool: name, problems });
    const run = await entry<(input: Readonly<Record<string, unknown>>, call: ToolCall) => Promise<ToolResult | string>>("tool", name);
    const answer = await run(input, { ...scope, id: "call_1", allowed: [], progress: () => undefined, spill: (file) => spill(scope.scratch, file), ...more });
    return typeof answer === "string" ? { content: [{ type: "text", text: answer }] } : answer;
  };
  return {
    test,
    cwd,
    result,
    call: async (name, input, more) => textOf(await result(name, input, more)),
    classify: async (name, call) => {
      const classifier = await entry<Classifier>("classifier", name);
      return classifier(
        { id: "call_1", session: scope.session, cwd, roots: [cwd], tool: "bash", effect: "execute", input: {}, paths: [], ...call },
        controller.signal,
      );
    },
    service: <T>(token: Service<string, T>) => services.get(token.id) as T,
    provider: (name) => entry<ModelProvider>("provider", name),
    frontend: (name) => entry<Frontend>("frontend", name),
    async command(name, argv, { json = false, session, input } = {}) {
      const command = await entry<Command>("command", name);
      const shown: ViewNode[] = [];
      const emitted: object[] = [];
      const code = await command.run({
        argv,
        cwd,
        workspace: "0123456789abcdef",
        roots: [cwd],
        json,
        client: kernel.client,
        signal: controller.signal,
        input: bytesOf(input),
        show: (...nodes) => void shown.push(...nodes),
        emit: (record) => void emitted.push(record),
        flush: () => Promise.resolve(),
        ...(session === undefined ? {} : { session }),
      });
      return { code, shown, emitted };
    },
    fire: async (event, stage, payload) => {
      const tap = taps.get(`${event} ${stage}`);
      if (tap === undefined)
        throw new ClawError("E_UNDECLARED", `${manifest.name} does not tap ${event} ${stage}`, { extension: manifest.name, what: `${event} ${stage}` });
      return tap(payload as never, controller.signal);
    },
    async [Symbol.asyncDispose]() {
      controller.abort();
      await test[Symbol.asyncDispose]();
      await leaks.check();
    },
  };
}

async function spill(folder: string, name: string): ReturnType<ToolCall["spill"]> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, name);
  const file = await open(path, "a", 0o600);
  return { path, write: async (bytes) => void (await file.write(bytes)), [Symbol.asyncDispose]: () => file.close() };
}

const textOf = (result: ToolResult): string => result.content.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("\n");

function nearestManifest(): Manifest {
  const path = expect.getState().testPath;
  for (let folder = path === undefined ? "/" : dirname(path); ; folder = dirname(folder)) {
    const file = join(folder, "extension.json");
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Manifest;
    if (dirname(folder) === folder) throw new Error("no extension.json above the test file; give load() a manifest");
  }
}

async function* bytesOf(input: string | undefined): AsyncGenerator<Uint8Array, void> {
  if (input !== undefined) yield new TextEncoder().encode(input);
}
