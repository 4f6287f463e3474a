import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { toolName } from "../src/tool-names.ts";
import { type Behaviour, never, politely, started, tool, wire } from "./setting.ts";
import fc from "fast-check";

const echo: Behaviour = (heard, peer) => {
  if (heard.method === "tools/call") peer.answer(heard, { content: [{ type: "text", text: `${JSON.stringify(heard.params?.["name"])} was called` }] });
  if (heard.method === "resources/list") peer.answer(heard, { resources: [{ uri: "note://1", name: "first" }] });
  if (heard.method === "resources/read") peer.answer(heard, { contents: [{ uri: heard.params?.["uri"], text: "what it says" }] });
};
const toolsOf = (requests: readonly { readonly tools: readonly { readonly name: string }[] }[], index: number): readonly string[] =>
  (requests[index]?.tools ?? []).map(({ name }) => name).filter((name) => name.startsWith("mcp__"));

test("a model is offered a server's tools, and its call is the server's", async () => {
  const own = wire(() => politely([tool("save", { annotations: { readOnlyHint: true } }), tool("load")], echo));
  await using at = await started(["notes"], own, { script: [{ calls: [{ name: "mcp__notes__save", input: { x: 1 } }] }, "done"] });
  const events = await at.claw.prompt(await at.claw.open(), "go");
  expect(toolsOf(at.claw.model.requests, 0)).toEqual(["mcp__notes__load", "mcp__notes__save"]);
  expect(events.find(({ type }) => type === "tool-result")).toMatchObject({ outcome: "ok", content: [{ type: "text", text: '"save" was called' }] });
});

test.each([{ annotations: { readOnlyHint: true, destructiveHint: false } }, {}])(
  "missing annotations treated as harmless: whatever a server says of its harmlessness, or does not say, its tools may do anything: %j",
  async (about) => {
    const own = wire(() => politely([tool("look", about)], echo));
    const effects: unknown[] = [];
    const classifier = {
      manifest: {
        name: "test/watch",
        version: "1.0.0",
        engines: { claw: "^1.0.0" },
        main: "./dist/index.mjs",
        permissions: {},
        hooks: { PreToolUse: { guard: {} } },
      },
      extension: {
        api: 1 as const,
        activate: (claw: { on: (...all: readonly unknown[]) => void }) =>
          claw.on("PreToolUse", "guard", async ({ call }: { readonly call: { readonly effect: string } }) => void effects.push(call.effect)),
      },
    };
    await using at = await started(["notes"], own, { script: [{ calls: [{ name: "mcp__notes__look" }] }, "done"], extensions: [classifier as never] });
    await at.claw.prompt(await at.claw.open(), "go");
    expect(effects).toEqual(["execute"]);
  },
);

test("the next start offers the same tools at once, before any server has answered", async () => {
  const slow = Promise.withResolvers<void>();
  let isFirst = true;
  const own = wire(async () => {
    if (!isFirst) await slow.promise;
    return politely([tool("a")], echo);
  });
  const first = await started(["notes"], own);
  await first.servers.connect("notes", never());
  await delay(100);
  isFirst = false;
  // The second start has the first one's folders.
  const second = await started(["notes"], own, { config: { startWaitMs: 8000 }, script: ["done"], services: { host: first.claw.host } });
  await second.claw.prompt(await second.claw.open(), "go");
  expect(toolsOf(second.claw.model.requests, 0)).toEqual(["mcp__notes__a"]);
  expect(second.servers.list()[0]?.status).toBe("connecting");
  slow.resolve();
  await second[Symbol.asyncDispose]();
  await first[Symbol.asyncDispose]();
});

test("a server that says its tools have changed is asked again", async () => {
  let tools = [tool("a")];
  let change: (() => void) | undefined;
  const own = wire(
    () => (heard, peer) =>
      politely(tools, (other, same) => {
        change = () => same.say({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
        echo(other, same);
      })(heard, peer),
  );
  await using at = await started(["notes"], own, { script: ["one", "two"] });
  const session = await at.claw.open();
  await at.claw.prompt(session, "go");
  tools = [tool("a"), tool("b")];
  change?.();
  for (let tries = 0; tries < 100 && at.servers.list()[0]?.tools !== 2; tries += 1) await delay(20);
  await at.claw.prompt(session, "go on");
  expect([toolsOf(at.claw.model.requests, 0), toolsOf(at.claw.model.requests, 1)]).toEqual([["mcp__notes__a"], ["mcp__notes__a", "mcp__notes__b"]]);
});

test("resources are listed and read by tools", async () => {
  const own = wire(() => politely([], echo));
  const script = [{ calls: [{ name: "ListMcpResourcesTool" }, { name: "ReadMcpResourceTool", input: { server: "notes", uri: "note://1" } }] }, "done"];
  await using at = await started(["notes"], own, { script });
  const events = await at.claw.prompt(await at.claw.open(), "go");
  expect(events.flatMap((event) => (event.type === "tool-result" ? [event.content] : []))).toEqual([
    [{ type: "text", text: "notes · note://1 · first" }],
    [{ type: "text", text: "what it says" }],
  ]);
});

test("a tool's name is one that every provider takes, and no other tool's", () => {
  expect(toolName("notes", "save_all")).toBe("mcp__notes__save_all");
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.string({ unit: "binary", maxLength: 300 }), (server, name) => {
      const full = toolName(server, name);
      expect(full).toMatch(/^mcp__[A-Za-z0-9_-]*__[A-Za-z0-9_-]*$/);
      expect(full.length).toBeLessThanOrEqual(64);
      const pair = JSON.stringify([server, name]);
      expect(seen.get(full) ?? pair).toBe(pair);
      seen.set(full, pair);
    }),
  );
  expect(toolName("a__b", "c")).not.toBe(toolName("a", "b__c"));
  expect(toolName("a", "b c")).not.toBe(toolName("a", "b_c"));
});
