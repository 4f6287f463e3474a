import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureOf, fileTools } from "./setting.ts";

test("a text is replaced, and the change is shown", async () => {
  await using claw = await fileTools({ "a.ts": "const a = 1;\nconst b = 2;\n" });
  await claw.call("read_file", { path: "a.ts" });
  expect(await claw.result("file_edit", { file_path: "a.ts", old_string: "b = 2", new_string: "b = 3" })).toEqual({
    content: [{ type: "text", text: "edited a.ts\n@@ -1,2 +1,2 @@\n const a = 1;\n-const b = 2;\n+const b = 3;" }],
    details: {
      path: join(claw.cwd, "a.ts"),
      patch: "--- a/a.ts\n+++ b/a.ts\n@@ -1,2 +1,2 @@\n const a = 1;\n-const b = 2;\n+const b = 3;\n",
      added: 1,
      removed: 1,
    },
  });
  await claw.call("file_edit", { file_path: "a.ts", old_string: "const", new_string: "let", replace_all: true });
  expect(await readFile(join(claw.cwd, "a.ts"), "utf8")).toBe("let a = 1;\nlet b = 3;\n");
});

test("several edits are done in order, all or none", async () => {
  await using claw = await fileTools({ "a.txt": "one two" });
  await claw.call("read_file", { path: "a.txt" });
  expect(
    await failureOf(
      claw.call("file_edit", {
        file_path: "a.txt",
        edits: [
          { old_string: "one", new_string: "1" },
          { old_string: "three", new_string: "3" },
        ],
      }),
    ),
  ).toMatch(/^TOOL_FAILED: old_string does not occur/u);
  expect(await readFile(join(claw.cwd, "a.txt"), "utf8")).toBe("one two");
  await claw.call("file_edit", {
    file_path: "a.txt",
    edits: [
      { old_string: "one", new_string: "two" },
      { old_string: "two", new_string: "2", replace_all: true },
    ],
  });
  expect(await readFile(join(claw.cwd, "a.txt"), "utf8")).toBe("2 2");
});

test("an input that says neither or both is refused", async () => {
  await using claw = await fileTools({ "a.txt": "x" });
  const refusal = "TOOL_INPUT_INVALID: file_edit: give old_string and new_string, or edits";
  for (const input of [{}, { old_string: "x" }, { new_string: "x" }, { old_string: "x", new_string: "y", edits: [{ old_string: "x", new_string: "y" }] }]) {
    expect(await failureOf(claw.call("file_edit", { file_path: "a.txt", ...input }))).toBe(refusal);
  }
});

test("a file must be read before, and must still be what was read", async () => {
  await using claw = await fileTools({ "a.txt": "one" });
  const edit = { file_path: "a.txt", old_string: "one", new_string: "two" };
  expect(await failureOf(claw.call("file_edit", edit))).toBe("TOOL_FAILED: a.txt exists and was not read in this session (read it with read_file first)");
  await claw.call("read_file", { path: "a.txt" });
  await writeFile(join(claw.cwd, "a.txt"), "one more");
  expect(await failureOf(claw.call("file_edit", edit))).toBe("PATH_CHANGED: a.txt has changed since it was read (read it again with read_file)");
});

test("what would change nothing, a missing file and no text are refused", async () => {
  await using claw = await fileTools({ "a.txt": "a\n", "main.ts": "" });
  await claw.call("read_file", { path: "a.txt" });
  expect(await failureOf(claw.call("file_edit", { file_path: "a.txt", old_string: "a\r\n", new_string: "a\n" }))).toBe(
    "TOOL_FAILED: the edit would change nothing in a.txt",
  );
  expect(await failureOf(claw.call("file_edit", { file_path: "man.ts", old_string: "a", new_string: "b" }))).toBe(
    "PATH_NOT_FOUND: man.ts does not exist; did you mean main.ts?",
  );
});

test("line ends, mark and encoding are kept", async () => {
  await using claw = await fileTools();
  const cases = [
    [Buffer.from("\uFEFFa\r\nb\r\n"), Buffer.from("\uFEFFx\r\ny\r\nb\r\n")],
    [Buffer.from("\uFEFFa\r\nb", "utf16le"), Buffer.from("\uFEFFx\r\ny\r\nb", "utf16le")],
    [Buffer.from("a\näöü", "latin1"), Buffer.from("x\ny\näöü", "latin1")],
  ] as const;
  for (const [index, [before, after]] of cases.entries()) {
    const path = `f${index}`;
    await writeFile(join(claw.cwd, path), before);
    await claw.call("read_file", { path });
    await claw.call("file_edit", { file_path: path, old_string: "a\n", new_string: "x\ny\n" });
    expect(await readFile(join(claw.cwd, path))).toEqual(after);
  }
  expect(await failureOf(claw.call("file_edit", { file_path: "f2", old_string: "x", new_string: "€" }))).toMatch(/^TOOL_FAILED: f2 is not UTF-8 but Latin-1/u);
});
