import { ClawError, type Exit, type Processes } from "@claw/kernel";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { failureOf, fileTools, ripgrep } from "./setting.ts";

const files = {
  "a.ts": "first\nneedle one\nlast\n",
  "src/b.ts": "Needle\n",
  "src/c.py": "needle\nneedle\n",
  "src/b:2-x.txt": "x\ny needle\nz\n",
  "ignored/d.ts": "needle\n",
  ".gitignore": "ignored/\n*.log\n",
  "e.log": "needle\n",
  ".hidden/f.ts": "needle\n",
  ".git/config": "needle\n",
};

test("files with matches are listed in the order of their paths", async () => {
  await using claw = await fileTools(files);
  expect(await claw.result("grep", { pattern: "needle" })).toEqual({
    content: [{ type: "text", text: ".hidden/f.ts\na.ts\nsrc/b:2-x.txt\nsrc/c.py" }],
    details: { mode: "files_with_matches", paths: [".hidden/f.ts", "a.ts", "src/b:2-x.txt", "src/c.py"], count: 4, cut: false },
  });
});

test("lines are shown with path and number, or counted", async () => {
  await using claw = await fileTools(files);
  expect(await claw.call("grep", { pattern: "needle", output_mode: "content", path: "src" })).toBe(
    "src/b:2-x.txt:2:y needle\nsrc/c.py:1:needle\nsrc/c.py:2:needle",
  );
  expect(await claw.call("grep", { pattern: "needle", output_mode: "content", "-n": false, "-i": true, type: "ts" })).toBe(
    ".hidden/f.ts:needle\na.ts:needle one\nsrc/b.ts:Needle",
  );
  expect(await claw.call("grep", { pattern: "needle", output_mode: "count", path: "src" })).toBe("src/b:2-x.txt:1\nsrc/c.py:2");
});

test("lines around a match are marked, and places apart are set apart", async () => {
  await using claw = await fileTools({ "a.txt": "1\n2-2\nx\n4\n5\n6\n7\nx\n", "b.txt": "x\n" });
  expect(await claw.call("grep", { pattern: "x", output_mode: "content", "-C": 1 })).toBe(
    "a.txt-2-2-2\na.txt:3:x\na.txt-4-4\n--\na.txt-7-7\na.txt:8:x\n--\nb.txt:1:x",
  );
  expect(await claw.call("grep", { pattern: "x", output_mode: "content", context: 1, path: "b.txt" })).toBe("b.txt:1:x");
  expect(await claw.call("grep", { pattern: "x", output_mode: "content", "-B": 1, "-A": 0, path: "a.txt" })).toBe(
    "a.txt-2-2-2\na.txt:3:x\n--\na.txt-7-7\na.txt:8:x",
  );
});

test("a glob or a type narrows the search, and brings back nothing that .gitignore names", async () => {
  await using claw = await fileTools({ ...files, "src/deep/g.ts": "needle\n", "src/deep/h.log": "needle\n" });
  const search = async (input: Readonly<Record<string, unknown>>) => (await claw.call("grep", { pattern: "needle", ...input })).split("\n");
  const none = ["no match for needle; files that .gitignore names were not searched"];
  expect(await search({ glob: "*.ts" })).toEqual([".hidden/f.ts", "a.ts", "src/deep/g.ts"]);
  expect(await search({ glob: "*.{ts,py}", path: "src" })).toEqual(["src/c.py", "src/deep/g.ts"]);
  expect(await search({ glob: "!*.ts", path: "src" })).toEqual(["src/b:2-x.txt", "src/c.py"]);
  expect(await search({ glob: "src/**/*.ts" })).toEqual(["src/deep/g.ts"]);
  expect(await search({ glob: "deep/*", path: "src" })).toEqual(["src/deep/g.ts"]);
  expect(await search({ glob: "g.*", type: "ts" })).toEqual(["src/deep/g.ts"]);
  expect(await search({ glob: "{src,lib}/{c,deep/g}.{py,ts}" })).toEqual(["src/c.py", "src/deep/g.ts"]);
  expect(await search({ glob: join(claw.cwd, "src/**") })).toEqual(["src/b:2-x.txt", "src/c.py", "src/deep/g.ts"]);
  for (const glob of ["*.log", "src/**/*.log", "ignored/*", ".git/*", "missing/*.ts"]) expect(await search({ glob })).toEqual(none);
  expect(await search({ glob: "*.log", ignored: true })).toEqual(["e.log", "src/deep/h.log"]);
  expect(await search({ glob: ".git/*", ignored: true })).toEqual(["no match for needle"]);
});

