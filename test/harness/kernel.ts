import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Asker, Host, TurnEvent } from "@claw/kernel";
import { type Choice, type EmbeddedExtension, type Kernel, type Limits, embedKernel } from "@claw/kernel/host";
import { type Script, scriptedModel, type FakeModel } from "./fake-model.ts";
import { type FakeClock, fakeClock, fakeHost, memoryHttp, memorySecrets } from "./fakes.ts";
import { memoryStore } from "./memory-store.ts";
import { plainWorkspace } from "./plain-workspace.ts";
import { realProcesses } from "./real-processes.ts";

export interface TestKernelOptions {
  readonly extensions?: readonly EmbeddedExtension[];
  readonly script?: Script;
  readonly config?: Choice["config"];
  readonly prefer?: Choice["prefer"];
  /** Files of the session's folder, by relative path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Instead of the harness's own implementation. */
  readonly services?: Readonly<Record<string, unknown>>;
  readonly asker?: Asker;
  readonly limits?: Limits;
  readonly environment?: Host["environment"];
  readonly tools?: readonly string[];
}

export interface TestKernel extends AsyncDisposable {
  readonly kernel: Kernel;
  readonly cwd: string;
  readonly host: Host;
  readonly clock: FakeClock;
  readonly model: FakeModel;
  /** Opens a session in `cwd`. */
  open(options?: { readonly resume?: string; readonly fork?: number | true }): Promise<string>;
  /** One turn; every event of it. An error it ends with is thrown after the events are in `seen`. */
  prompt(session: string, text: string, signal?: AbortSignal, seen?: TurnEvent[]): Promise<readonly TurnEvent[]>;
}

/** A whole kernel in memory, over a real temporary folder, with a scripted model. */
export async function testKernel(options: TestKernelOptions = {}): Promise<TestKernel> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "claw-test-")));
  const cwd = join(folder, "workspace");
  mkdirSync(cwd);
  for (const [path, text] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    writeFileSync(join(cwd, path), text);
  }
  const clock = fakeClock();
  const host = fakeHost(folder, clock, options.environment === undefined ? {} : { environment: options.environment });
  const model = scriptedModel(options.script ?? []);
  const extensions = options.extensions ?? [];
  const own: Readonly<Record<string, unknown>> = {
    host,
    models: model.models,
    workspace: plainWorkspace(),
    processes: realProcesses(host),
    http: memoryHttp(),
    secrets: memorySecrets(),
    "session-store": memoryStore(join(folder, "state")),
    ...options.services,
  };
  const provided = new Set(extensions.flatMap(({ manifest }) => Object.keys(manifest.provides?.["service"] ?? {})));
  const services = Object.fromEntries(Object.entries(own).filter(([id]) => !provided.has(id)));
  let count = 0;
  const kernel = embedKernel({
    extensions,
    host: (services["host"] ?? host) as Host,
    services,
    platform: process.platform,
    clock: () => clock.clock(),
    id: () => `00000000-0000-7000-8000-${String((count += 1)).padStart(12, "0")}`,
    // A test of what is held back looks at the plan.
    lenient: true,
    ...(options.prefer === undefined ? {} : { prefer: options.prefer }),
    ...(options.config === undefined ? {} : { config: options.config }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.tools === undefined ? {} : { tools: options.tools }),
    ...(options.asker === undefined ? {} : { asker: options.asker }),
  });
  return {
    kernel,
    cwd,
    host,
    clock,
    model,
    open: (more = {}) => kernel.client.open({ cwd, workspace: "0123456789abcdef", roots: [cwd], ...more }),
    async prompt(session, text, signal = new AbortController().signal, seen = []) {
      for await (const event of kernel.client.prompt(session, [{ type: "text", text }], signal)) seen.push(event);
      return seen;
    },
    async [Symbol.asyncDispose]() {
      const errors = await kernel.close();
      rmSync(folder, { recursive: true, force: true });
      if (errors.length > 0) throw new AggregateError(errors, "closing the kernel left errors");
    },
  };
}
