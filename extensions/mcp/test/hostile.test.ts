import { setTimeout as delay } from "node:timers/promises";
import { ClawError } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { resourceContent, toolResultOf } from "../src/content.ts";
import { mostTools, resourcesOf, toolsOf } from "../src/server-tools.ts";
import { type Behaviour, never, politely, started, tool, wire } from "./setting.ts";

const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "none",
    (error: unknown) => (ClawError.is(error) ? error.code : String(error)),
  );
const quick = { connectTimeoutMs: 300, reconnectAttempts: 0 };

describe("a server that", () => {
  test.each<readonly [string, Behaviour, string]>([
    ["never says a word", () => undefined, "MCP_UNREACHABLE"],
    ["answers another's question", (heard, peer) => peer.say({ jsonrpc: "2.0", id: 999, result: heard }), "MCP_UNREACHABLE"],
    ["speaks of itself in a shape of its own", (heard, peer) => peer.answer(heard, { protocolVersion: 7 }), "MCP_PROTOCOL"],
    [
      "speaks a protocol nobody knows",
      (heard, peer) => peer.answer(heard, { protocolVersion: "1999-01-01", capabilities: {}, serverInfo: { name: "x", version: "1" } }),
      "MCP_PROTOCOL",
    ],
    ["hangs up at once", (_heard, peer) => peer.die(), "MCP_UNREACHABLE"],
    ["breaks", (_heard, peer) => peer.die(new ClawError("MCP_PROTOCOL", "too long a line", { server: "x" })), "MCP_PROTOCOL"],
    [
      "lists for ever",
      (heard, peer) => (heard.method === "tools/list" ? peer.answer(heard, { tools: [], nextCursor: `after ${heard.id}` }) : politely([])(heard, peer)),
      "MCP_PROTOCOL",
    ],
    [
      "lists no tools but something else",
      (heard, peer) => (heard.method === "tools/list" ? peer.answer(heard, { tools: "all" }) : politely([])(heard, peer)),
      "MCP_PROTOCOL",
    ],
  ])("%s is refused, and its connection ended", async (_what, behave, code) => {
    const own = wire(() => behave);
    await using at = await started(["odd"], own, { config: { ...quick, startWaitMs: 0 } });
    expect(await codeOf(at.servers.connect("odd", never()))).toBe(code);
    await delay(5);
    expect([at.servers.list()[0]?.status, own.seen.open]).toEqual(["failed", 0]);
  });

  test("floods its client with notifications does not keep it from working", async () => {
    const own = wire(() =>
      politely([tool("a")], (heard, peer) => {
        for (let count = 0; count < 5000; count += 1) peer.say({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "x" } });
        peer.answer(heard, { content: [{ type: "text", text: "still here" }] });
        peer.answer(heard, { content: [{ type: "text", text: "twice" }] });
      }),
    );
    await using at = await started(["loud"], own);
    expect(await at.servers.call("loud", "a", {}, { signal: never() })).toEqual({ content: [{ type: "text", text: "still here" }] });
    expect(await at.servers.call("loud", "a", {}, { signal: never() })).toEqual({ content: [{ type: "text", text: "still here" }] });
  });

  test("asks its client for things is told that it does none of them", async () => {
    const replies: unknown[] = [];
    const own = wire(() =>
      politely([tool("a")], (heard, peer) => {
        if (heard.method === undefined) return void replies.push((heard as { readonly error?: { readonly code: number } }).error?.code);
        if (heard.method !== "tools/call") return;
        for (const [id, method] of ["sampling/createMessage", "elicitation/create", "roots/list", "x/y"].entries())
          peer.say({
            jsonrpc: "2.0",
            id: `ask-${id}`,
            method,
            params: { messages: [], maxTokens: 1, message: "password?", requestedSchema: { type: "object", properties: {} } },
          });
        peer.answer(heard, { content: [] });
      }),
    );
    await using at = await started(["nosy"], own);
    expect(await at.servers.call("nosy", "a", {}, { signal: never() })).toEqual({ content: [{ type: "text", text: "(no output)" }] });
    await delay(20);
    expect(replies.length).toBe(4);
    expect(replies.every((code) => typeof code === "number" && code < 0)).toBe(true);
  });

  test("dies in the middle of a call ends the call", async () => {
    const own = wire(() => politely([tool("a")], (heard, peer) => void (heard.method === "tools/call" && peer.die())));
    await using at = await started(["frail"], own);
    expect(await codeOf(at.servers.call("frail", "a", {}, { signal: never() }))).toBe("MCP_UNREACHABLE");
  });
});

