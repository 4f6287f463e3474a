import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Complaints } from "../src/complaints.ts";
import { messagesOf } from "../src/messages.ts";
import { never, ping, pong, serverOf, settingOf } from "./setting.ts";

const first = async (incoming: AsyncIterable<object>): Promise<unknown> => (await incoming[Symbol.asyncIterator]().next()).value;

test.each(["prefix", "bare"])("what is no message is passed over and said: %s", async (how) => {
  const setting = settingOf();
  await using transport = await setting.connect(serverOf(how));
  await transport.send(ping, never());
  expect(await first(transport.incoming)).toEqual(pong);
  expect(setting.log.filter((line) => line.includes("no message")).length).toBeGreaterThan(0);
});

test("a batch is its messages, and a line may end as on Windows", async () => {
  await using transport = await settingOf().connect(serverOf("batch"));
  const incoming = transport.incoming[Symbol.asyncIterator]();
  expect([(await incoming.next()).value, (await incoming.next()).value]).toEqual([{ a: 1 }, { b: 2 }]);
});

test("a message over the limit ends the connection", async () => {
  await using transport = await settingOf({ maxMessageBytes: 65_536 }).connect(serverOf("long"));
  await expect(first(transport.incoming)).rejects.toMatchObject({
    code: "MCP_PROTOCOL",
    message: "the MCP server echo sent a message of more than 65536 bytes",
  });
});

test("a server that ends unasked is quoted, without its colours", async () => {
  await using transport = await settingOf().connect(serverOf("dies"));
  await expect(first(transport.incoming)).rejects.toMatchObject({
    code: "MCP_UNREACHABLE",
    message: "the MCP server echo ended with exit code 3: no such database",
  });
});

test("one that ignores the end of its input and every request to end is ended", async () => {
  const setting = settingOf({ graceMs: 50 });
  const transport = await setting.connect(serverOf("stubborn"));
  await transport.send(ping, never());
  expect(await first(transport.incoming)).toEqual(pong);
  await transport[Symbol.asyncDispose]();
  expect(() => process.kill(setting.started[0] ?? 0, 0)).toThrow("ESRCH");
});

test("a server sees the variables of its entry, runs in its folder, and is started free or contained", async () => {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), "claw-mcp-")));
  try {
    process.env["CLAW_TEST_SECRET"] = "not for servers";
    const setting = settingOf();
    await using transport = await setting.connect(serverOf("environment", { env: { LEVEL: "info" }, cwd }));
    expect(await first(transport.incoming)).toMatchObject({ environment: { LEVEL: "info" }, cwd });
    const walled = settingOf({ sandbox: true, sandboxHosts: ["api.example.com"] });
    await using _contained = await walled.connect(serverOf(""));
    expect([setting.options[0]?.containment, walled.options[0]?.containment]).toEqual([
      { type: "free" },
      { type: "contained", hosts: ["api.example.com"], writable: [], readable: [], required: true },
    ]);
  } finally {
    delete process.env["CLAW_TEST_SECRET"];
    rmSync(cwd, { recursive: true, force: true });
  }
});

test("an entry without a command is refused before anything is started", async () => {
  const setting = settingOf();
  await expect(setting.connect({ name: "empty", transport: "stdio" })).rejects.toMatchObject({ code: "MCP_SERVER_INVALID" });
  expect(setting.started).toEqual([]);
});

test("no line of text is read as anything but objects, and none throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (line) => {
      for (const message of messagesOf(line) ?? []) expect(Array.isArray(message) || message === null || typeof message !== "object").toBe(false);
    }),
  );
});

test("what a server says for ever is kept for a while, in pieces of any size", () => {
  const lines: string[] = [];
  const complaints = new Complaints((line) => void lines.push(line));
  for (let count = 0; count < 1000; count += 1) complaints.take(Buffer.from(`line ${count} ${"é".repeat(1000)}\n`));
  complaints.take(Buffer.from("without an end ".repeat(100_000)));
  expect(lines.length).toBe(201);
  expect(Math.max(...lines.map(({ length }) => length), complaints.last.length)).toBeLessThanOrEqual(400);
});
