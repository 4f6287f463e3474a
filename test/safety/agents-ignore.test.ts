import { mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClawError } from "@claw/kernel";
import { type Loaded, load } from "@claw/testing";
import { expect, test } from "vitest";
import manifest from "../../extensions/tools-files/extension.json" with { type: "json" };
import { ripgrep } from "../../extensions/tools-files/test/setting.ts";
import tools from "../../extensions/tools-files/src/index.ts";
import { createWorkspace } from "../../extensions/workspace/src/workspace.ts";

const secret = "hunter2-needle";
const files: Readonly<Record<string, string>> = {
  ".agentsignore": "*.key\n/private/\nconf/*.local\n",
  ".gitignore": "!*.key\n!private/\n!conf/*.local\n",
  ".ignore": "!*.key\n!private/\n",
  ".rgignore": "!*.key\n!private/\n",
  "a.key": secret,
  "src/b.key": secret,
  "private/c.txt": secret,
  "private/.gitignore": "!*\n",
  "conf/d.local": secret,
  "conf/.ignore": "!*.local\n",
  "src/open.txt": "needle in the open",
};

/** The file tools over the real workspace and a real ripgrep. */
async function fileTools(): Promise<Loaded> {
  const claw = await load(tools, { manifest: manifest as never, services: { processes: ripgrep(), workspace: createWorkspace(undefined) } });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(claw.cwd, path)), { recursive: true });
    await writeFile(join(claw.cwd, path), text);
  }
  await symlink("../a.key", join(claw.cwd, "src/alias.txt"));
  await symlink("../private", join(claw.cwd, "src/folder"));
  return claw;
}

const attempts: readonly (readonly [tool: string, input: Readonly<Record<string, unknown>>])[] = [
  ...["a.key", "./a.key", "src/b.key", "private/c.txt", "conf/d.local", "src/alias.txt", "src/folder/c.txt", "src/../a.key", "A.key/../a.key"].flatMap(
    (path) =>
      [
        ["read_file", { path }],
        ["grep", { pattern: "needle", path }],
        ["grep", { pattern: "needle", path, ignored: true, output_mode: "content" }],
        ["glob", { pattern: path }],
      ] as const,
  ),
  ...["private", "src/folder", "private/", "."].flatMap(
    (path) =>
      [
        ["grep", { pattern: "needle|hunter", path }],
        ["grep", { pattern: "needle|hunter", path, ignored: true, output_mode: "content", "-C": 3 }],
        ["grep", { pattern: "needle|hunter", path, ignored: true, output_mode: "count" }],
        ["grep", { pattern: "hunter", path, ignored: true, multiline: true }],
        ["grep", { pattern: "needle", path, glob: "*.key", ignored: true }],
        ["grep", { pattern: "needle", path, glob: "**/c.txt", ignored: true, output_mode: "content" }],
        ["grep", { pattern: "needle", path, glob: "!*.md", ignored: true, output_mode: "content" }],
        ["grep", { pattern: "[a-z]", path, ignored: true, head_limit: 0 }],
        ["glob", { pattern: "**/*", path, ignored: true }],
        ["glob", { pattern: "**/*.{key,local}", path, ignored: true }],
        ["glob", { pattern: "**/.*", path, ignored: true }],
      ] as const,
  ),
  ["grep", { pattern: "needle", type: "txt", ignored: true, output_mode: "content" }],
  ["grep", { pattern: "needle", glob: "private/*", ignored: true, output_mode: "content" }],
  ["glob", { pattern: "private/**", ignored: true }],
  ["glob", { pattern: "{a,src/b}.key", ignored: true }],
  ["read_file", { path: "a.kez" }],
  ["file_edit", { file_path: "a.key", old_string: "hunter2", new_string: "x" }],
  ["write_file", { path: "a.key", content: "x" }],
  ["write_file", { path: "private/new.txt", content: "x" }],
];

test("no tool shows or changes what .agentsignore names, by any name and whatever other ignore files say", async () => {
  await using claw = await fileTools();
  for (const [tool, input] of attempts) {
    const said = await claw
      .call(tool, input)
      .catch((error: unknown) => (ClawError.is(error) ? `${error.code} ${error.message}` : Promise.reject(error as Error)));
    const what = `${tool} ${JSON.stringify(input)}: ${said}`;
    expect(said, what).not.toContain("hunter2");
    const asked = Object.values(input).join(" ");
    for (const name of ["b.key", "c.txt", "d.local"]) if (!asked.includes(name)) expect(said, what).not.toContain(name);
    if (input["ignored"] === true && input["path"] === "." && tool === "grep" && input["glob"] === undefined && !String(input["pattern"]).startsWith("hunter"))
      expect(said, what).toContain("open.txt");
  }
});

test("what the judgement of a call allowed is read, searched and listed", async () => {
  await using claw = await fileTools();
  const at = (path: string): { readonly allowed: readonly string[] } => ({ allowed: [join(claw.cwd, path)] });
  expect(await claw.call("read_file", { path: "a.key" }, at("a.key"))).toContain(secret);
  expect(await claw.call("grep", { pattern: "needle", path: "private", output_mode: "content" }, at("private"))).toBe(`private/c.txt:1:${secret}`);
  expect(await claw.call("glob", { pattern: "*.txt", path: "private" }, at("private"))).toBe("private/c.txt");
});
