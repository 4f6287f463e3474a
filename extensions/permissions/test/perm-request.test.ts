import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClawError, type SlotView, type Tool } from "@claw/kernel";
import { requestOf } from "../src/perm-request.ts";
import { toolNames } from "../src/tool-names.ts";

const tools: SlotView<Tool<never>> = {
  names: ["acme_count"],
  owner: () => "acme/tools",
  about: (name) =>
    name === "acme_count" ? { effect: "write", input: { properties: { file: { type: "string", format: "path" }, text: { type: "string" } } } } : undefined,
  get: async () => undefined,
};
const names = toolNames(tools);
const read = (line: unknown) =>
  requestOf(typeof line === "string" ? line : JSON.stringify(line), { folder: "/w", roots: ["/w"], home: "/home/ann" }, tools, names);

test.each([
  [
    { tool: "bash", input: { command: "ls" } },
    { tool: "bash", effect: "execute", paths: [], cwd: "/w", roots: ["/w"] },
  ],
  [
    { tool: "Bash", input: { command: "ls", cwd: "sub" } },
    { tool: "bash", paths: ["/w/sub"] },
  ],
  [
    { tool: "Read", input: { path: "a.txt" } },
    { tool: "read_file", effect: "read", paths: ["/w/a.txt"] },
  ],
  [
    { tool: "Read", input: { file_path: "/etc/hosts" } },
    { tool: "read_file", paths: ["/etc/hosts"] },
  ],
  [
    { tool: "Edit", input: { file_path: "~/x" } },
    { tool: "file_edit", effect: "write", paths: ["~/x"] },
  ],
  [
    { tool: "Glob", input: { pattern: "src/**/*.ts" } },
    { tool: "glob", effect: "read", paths: [] },
  ],
  [
    { tool: "Glob", input: { pattern: "/etc/pam.d/*" } },
    { tool: "glob", paths: ["/etc/pam.d/"] },
  ],
  [
    { tool: "Glob", input: { pattern: "src/../../{a,b}/x" } },
    { tool: "glob", paths: ["/"] },
  ],
  [
    { tool: "WebFetch", input: { url: "https://x.com" } },
    { tool: "web_fetch", effect: "network", paths: [] },
  ],
  [
    { tool: "acme_count", input: { file: "f", text: "/etc/passwd" } },
    { effect: "write", paths: ["/w/f"] },
  ],
  [
    { tool: "mcp__a__b", input: { path: "x" } },
    { tool: "mcp__a__b", effect: "execute", paths: ["/w/x"] },
  ],
  [
    { tool: "bash", input: { command: "ls" }, workspace: "sub", settings: { permissions: { additionalDirectories: ["../other", "~/lib"] } } },
    { cwd: "/w/sub", roots: ["/w/sub", "/w/other", "/home/ann/lib"] },
  ],
  [
    { tool: "bash", input: { command: "ls" }, workspace: "~/sub" },
    { cwd: "/home/ann/sub", roots: ["/home/ann/sub"] },
  ],
])("%j", (line, call) => {
  expect(read(line).call).toMatchObject(call);
});

test("rules are taken from settings as a whole, or from the section alone", () => {
  const lists = { allow: ["Bash"], ask: [], deny: ["Read"] };
  const { allow, deny } = lists;
  expect([
    read({ tool: "bash", input: {}, settings: { permissions: { allow, deny } } }).settings?.lists,
    read({ tool: "bash", input: {}, settings: { allow, deny } }).settings?.lists,
    read({ tool: "bash", input: {} }).settings?.lists,
  ]).toEqual([lists, lists, undefined]);
});

describe("what it cannot mean is said in a sentence", () => {
  test.each([
    ["", "the line is empty"],
    [" \r", "the line is empty"],
    ["{", "no JSON"],
    ["[]", "no JSON object"],
    ["null", "no JSON object"],
    ['"ls"', "no JSON object"],
    [{}, '"tool" is missing'],
    [{ tool: 7, input: {} }, '"tool" is missing'],
    [{ tool: "bash" }, '"input" is missing'],
    [{ tool: "bash", input: [] }, '"input" is missing'],
    [{ tool: "bash", input: {}, mode: 1 }, '"mode" is no text'],
    [{ tool: "bash", input: {}, workspace: "" }, '"workspace" is no folder'],
    [{ tool: "bash", input: {}, workspace: "a\u0000b" }, '"workspace" is no folder'],
    [{ tool: "bash", input: {}, settings: [] }, '"settings" is no object'],
    [{ tool: "bash", input: {}, settings: { allow: "Bash" } }, "allow is no list of text"],
    [{ tool: "bash", input: {}, settings: { deny: [1] } }, "deny is no list of text"],
    [{ tool: "bash", input: {}, settings: { permissions: [] } }, "permissions is no object"],
    [{ tool: "bash", input: {}, settings: { permissions: { dney: ["Bash"] } } }, "permissions.dney is unknown"],
    [{ tool: "bash", input: {}, settings: { defaultMode: 7 } }, "defaultMode is no text"],
    [{ tool: "bash", input: {}, settings: { additionalDirectories: [7] } }, "additionalDirectories is no list of text"],
    [{ tool: "Read", input: {} }, "names no file"],
    [{ tool: "Edit", input: { file: "a.txt" } }, "names no file"],
    [{ tool: "grep", input: { pattern: "x", path: ["/etc"] } }, "a path of grep is no text"],
  ])("%j", (line, message) => {
    expect(() => read(line)).toThrow(expect.objectContaining({ code: "USAGE", message: expect.stringContaining(message) as unknown }));
  });

  test("whatever the line is, it is a call or a mistake of the one who wrote it", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.record({ tool: fc.string(), input: fc.dictionary(fc.string(), fc.jsonValue()) })), (line) => {
        try {
          expect(read(line).call.roots[0]).toBe("/w");
        } catch (error) {
          expect(ClawError.is(error, "USAGE")).toBe(true);
        }
      }),
    );
  });
});