test("a match may span lines on request, and may begin with a dash", async () => {
  await using claw = await fileTools({ "a.txt": "begin\nmiddle\nend\n", "b.txt": "--files -e\r\nnext\r\n" });
  expect(await claw.call("grep", { pattern: "begin.*end", multiline: true, output_mode: "content" })).toBe("a.txt:1:begin\na.txt:2:middle\na.txt:3:end");
  expect(await claw.call("grep", { pattern: "--files -e$", output_mode: "content" })).toBe("b.txt:1:--files -e");
  expect(await claw.call("grep", { pattern: "next", glob: "--pre=touch" })).toBe("no match for next; files that .gitignore names were not searched");
});

test("many results are cut in a stable place, and read on from there", async () => {
  await using claw = await fileTools(Object.fromEntries(Array.from({ length: 400 }, (_, index) => [`d${index % 7}/f${index}.txt`, "needle\n"])));
  const all = (await claw.call("grep", { pattern: "needle", head_limit: 0 })).split("\n");
  expect(all.length).toBe(400);
  const pages: string[] = [];
  for (let offset = 0; offset < 400; offset += 150) {
    const lines = (await claw.call("grep", { pattern: "needle", head_limit: 150, offset })).split("\n");
    if (offset < 300) expect(lines.pop()).toBe(`[cut after 150 results; narrow the search, or read on with offset ${offset + 150}]`);
    pages.push(...lines);
  }
  expect(pages).toEqual(all);
  expect((await claw.call("grep", { pattern: "needle" })).split("\n").length).toBe(251);
  expect(await claw.call("grep", { pattern: "needle", offset: 400 })).toBe("no more than 400 results");
});

