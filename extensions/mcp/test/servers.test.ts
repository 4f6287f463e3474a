import { setTimeout as delay } from "node:timers/promises";
import { ClawError, type ServerState } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { type Behaviour, mcp, memoryServer, never, politely, started, tool, wire } from "./setting.ts";
import { testKernel } from "@claw/testing";

const echo: Behaviour = (heard, peer) => {
  if (heard.method === "tools/call") peer.answer(heard, { content: [{ type: "text", text: JSON.stringify(heard.params?.["arguments"]) }] });
};
const codeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "none",
    (error: unknown) => (ClawError.is(error) ? error.code : String(error)),
  );

describe("a server", () => {
  test("is connected, listed and called by its name", async () => {
    const own = wire(() => politely([tool("b"), tool("a")], echo));
    await using at = await started(["notes"], own);
    expect(await at.servers.connect("notes", never())).toMatchObject({
      name: "notes",
      transport: "memory",
      status: "connected",
      server: { name: "test-server", version: "1.2.3" },
      protocolVersion: "2025-11-25",
      tools: 2,
    });
    expect((await at.servers.tools("notes", never())).map(({ name }) => name)).toEqual(["a", "b"]);
    expect(await at.servers.call("notes", "a", { x: 1 }, { signal: never() })).toEqual({ content: [{ type: "text", text: '{"x":1}' }] });
    expect(await codeOf(at.servers.connect("note", never()))).toBe("MCP_SERVER_UNKNOWN");
    await expect(at.servers.connect("note", never())).rejects.toMatchObject({ data: { suggestions: ["notes"] } });
  });

  test("tells its states to whoever watches, and to whoever asks", async () => {
    const own = wire(() => politely([]));
    await using at = await started([], own);
    const over = new AbortController();
    const states: ServerState[] = [];
    const watching = (async () => {
      for await (const state of at.servers.changes(over.signal)) states.push(state);
    })();
    await at.servers.add({ name: "late", transport: "memory" });
    await at.servers.connect("late", never());
    await at.servers.disconnect("late");
    over.abort();
    await watching;
    expect(states.map(({ name, status }) => [name, status])).toEqual([
      ["late", "connecting"],
      ["late", "connected"],
      ["late", "disconnected"],
    ]);
    await at.servers.remove("late");
    expect([at.servers.list(), own.seen.open]).toEqual([[], 0]);
  });

  test("that breaks is connected again by itself, and a call in between waits for that", async () => {
    let die: (() => void) | undefined;
    const own = wire(() =>
      politely([tool("a")], (heard, peer) => {
        die = () => peer.die();
        echo(heard, peer);
      }),
    );
    await using at = await started(["notes"], own);
    await at.servers.call("notes", "a", {}, { signal: never() });
    die?.();
    await delay(20);
    const [state] = at.servers.list();
    expect([state?.status, state?.failure?.code, state?.retryAt === undefined]).toEqual(["failed", "MCP_UNREACHABLE", false]);
    expect(await at.servers.call("notes", "a", { again: true }, { signal: never() })).toMatchObject({ content: [{ text: '{"again":true}' }] });
    expect(own.seen).toEqual({ connects: 2, open: 1 });
  });

  test("that comes back is found without anybody asking", { timeout: 10_000 }, async () => {
    let dead = false;
    let die: (() => void) | undefined;
    const own = wire((server) => {
      if (dead) throw new ClawError("MCP_UNREACHABLE", "not there", { server: server.name }, { retryable: true });
      return politely([tool("a")], (heard, peer) => {
        die = () => peer.die();
        echo(heard, peer);
      });
    });
    await using at = await started(["notes"], own);
    await at.servers.call("notes", "a", {}, { signal: never() });
    dead = true;
    die?.();
    await delay(50);
    dead = false;
    for (let tries = 0; tries < 200 && at.servers.list()[0]?.status !== "connected"; tries += 1) await delay(20);
    expect(at.servers.list()[0]?.status).toBe("connected");
  });

  test("that was disconnected stays so", async () => {
    const own = wire(() => politely([]));
    await using at = await started(["notes"], own, { config: { reconnectAttempts: 5 } });
    await at.servers.connect("notes", never());
    await at.servers.disconnect("notes");
    await delay(50);
    expect([at.servers.list()[0]?.status, own.seen]).toEqual(["disconnected", { connects: 1, open: 0 }]);
  });

  test("that wants to know who asks is not asked again until a person does something", async () => {
    const own = wire((server) => {
      throw new ClawError("MCP_AUTH_REQUIRED", "log in", { server: server.name });
    });
    await using at = await started(["notes"], own);
    expect(await codeOf(at.servers.connect("notes", never()))).toBe("MCP_AUTH_REQUIRED");
    const [state] = at.servers.list();
    expect([state?.status, state?.retryAt]).toEqual(["auth-required", undefined]);
  });

  test("whose transport nobody brings says which extension does", async () => {
    await using claw = await testKernel({ extensions: [mcp], config: { "claw/mcp": { servers: { far: { url: "https://mcp.example" }, odd: memoryServer } } } });
    const servers = await claw.kernel.service<import("@claw/kernel").McpServers>("mcp");
    await expect(servers.connect("far", never())).rejects.toMatchObject({ code: "MCP_SERVER_INVALID", fix: "claw ext add mcp-http" });
    await expect(servers.connect("odd", never())).rejects.toMatchObject({ code: "MCP_SERVER_INVALID", fix: "use one of stdio, http, sse and ws" });
  });
});