describe("what a server lists", () => {
  test("is left out where no model may have it", () => {
    const { tools, leftOut } = toolsOf([
      tool("ok", { description: "fine\u001B[31m \u202Ered" }),
      tool("ok"),
      tool("elsewhere", { inputSchema: { type: "object", properties: { x: { $ref: "https://evil.example/schema.json" } } } }),
      tool("inside", { inputSchema: { type: "object", $defs: { a: {} }, properties: { x: { $ref: "#/$defs/a" } } } }),
      tool("huge", { inputSchema: { type: "object", description: "x".repeat(100_000) } }),
      tool("flat", { inputSchema: { type: "string" } }),
      { name: "" },
      null,
    ]);
    expect(tools.map(({ name, description }) => [name, description])).toEqual([
      ["inside", "The tool inside"],
      ["ok", "fine red"],
    ]);
    expect(leftOut.length).toBe(6);
    expect(toolsOf(Array.from({ length: 5000 }, (_value, index) => tool(`t${index}`))).tools.length).toBe(mostTools);
  });

  test("is read whatever it holds", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (listed) => {
        expect(() => [toolsOf(listed), resourcesOf(listed)]).not.toThrow();
      }),
    );
  });
});

describe("what a server answers", () => {
  test("keeps its images and documents, and names what no model is given", () => {
    const png = "iVBORw0KGgo=";
    expect(
      toolResultOf({
        content: [
          { type: "text", text: "one" },
          { type: "image", mimeType: "image/png", data: png },
          { type: "image", mimeType: "image/svg+xml", data: png },
          { type: "image", mimeType: "image/png", data: "not base64!" },
          { type: "audio", mimeType: "audio/wav", data: png },
          { type: "resource", resource: { uri: "a://b", text: "two" } },
          { type: "resource", resource: { uri: "a://c", mimeType: "application/pdf", blob: png } },
          { type: "resource_link", uri: "a://d", name: "d" },
          { type: "hologram" },
        ],
      }).content.map((block) => (block.type === "text" ? block.text : block.type)),
    ).toEqual([
      "one",
      "image",
      "(an image, image/svg+xml, 12 characters of base64: not shown)",
      "(an image, image/png, 11 characters of base64: not shown)",
      "(audio, audio/wav, 12 characters of base64: no model is given audio)",
      "two",
      "document",
      "(resource a://d, d: read_mcp_resource reads it)",
      '(a part of the kind "hologram", which claw does not know)',
    ]);
  });

  test("is shown as text when it is only data, and is bounded", () => {
    expect(toolResultOf({ structuredContent: { a: 1 } })).toEqual({ content: [{ type: "text", text: '{"a":1}' }], details: { structuredContent: { a: 1 } } });
    const { content } = toolResultOf({ content: Array.from({ length: 20 }, () => ({ type: "text", text: "x".repeat(1_000_000) })) });
    const length = content.reduce((sum, block) => sum + (block.type === "text" ? block.text.length : 0), 0);
    expect([length < 4_300_000, content.length]).toEqual([true, 5]);
  });

  test("never throws", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (result) => {
        expect(toolResultOf(result).content.length).toBeGreaterThan(0);
        expect(() => resourceContent(result)).not.toThrow();
      }),
    );
  });
});