test("results are bounded in bytes, and long lines are cut", async () => {
  await using claw = await fileTools({ "wide.txt": `needle ${"x".repeat(5000)}\n`.repeat(400), "long.txt": `start ${"y".repeat(2_000_000)} stop\n` });
  const wide = await claw.call("grep", { pattern: "needle", output_mode: "content", head_limit: 0 });
  expect([
    wide.length > 60_000 && wide.length < 70_000,
    wide.split("\n")[0]?.endsWith("[... omitted end of long line]"),
    /\[cut after \d+ results; /u.test(wide),
  ]).toEqual([true, true, true]);
  expect((await claw.call("grep", { pattern: "stop", output_mode: "content" })).length).toBeLessThan(700);
});

test("a search that has enough ends its program", async () => {
  const started: Promise<Exit>[] = [];
  const watched: Processes = {
    start: async (command, options, call) => {
      const running = await ripgrep().start(command, options, call);
      started.push(running.exit);
      return running;
    },
  };
  await using claw = await fileTools({ "a.txt": "needle\n".repeat(2_000_000) }, watched);
  expect((await claw.call("grep", { pattern: "needle", output_mode: "content", head_limit: 2 })).split("\n").slice(0, 2)).toEqual([
    "a.txt:1:needle",
    "a.txt:2:needle",
  ]);
  // Killed, or broken off because nobody reads any more; the one that lists what was left out comes to its end.
  expect((await Promise.all(started)).map(({ code }) => code === 0)).toEqual([false, false, true]);
});

test("what ripgrep has against a search is said in its words", async () => {
  await using claw = await fileTools({ "a.txt": "x\n" });
  const complaint = async (input: object) => {
    const { content, failed } = await claw.result("grep", { pattern: "x", ...input });
    return [failed, content[0]?.type === "text" ? content[0].text : ""];
  };
  expect(await complaint({ pattern: "(open" })).toEqual([true, "rg: regex parse error:\n    (?:(open)\n    ^\nerror: unclosed group"]);
  expect(await complaint({ type: "nonsense" })).toEqual([true, "rg: unrecognized file type: nonsense"]);
});

test("a search that takes too long, a missing ripgrep and an abort end in a sentence", async () => {
  const ending = (exit: { readonly code: number | null; readonly timedOut: boolean }): Processes => ({
    start: async () => ({
      pid: 1,
      output: (async function* () {})(),
      exit: Promise.resolve({ ...exit, signal: null, contained: false }),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  });
  await using slow = await fileTools({}, ending({ code: null, timedOut: true }));
  expect(await failureOf(slow.call("grep", { pattern: "x" }))).toBe(
    "TOOL_FAILED: the search took longer than 60 seconds (search a smaller folder, or fewer files with glob or type)",
  );
  await using without = await fileTools(
    {},
    {
      start: async () => {
        throw new ClawError("PROGRAM_NOT_FOUND", "no", { program: "rg" });
      },
    },
  );
  expect(await failureOf(without.call("grep", { pattern: "x" }))).toBe(
    "PROGRAM_NOT_FOUND: grep needs ripgrep (rg), which comes with claw and is missing (install claw again, or ripgrep)",
  );
  await using claw = await fileTools({ "a.txt": "x" });
  const reason = new Error("enough");
  await expect(claw.call("grep", { pattern: "x" }, { signal: AbortSignal.abort(reason) })).rejects.toThrow();
});

test("nothing outside is searched: no path, no glob and no link leads there", async () => {
  await using claw = await fileTools({ "a.txt": "needle\n" });
  await mkdir(join(claw.cwd, "../outside"));
  await writeFile(join(claw.cwd, "../outside/secret.txt"), "needle\n");
  await symlink(join(claw.cwd, "../outside"), join(claw.cwd, "folder"));
  await symlink(join(claw.cwd, "../outside/secret.txt"), join(claw.cwd, "file.txt"));
  expect(await claw.call("grep", { pattern: "needle", ignored: true })).toBe("a.txt");
  for (const glob of ["../outside/*", "folder/*", "/**/secret.txt"])
    expect(await claw.call("grep", { pattern: "needle", glob, ignored: true })).toBe("no match for needle");
  for (const input of [{ path: ".." }, { path: "folder" }, { path: "file.txt" }, { path: "/" }])
    expect(await failureOf(claw.call("grep", { pattern: "needle", ...input }))).toMatch(/^PATH_OUTSIDE/u);
  expect(await failureOf(claw.call("grep", { pattern: "needle", path: "b.txt" }))).toBe("PATH_NOT_FOUND: b.txt does not exist; did you mean a.txt?");
});

const secrets = {
  ".env": "KEY=needle\n",
  "app/.env.local": "x\nneedle\n",
  "app/tls/server.pem": "needle\n",
  ".aws/credentials": "needle\n",
  "app/.env.example": "KEY=needle\n",
  "a.txt": "needle\n",
};
const leftOut =
  "[4 files were left out because they may hold secrets: .aws/credentials, .env, app/.env.local, app/tls/server.pem; name one as path to search it]";

test("a search of a folder shows nothing of files that may hold secrets, and says which they are", async () => {
  await using claw = await fileTools(secrets);
  expect(await claw.result("grep", { pattern: "needle" })).toEqual({
    content: [{ type: "text", text: `a.txt\napp/.env.example\n${leftOut}` }],
    details: {
      mode: "files_with_matches",
      paths: ["a.txt", "app/.env.example"],
      count: 2,
      cut: false,
      leftOut: [".aws/credentials", ".env", "app/.env.local", "app/tls/server.pem"],
    },
  });
  expect(await claw.call("grep", { pattern: "needle", output_mode: "content", "-C": 1 })).toBe(`a.txt:1:needle\n--\napp/.env.example:1:KEY=needle\n${leftOut}`);
  expect(await claw.call("grep", { pattern: "needle", output_mode: "count" })).toBe(`a.txt:1\napp/.env.example:1\n${leftOut}`);
  expect(await claw.call("grep", { pattern: "needle", head_limit: 1 })).toBe(
    `a.txt\n[cut after 1 results; narrow the search, or read on with offset 1]\n${leftOut}`,
  );
  expect(await claw.call("grep", { pattern: "needle", ignored: true, path: ".", multiline: true })).toBe(`a.txt\napp/.env.example\n${leftOut}`);
});

test("what is said of them does not depend on what is in them", async () => {
  await using claw = await fileTools(secrets);
  for (const pattern of ["KEY=n", "KEY=m", "nowhere"]) expect((await claw.call("grep", { pattern, output_mode: "content" })).split("\n").at(-1)).toBe(leftOut);
});

test("a glob does not reach them, and a search that is narrowed to other files does not speak of them", async () => {
  await using claw = await fileTools(secrets);
  const none = "no match for needle; files that .gitignore names were not searched";
  const only = (path: string): string => `${none}\n[1 file was left out because it may hold secrets: ${path}; name it as path to search it]`;
  expect(await claw.call("grep", { pattern: "needle", glob: ".env" })).toBe(only(".env"));
  expect(await claw.call("grep", { pattern: "needle", glob: "**/tls/*" })).toBe(only("app/tls/server.pem"));
  expect(await claw.call("grep", { pattern: "needle", glob: ".env.local", path: "app", output_mode: "content" })).toBe(only("app/.env.local"));
  expect(await claw.call("grep", { pattern: "needle", glob: "*.txt" })).toBe("a.txt");
  expect(await claw.call("grep", { pattern: "needle", type: "ts" })).toBe(none);
});

test("many of them are counted and some named", async () => {
  await using claw = await fileTools(Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`${index}.pem`, "needle\n"])));
  expect((await claw.call("grep", { pattern: "needle" })).split("\n")[1]).toBe(
    "[8 files were left out because they may hold secrets: 0.pem, 1.pem, 2.pem, 3.pem, 4.pem and 3 more; name one as path to search it]",
  );
});

