import { expect, test } from "vitest";
import { serverEntries } from "../src/server-entries.ts";
import { expanded } from "../src/variables.ts";

const environment = { HOME: "/home/me", TOKEN: "t0ken", EMPTY: "" };
const entriesOf = (servers: object, more: Readonly<Record<string, string>> = {}) =>
  serverEntries(servers as Parameters<typeof serverEntries>[0], { environment: { ...environment, ...more }, home: "/home/me" });
const specs = (read: ReturnType<typeof serverEntries>) => [...read.entries.values()].map(({ spec }) => spec);

test("an entry is written as in .mcp.json, with its variables filled in once", () => {
  const { entries, problems } = entriesOf({
    files: { command: "~/bin/server", args: ["--root", "${ROOT:-/srv}", "${TOKEN}"], env: { KEY: "${TOKEN}" }, cwd: "~/notes" },
    remote: { type: "streamable-http", url: "https://${HOST:-mcp.example}/mcp", headers: { Authorization: "Bearer ${TOKEN}" } },
    live: { type: "ws", url: "wss://mcp.example" },
    off: { command: "never", enabled: false },
  });
  expect(problems).toEqual([]);
  expect([...entries.values()].map(({ spec }) => spec)).toEqual([
    { name: "files", transport: "stdio", command: "/home/me/bin/server", args: ["--root", "/srv", "t0ken"], env: { KEY: "t0ken" }, cwd: "/home/me/notes" },
    { name: "remote", transport: "http", url: "https://mcp.example/mcp", headers: { Authorization: "Bearer t0ken" } },
    { name: "live", transport: "ws", url: "wss://mcp.example" },
  ]);
  expect(expanded("${A}", { A: "${TOKEN}" }).text).toBe("${TOKEN}");
  expect(expanded("${EMPTY:-else} $HOME ${9}", environment).text).toBe("else $HOME ${9}");
});

test("an entry that cannot be used says why, and keeps no other from being used", () => {
  const { entries, problems } = entriesOf({
    one: { command: "x", args: ["${GONE}", "${LOST}"] },
    two: {},
    three: { type: "stdio" },
    four: { command: "x", cwd: "relative" },
    five: { command: "x" },
  });
  expect([...entries.keys()]).toEqual(["five"]);
  expect(problems).toEqual([
    "the MCP server one cannot be used: GONE, LOST are not set",
    "the MCP server two cannot be used: it has no url",
    "the MCP server three cannot be used: it has no command",
    "the MCP server four cannot be used: its cwd relative is not absolute",
  ]);
});

test("allowed and denied tools are named with stars", () => {
  const { entries } = entriesOf({ a: { command: "x", allowedTools: ["get_*"], deniedTools: ["get_secret*"] }, b: { command: "x" } });
  const offered = (name: string): readonly boolean[] => ["get_it", "get_secrets", "put_it"].map((tool) => entries.get(name)?.offers(tool) ?? false);
  expect([offered("a"), offered("b")]).toEqual([
    [true, false, false],
    [true, true, true],
  ]);
});

test("the variable of old replaces what is configured, as a list or by name", () => {
  const list = JSON.stringify([{ name: "old", transport: "stdio", command: "srv", args: ["a"] }]);
  expect(specs(entriesOf({ configured: { command: "x" } }, { CLAUDE_MCP_SERVERS: list }))).toEqual([
    { name: "old", transport: "stdio", command: "srv", args: ["a"] },
  ]);
  expect(specs(entriesOf({}, { CLAUDE_MCP_SERVERS: '{"far":{"type":"sse","url":"https://x.example"}}' }))).toEqual([
    { name: "far", transport: "sse", url: "https://x.example" },
  ]);
  for (const broken of ["{", "7", '[{"command":"x"}]', '[{"name":"x","args":[1]}]', '{"x":{"command":7}}'])
    expect(entriesOf({ configured: { command: "x" } }, { CLAUDE_MCP_SERVERS: broken })).toMatchObject({
      entries: new Map(),
      problems: [expect.stringMatching(/^CLAUDE_MCP_SERVERS/) as string],
    });
});