describe("a call", () => {
  test("that is aborted tells the server, and the next one is not confused", async () => {
    const cancelled: unknown[] = [];
    const own = wire(() =>
      politely([tool("slow"), tool("a")], (heard, peer) => {
        if (heard.method === "notifications/cancelled") cancelled.push(heard.params?.["requestId"]);
        if (heard.params?.["name"] !== "slow") echo(heard, peer);
      }),
    );
    await using at = await started(["notes"], own);
    await at.servers.connect("notes", never());
    const over = new AbortController();
    const slow = at.servers.call("notes", "slow", {}, { signal: over.signal });
    setTimeout(() => over.abort(new Error("enough")), 20);
    await expect(slow).rejects.toThrow("enough");
    expect(await at.servers.call("notes", "a", { x: 2 }, { signal: never() })).toMatchObject({ content: [{ text: '{"x":2}' }] });
    expect(cancelled.length).toBe(1);
  });

  test("that is not answered ends in time, and one that makes progress is waited for", async () => {
    const progress: unknown[] = [];
    const own = wire(() =>
      politely([tool("silent"), tool("busy")], (heard, peer) => {
        if (heard.params?.["name"] !== "busy") return;
        const token = (heard.params["_meta"] as { readonly progressToken?: number } | undefined)?.progressToken;
        for (const step of [1, 2, 3])
          setTimeout(
            () =>
              peer.say({
                jsonrpc: "2.0",
                method: "notifications/progress",
                params: { progressToken: token, progress: step, total: 3, message: "\u001B[31mworking" },
              }),
            step * 80,
          );
        setTimeout(() => peer.answer(heard, { content: [{ type: "text", text: "done" }] }), 300);
      }),
    );
    await using at = await started(["notes"], own);
    const options = { signal: never(), timeoutMs: 150 };
    expect(await codeOf(at.servers.call("notes", "silent", {}, options))).toBe("MCP_UNREACHABLE");
    expect(await at.servers.call("notes", "busy", {}, { ...options, progress: (block) => void progress.push(block) })).toMatchObject({
      content: [{ text: "done" }],
    });
    expect(progress).toEqual(["1", "2", "3"].map((step) => ({ type: "text", text: `${step} of 3: working` })));
  });

  test("that the server refuses is its refusal, and one that fails is a result", async () => {
    const own = wire(() =>
      politely([tool("a")], (heard, peer) => {
        if (heard.params?.["name"] === "bad") peer.say({ jsonrpc: "2.0", id: heard.id, error: { code: -32602, message: "no such tool\u001B[2J" } });
        else peer.answer(heard, { content: [{ type: "text", text: "it broke" }], isError: true });
      }),
    );
    await using at = await started(["notes"], own);
    await expect(at.servers.call("notes", "bad", {}, { signal: never() })).rejects.toMatchObject({
      code: "MCP_REFUSED",
      message: expect.stringMatching(/no such tool$/) as string,
      data: { number: -32602 },
    });
    expect(await at.servers.call("notes", "a", {}, { signal: never() })).toEqual({ content: [{ type: "text", text: "it broke" }], failed: true });
  });
});