test("a path that is such a file or folder was judged, and is searched", async () => {
  await using claw = await fileTools(secrets);
  expect(await claw.call("grep", { pattern: "needle", path: ".env", output_mode: "content" })).toBe(".env:1:KEY=needle");
  expect(await claw.call("grep", { pattern: "needle", path: ".aws" })).toBe(".aws/credentials");
  await symlink(join(claw.cwd, ".env"), join(claw.cwd, "harmless"));
  expect(await claw.call("grep", { pattern: "needle", path: "harmless", output_mode: "content" })).toBe("harmless:1:KEY=needle");
});

test("a session in such a folder has not been asked about it", async () => {
  await using claw = await fileTools(secrets);
  const cwd = join(claw.cwd, ".aws");
  expect(await claw.call("grep", { pattern: "needle" }, { cwd })).toMatch(
    /^no match for needle[^\n]*\n\[1 file was left out because it may hold secrets: credentials; /u,
  );
});

test("no file's name passes its lines off as another's", async () => {
  await using claw = await fileTools({ ".aws/a\nb": "needle\n", "ok.txt": "needle\n" });
  expect(await claw.call("grep", { pattern: "needle", output_mode: "content" })).toBe(
    "ok.txt:1:needle\n[1 file was left out because it may hold secrets: .aws/a\nb; name it as path to search it]",
  );
});

test("what is in a binary file is not printed", async () => {
  await using claw = await fileTools({ "a.bin": "x\0needle\n" });
  expect(await claw.call("grep", { pattern: "needle", output_mode: "content", path: "a.bin" })).toBe(
    'a.bin: binary file matches (found "\\0" byte around offset 1)',
  );
});
