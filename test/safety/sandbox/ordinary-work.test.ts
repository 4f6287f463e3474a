import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchAll } from "./escape-run.ts";
import { hasWall } from "./escape-suite.ts";
import { type EscapeWorld, giveTo, openWorld } from "./escape-world.ts";
import type { JobResult } from "./launcher-process.ts";

interface Work {
  readonly name: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly program: string;
  readonly printed: RegExp;
  /** A program that this machine may lack. */
  readonly needs?: string;
  readonly code?: number;
}

const git = "git -c user.name=a -c user.email=a@example.test";
const works: readonly Work[] = [
  {
    name: "runs the tests of a Node project",
    files: {
      "package.json": '{"type":"module"}',
      "sum.test.js": `import { test } from "node:test"; import assert from "node:assert"; import { fork } from "node:child_process"; import { createServer } from "node:http";
        test("sums", () => assert.equal(1 + 1, 2));
        test("starts a process and talks to it", async () => {
          const child = fork("./child.js"); const answer = await new Promise((resolve) => child.once("message", resolve)); assert.equal(answer, "hello"); child.kill();
        });
        test("serves itself", async () => {
          const server = createServer((_, response) => response.end("hello")); await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
          assert.equal(await (await fetch("http://127.0.0.1:" + server.address().port)).text(), "hello"); server.close(); server.closeAllConnections();
        });`,
      "child.js": 'process.send("hello"); setInterval(() => {}, 1000);',
    },
    program: "node --test",
    printed: /pass 3$/m,
  },
  {
    name: "compiles and runs a program",
    files: { Makefile: "hello: hello.c\n\t$(CC) -o $@ $<\n", "hello.c": '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n' },
    program: "make -s CC=gcc && ./hello",
    printed: /^hello$/m,
    needs: "/usr/bin/gcc",
  },
  {
    name: "makes a repository, commits, makes a branch and looks back",
    files: { "a.txt": "a\n" },
    program: `git init -q -b main . && git add a.txt && ${git} commit -q -m first && git checkout -q -b other && echo b >> a.txt && ${git} commit -q -am second && git log --format=%s && git status --short --branch && git stash list`,
    printed: /^second\nfirst\n## other$/m,
  },
  {
    name: "adds all there is to a repository, and nothing that is not there",
    files: { "a.txt": "a\n", "src/b.txt": "b\n" },
    program: `git init -q -b main . && git add -A && ${git} commit -q -m first && git ls-files && git status --short`,
    printed: /^(?:a\.txt\nsrc\/b\.txt\n)$/,
  },
  {
    name: "clones a repository with files that others obey, and looks at it",
    files: { "from/AGENTS.md": "a\n", "from/.npmrc": "", "from/.vscode/settings.json": "{}" },
    program: `git -C from init -q -b main && git -C from add -f . && ${git} -C from commit -q -m first && git clone -q from copy && git -C copy status --short && ls -A copy`,
    printed: /^\.git\n\.npmrc\n\.vscode\nAGENTS\.md\n$/,
  },
  {
    name: "works in a repository that was there",
    program: `git status --short >/dev/null && git checkout -q -b topic && echo c > c.txt && git add c.txt && ${git} commit -q -m third && git log --format=%s && git diff HEAD~1 --stat`,
    printed: /^third\nfirst\n c\.txt \| 1 \+/m,
  },
  {
    name: "runs Python, its child processes and its workers",
    files: {
      "work.py":
        "import multiprocessing, subprocess, sqlite3, tempfile\ndef double(n): return 2 * n\nif __name__ == '__main__':\n" +
        "    print(subprocess.run(['echo', 'child'], capture_output=True, text=True).stdout.strip())\n    with multiprocessing.Pool(2) as pool: print(pool.map(double, [1, 2]))\n" +
        "    base = sqlite3.connect('base.sqlite'); base.execute('create table t (a)'); base.commit(); print(tempfile.mkdtemp().startswith('/tmp'))\n",
    },
    program: "/usr/bin/python3 work.py",
    printed: /^child\n\[2, 4\]\nTrue$/m,
    needs: "/usr/bin/python3",
  },
  {
    name: "uses temporary files, archives and edits in place",
    files: { "a/b.txt": "one\n" },
    program:
      't=$(mktemp) && tar -czf "$t" a && mkdir out && tar -xzf "$t" -C out && sed -i s/one/two/ out/a/b.txt && cat out/a/b.txt && find . -name \'*.txt\' | xargs wc -l | tail -1 && mktemp -d | grep -c /tmp',
    printed: /^two\n.*2 total\n1$/m,
  },
  {
    name: "has pipes, background jobs, here-documents and a terminal's absence",
    program: 'sleep 0.05 & wait; cat <<< text | tr a-z A-Z; [ -t 0 ] || echo none; echo "$(id -u)" >/dev/null',
    printed: /^TEXT\nnone$/m,
  },
  { name: "has its status passed on", program: "exit 42", printed: /^$/, code: 42 },
  { name: "has its end by a signal passed on", program: "kill -TERM $$", printed: /^$/, code: 128 + 15 },
];

const persons = [
  ["root", { uid: 0, gid: 0 }],
  ["a plain user", process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 }],
] as const;

describe.each(persons)("ordinary work of %s inside the sandbox", (_who, person) => {
  const possible = hasWall && (person.uid !== 0 || process.getuid?.() === 0);
  let world: EscapeWorld;
  let results: ReadonlyMap<string, JobResult>;
  let workspaces: readonly string[];

  beforeAll(async () => {
    if (!possible) return;
    world = await openWorld(person);
    workspaces = works.map(({ files }, index) => {
      const workspace = world.openWorkspace(`w${index}`, files !== undefined);
      for (const [name, text] of Object.entries(files ?? {})) writeFile(join(workspace, name), text);
      giveTo([workspace], person);
      return workspace;
    });
    const jobs = works.map(({ program }, index) => ({
      id: `w${index}`,
      command: ["/bin/bash", "--norc", "--noprofile", "-c", program],
      workspace: workspaces[index] ?? "",
      terminal: false,
    }));
    results = await launchAll(world, { walled: true, home: world.home, jobs });
  }, 120_000);
  afterAll(() => world?.[Symbol.dispose]());

  test.skipIf(!possible).for(works.map((work, index) => ({ ...work, index })))("$name", ({ printed, code = 0, needs, index }, { skip, expect: expects }) => {
    skip(needs !== undefined && !existsSync(needs), `${needs} is not here`);
    const { output, code: status } = results.get(`w${index}`) ?? { output: "never started", code: null };
    expects({ output, status }).toEqual({ output: expect.stringMatching(printed), status: code });
  });

  test.skipIf(!possible)("leaves nothing in the workspace that it did not make", () => {
    const index = works.findIndex(({ name }) => name.startsWith("uses temporary"));
    expect(readdirSync(workspaces[index] ?? "").sort()).toEqual(["a", "out"]);
    expect(readFileSync(join(workspaces[index] ?? "", "out/a/b.txt"), "utf8")).toBe("two\n");
    expect(statSync(join(workspaces[index] ?? "", "out")).uid).toBe(person.uid);
  });
});

function writeFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
