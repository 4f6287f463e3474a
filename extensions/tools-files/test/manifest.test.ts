import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";

interface ToolManifest {
  readonly description: string;
  readonly effect: string;
  readonly aliases: readonly string[];
  readonly input: { readonly properties: Readonly<Record<string, object>> };
}

const tools = async (): Promise<Readonly<Record<string, ToolManifest>>> =>
  (
    JSON.parse(await readFile(new URL("../extension.json", import.meta.url), "utf8")) as {
      readonly provides: { readonly tool: Readonly<Record<string, ToolManifest>> };
    }
  ).provides.tool;

test("the five tools cost every request less than 4 KB", async () => {
  const told = Object.entries(await tools()).map(([name, { description, input }]) => JSON.stringify({ name, description, input_schema: input }));
  expect(Buffer.byteLength(told.join(""))).toBeLessThan(4096);
});

test("names, effects and aliases are those that rules and other programs use", async () => {
  expect(Object.entries(await tools()).map(([name, { effect, aliases }]) => [name, effect, ...aliases])).toEqual([
    ["read_file", "read", "Read"],
    ["write_file", "write", "Write"],
    ["file_edit", "write", "Edit", "MultiEdit", "edit_file"],
    ["glob", "read", "Glob", "glob_search"],
    ["grep", "read", "Grep", "grep_search"],
  ]);
});
