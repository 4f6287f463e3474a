import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { resultsOf, toolExtension } from "./fixtures.ts";
import { pathsOf } from "../src/turn/input-paths.ts";

test("a tool that is not offered to the model is no tool of its session", async () => {
  let ran = 0;
  await using claw = await testKernel({
    extensions: [toolExtension("reader", async () => "read"), toolExtension("finder", async () => String((ran += 1)), { aliases: ["Find"] })],
    tools: ["READER"],
    script: [{ calls: [{ name: "finder" }, { name: "Find" }, { name: "find" }, { name: "reader" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events).map(({ outcome }) => outcome)).toEqual(["failed", "failed", "failed", "ok"]);
  expect([ran, resultsOf(events)[0]?.content]).toEqual([0, [{ type: "text", text: 'Error: there is no tool "finder"' }]]);
});

test.each([
  [{ type: 5 }],
  [{ properties: { a: { pattern: "(" } } }],
  [{ $ref: "https://example.test/x" }],
  [{ $ref: "#/$defs/missing" }],
  [{ properties: 3 }],
  [{ required: "a" }],
])("a tool whose schema is none (%j) is at fault for itself alone", async (input) => {
  await using claw = await testKernel({
    extensions: [toolExtension("odd", async () => "ran", { input }), toolExtension("reader", async () => "read")],
    script: [{ calls: [{ name: "odd", input: { a: "x" } }, { name: "reader" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(resultsOf(events)[1]?.outcome).toBe("ok");
  expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "done" });
});

const path = { type: "string", format: "path" };

test.each<readonly [string, Record<string, unknown>, unknown, readonly string[]]>([
  ["a property", { properties: { file: path } }, { file: "a", other: "b" }, ["a"]],
  ["a list", { properties: { files: { type: "array", items: path } } }, { files: ["a", "b"] }, ["a", "b"]],
  ["a list with places", { properties: { pair: { prefixItems: [path, { type: "string" }], items: path } } }, { pair: ["a", "b", "c"] }, ["a", "c"]],
  ["one of several forms", { anyOf: [{ properties: { file: path } }, { properties: { text: { type: "string" } } }] }, { file: "a", text: "b" }, ["a"]],
  ["all of several forms", { allOf: [{ oneOf: [{ properties: { file: path } }] }] }, { file: "a" }, ["a"]],
  ["a form for the rest", { properties: { text: { type: "string" } }, additionalProperties: path }, { text: "a", one: "b" }, ["b"]],
  ["a form by pattern", { patternProperties: { "^file": path } }, { file1: "a", text: "b" }, ["a"]],
  [
    "a condition",
    JSON.parse('{ "if": {}, "then": { "properties": { "to": { "format": "path" } } }, "else": { "properties": { "from": { "format": "path" } } } }') as Record<
      string,
      unknown
    >,
    { to: "a", from: "b" },
    ["a", "b"],
  ],
  [
    "a reference",
    { $defs: { file: path, tree: { properties: { file: path, below: { items: { $ref: "#/$defs/tree" } } } } }, $ref: "#/$defs/tree" },
    { file: "a", below: [{ file: "b" }] },
    ["a", "b"],
  ],
  ["the same twice", { properties: { file: path }, allOf: [{ properties: { file: path } }] }, { file: "a" }, ["a"]],
  ["a circle", { $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }, { file: "a" }, []],
  ["true, false and nonsense", { properties: { a: true, b: false, c: "text", d: null } }, { a: "x", b: "y", c: "z", d: "w" }, []],
])("judges see the paths of %s", (_name, schema, input, paths) => {
  expect(pathsOf(schema, input)).toEqual(paths);
});
