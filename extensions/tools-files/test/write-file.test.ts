import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureOf, fileTools } from "./setting.ts";

test("a new file is made with its folders, and a view can show it", async () => {
  await using claw = await fileTools();
  expect(await claw.result("write_file", { path: "a/b.txt", content: "one\ntwo\n" })).toEqual({
    content: [{ type: "text", text: "created a/b.txt (2 lines, 8 bytes)" }],
    details: { path: join(claw.cwd, "a/b.txt"), patch: "--- a/a/b.txt\n+++ b/a/b.txt\n@@ -0,0 +1,2 @@\n+one\n+two\n", added: 2, removed: 0 },
  });
  expect(await readFile(join(claw.cwd, "a/b.txt"), "utf8")).toBe("one\ntwo\n");
});

test("a file that this session has not read is not replaced; one that it has read or made is", async () => {
  await using claw = await fileTools({ "a.txt": "old\n" });
  const refusal = "TOOL_FAILED: a.txt exists and was not read in this session (read it with read_file first)";
  expect(await failureOf(claw.call("write_file", { path: "a.txt", content: "new" }))).toBe(refusal);
  await claw.call("read_file", { path: "a.txt" }, { session: "another" });
  expect(await failureOf(claw.call("write_file", { path: "a.txt", content: "new" }))).toBe(refusal);
  await claw.call("read_file", { path: "a.txt" });
  expect(await claw.call("write_file", { path: "a.txt", content: "new\n" })).toBe("replaced a.txt (1 line, 4 bytes; lines: +1 -1)");
  expect(await claw.call("write_file", { path: "./a.txt", content: "" })).toBe("replaced ./a.txt (0 lines, 0 bytes; lines: +0 -1)");
  await claw.call("write_file", { path: "b.txt", content: "x" });
  expect(await claw.call("write_file", { path: "b.txt", content: "y" })).toBe("replaced b.txt (1 line, 1 bytes; lines: +1 -1)");
});

test("a file that changed since it was read is not replaced", async () => {
  await using claw = await fileTools({ "a.txt": "old" });
  await claw.call("read_file", { path: "a.txt" });
  await writeFile(join(claw.cwd, "a.txt"), "theirs");
  expect(await failureOf(claw.call("write_file", { path: "a.txt", content: "ours" }))).toBe(
    "PATH_CHANGED: a.txt has changed since it was read (read it again with read_file)",
  );
  expect(await readFile(join(claw.cwd, "a.txt"), "utf8")).toBe("theirs");
});

test("line ends, mark and encoding of a file that is replaced are kept", async () => {
  await using claw = await fileTools();
  const cases = [
    [Buffer.from("a\r\nb\r\n"), "x\ny\n", Buffer.from("x\r\ny\r\n")],
    [Buffer.from("a\r\nb\n"), "x\ny\n", Buffer.from("x\ny\n")],
    [Buffer.from("\uFEFFa\n"), "x\n", Buffer.from("\uFEFFx\n")],
    [Buffer.from("\uFEFFa\r\nb", "utf16le"), "x\ny", Buffer.from("\uFEFFx\r\ny", "utf16le")],
    [Buffer.from("ä", "latin1"), "ö", Buffer.from("ö", "latin1")],
    [Buffer.from("ä", "latin1"), "€", Buffer.from("€")],
  ] as const;
  for (const [index, [before, content, after]] of cases.entries()) {
    const path = `f${index}`;
    await writeFile(join(claw.cwd, path), before);
    await claw.call("read_file", { path });
    await claw.call("write_file", { path, content });
    expect(await readFile(join(claw.cwd, path))).toEqual(after);
  }
});

test("a folder, and a place outside, cannot be written", async () => {
  await using claw = await fileTools({ "a/b.txt": "" });
  for (const path of ["../x.txt", "/etc/x.txt"]) expect(await failureOf(claw.call("write_file", { path, content: "" }))).toMatch(/^PATH_OUTSIDE/u);
  await expect(claw.call("write_file", { path: "a", content: "" })).rejects.toThrow();
});
