import { describe, expect, test } from "vitest";
import { formOf } from "../../../extensions/frontend-print/src/question.ts";
import { filesIn, read } from "../../architecture/source.ts";
import { attackedSession, hasWall } from "./attacked-session.ts";

/** safety.md §1c 53, §1f 83-87: what the person is shown and asked, and what names do. */
describe.skipIf(!hasWall)("what a person is asked", () => {
  test.each([" ".repeat(3_000), "\n".repeat(200), "\t".repeat(500), `; ${"true; ".repeat(40)}`])(
    "approval-prompt spoofing, Gemini CLI (Tracebit): what stands behind padding is in the question",
    async (padding) => {
      await using here = await attackedSession({ mode: "prompt", permissions: { allow: ["Bash(npm test)"] } });
      expect(await here.bash(`npm test${padding}; touch PWN`)).toMatchObject({ outcome: "denied" });
      const [question] = here.questions;
      expect([question === undefined ? "not asked" : formOf(question), here.has("PWN")]).toEqual([expect.stringContaining("touch PWN"), false]);
    },
  );

  test.each([
    ["tags", "ls \u{e0074}\u{e006f}\u{e0075}"],
    ["turned around", "ls \u202egpj.exe\u202c"],
    ["without width", "ls\u200b -la"],
    ["an escape", "ls \u001b[2K\u001b[1A"],
  ])("invisible unicode in a command (%s) is never taken for harmless, and the person sees it", async (_what, command) => {
    await using here = await attackedSession({ mode: "prompt", permissions: { allow: ["Bash(ls:*)"] } });
    expect(await here.bash(command)).toMatchObject({ outcome: "denied" });
    const [question] = here.questions;
    expect(question === undefined ? "not asked" : formOf(question)).not.toMatch(/[\u{e0000}-\u{e007f}\u202a-\u202e\u200b\u001b]/u);
  });

  test("invisible unicode in a file of rules is seen by the model, too, as what it is", async () => {
    const text = "Be kind.\u{e0069}\u{e0067}\u{e006e}\u202e\u200b\u001b[8m";
    await using here = await attackedSession({ mode: "prompt", trusted: true, files: { "AGENTS.md": text } });
    await here.bash("ls");
    expect([here.prompt().includes("Be kind."), /[\u{e0000}-\u{e007f}\u202e\u200b]|\\u001b/u.test(here.prompt())]).toEqual([true, false]);
  });

  test("hook/file-name injection: a name that is a command is a name", async () => {
    const names = ["$(touch PWN).txt", "`touch PWN`.txt", "a;touch PWN;.txt", "--help.txt", "a\ntouch PWN\n.txt", "-rf", "'; touch PWN; '.txt"];
    await using here = await attackedSession({ mode: "auto", files: Object.fromEntries(names.map((name) => [`src/${name}`, "needle\n"])) });
    expect(await here.attempt("grep", { pattern: "needle", path: "src" })).toMatchObject({ outcome: "ok" });
    expect(await here.attempt("glob", { pattern: "src/*" })).toMatchObject({ outcome: "ok" });
    for (const name of names) await here.attempt("read_file", { path: `src/${name}` });
    await here.bash("ls", { cwd: `${here.folder}/src` });
    expect([here.has("PWN"), here.has("src/PWN")]).toEqual([false, false]);
  });

  test("a question that nobody answered with yes runs nothing, however often it is asked", async () => {
    await using here = await attackedSession({ mode: "prompt" });
    for (let count = 0; count < 5; count += 1) expect(await here.bash("touch made")).toMatchObject({ outcome: "denied" });
    expect([here.questions.length, here.has("made")]).toEqual([5, false]);
  });
});

test("CVE-2026-46406: no file of a fixed name is made where others may write", () => {
  const sources = filesIn("{cli,kernel}/{src,kit}/**/*.ts", "extensions/*/src/**/*.ts");
  expect(sources.length).toBeGreaterThan(300);
  const found = sources.flatMap((path) => (read(path).match(/["'`]\/(?:var\/)?tmp\/[\w.-]+[^"'`]*/g) ?? []).map((text) => `${path}: ${text}`));
  expect(found).toEqual([]);
});
