/** A program with one sloppy extension, for stray.test.ts: prints what the kernel attributes an error to that nobody caught. */
import { createServer } from "node:net";
import { createKernel, resolve, type Manifest } from "@claw/kernel/host";
import type { AnyContext } from "./fixtures.ts";

const [way = ""] = process.argv.slice(2);
const leave = (here: string): void => {
  if (way === here) void Promise.reject(new Error(way));
};
const manifest: Manifest = {
  name: "acme/sloppy",
  version: "1.0.0",
  engines: { claw: "*" },
  permissions: {},
  hooks: { PreToolUse: { guard: {} } },
  provides: { tool: { reader: { description: "", effect: "read", input: {} } } },
};
const closed = createServer();
await new Promise<void>((done) => void closed.listen(0, "127.0.0.1", done));
const { port } = closed.address() as { readonly port: number };
await new Promise((done) => void closed.close(done));

function activate(context: AnyContext): void {
  leave("a promise in activate");
  if (way === "a promise after a wait")
    void (async () => {
      await new Promise((done) => setTimeout(done, 5));
      throw new Error(way);
    })();
  if (way === "a timer")
    setTimeout(() => {
      throw new Error(way);
    }, 5);
  if (way === "a microtask")
    queueMicrotask(() => {
      throw new Error(way);
    });
  if (way === "a socket")
    void fetch(`http://127.0.0.1:${port}`).catch(() => {
      throw new Error(way);
    });
  context.on("PreToolUse", "guard", async () => leave("a promise in a tap"));
  context.provide({ kind: "slot", id: "tool", version: 1 }, "reader", async () => (leave("a promise in a tool"), "read"));
}

const end = { type: "end", reason: "stop" } as const;
let requests = 0;
const models = {
  resolve: async () => ({ address: "fake/one", info: { id: "one", contextWindow: 1, tools: true, reasoning: false } }),
  async *stream() {
    if ((requests += 1) === 1) yield { type: "block", block: { type: "tool-call", id: "a", name: "reader", input: {} } };
    yield end;
  },
};
const store = { create: async () => undefined, append: async () => undefined, close: async () => undefined, scratch: () => "/nowhere" };
const kernel = createKernel({
  plan: resolve({
    choice: { extensions: { "acme/sloppy": "*" }, without: [], prefer: {}, config: {} },
    available: new Map([["acme/sloppy", { manifest, tier: "trusted", origin: "test" }]]),
    platform: "linux",
    version: "1.0.0",
    given: new Set(),
  }),
  load: async () => {
    leave("a promise while its module loads");
    return { api: 1, activate };
  },
  services: { models, "session-store": store },
  version: "1.0.0",
  now: () => new Date(0),
  clock: () => 0,
  id: () => "00000000-0000-7000-8000-000000000001",
});
const strays: unknown[] = [];
const stray = (error: unknown): void => void strays.push(kernel.stray(error) ?? null);
process.on("unhandledRejection", stray).on("uncaughtException", stray);
const session = await kernel.client.open({ cwd: "/", workspace: "0123456789abcdef", roots: ["/"] });
for await (const _ of kernel.client.prompt(session, [{ type: "text", text: "go" }], new AbortController().signal)) leave("the program");
leave("the program");
for (let tries = 0; strays.length === 0 && tries < 200; tries += 1) await new Promise((done) => setTimeout(done, 5));
console.log(JSON.stringify(strays.slice(0, 1)));
process.exit(0);
