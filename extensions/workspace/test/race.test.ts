import { ClawError } from "@claw/kernel";
import { spawn, spawnSync } from "node:child_process";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { createWorkspace } from "../src/workspace.ts";
import { folderOf, type Folder } from "./setting.ts";

/**
 * A program that puts two entries in each other's place for as long as it lives, in one step where the machine has a way to (a
 * rename that exchanges), else in three; what was made in a free place meanwhile is put aside.
 */
const exchanger = `
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = [argument.encode() for argument in sys.argv[1:3]]
print("on", flush=True)
while True: libc.renameat2(-100, a, -100, b, 2)`;
const swapper = `
const { renameSync } = require("node:fs");
const [a, b] = process.argv.slice(1);
console.log("on");
let made = 0;
const aside = (path) => { try { renameSync(path, a + ".made" + made++); } catch {} };
const move = (from, to) => { for (;;) try { return renameSync(from, to); } catch { aside(to); } };
for (;;) { move(a, a + ".t"); move(b, a); move(a + ".t", b); }`;

type Swap = "exchange" | "in three steps";

async function swapping(how: Swap, a: string, b: string): Promise<AsyncDisposable> {
  const [program, args] = how === "exchange" ? ["python3", ["-c", exchanger]] : [process.execPath, ["-e", swapper]];
  const attacker = spawn(program, [...args, a, b], { stdio: ["ignore", "pipe", "ignore"] });
  await once(attacker.stdout, "data");
  return {
    async [Symbol.asyncDispose]() {
      const ended = once(attacker, "exit");
      attacker.kill("SIGKILL");
      await ended;
    },
  };
}

/** The project's tree again somewhere else, with secrets in it; nothing of it may be seen or changed. */
async function elsewhere(at: Folder): Promise<string> {
  const away = join(at.root, "../away");
  for (const path of ["x/y/z/a.txt", "y/z/a.txt", "z/a.txt", "a.txt"]) {
    await mkdir(dirname(join(away, path)), { recursive: true });
    await writeFile(join(away, path), "secret");
    await writeFile(join(away, dirname(path), "only-there.txt"), "secret");
  }
  return away;
}

async function treeOf(folder: string): Promise<readonly string[]> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => !entry.isDirectory());
  return (
    await Promise.all(files.map(async ({ parentPath, name }) => `${join(parentPath, name)} ${await readFile(join(parentPath, name), "utf8")}`))
  ).toSorted();
}

const refusals = new Set(["PATH_OUTSIDE", "PATH_CHANGED", "PATH_NOT_FOUND", "PATH_UNREADABLE", "PATH_NOT_FILE"]);

async function outcomeOf(attempt: Promise<string>): Promise<string> {
  try {
    return await attempt;
  } catch (error) {
    if (ClawError.is(error) && refusals.has(error.code)) return error.code;
    throw error;
  }
}

const path = "x/y/z/a.txt";
/** Every component of the path, with the link that takes its place. */
const components: readonly (readonly [what: string, link: string])[] = [
  ["x", "x"],
  ["x/y", "x/y"],
  ["x/y/z", "x/y/z"],
  ["x/y/z/a.txt", "x/y/z/a.txt"],
];
const canExchange = process.platform === "linux" && spawnSync("python3", ["-c", "import ctypes"]).status === 0;
const swaps: readonly Swap[] = canExchange ? ["exchange", "in three steps"] : ["in three steps"];
/** Of each of reading, writing and listing, for each component: thousands in all. */
const rounds = 400;

describe.each(swaps)("a component that changes places with a link to elsewhere (%s)", (how) => {
  test.each(components)("%s: nothing outside is read, written or listed", { timeout: 30_000 }, async (component) => {
    await using at = await folderOf({ [path]: "mine", "b.txt": "" });
    const away = await elsewhere(at);
    const before = await treeOf(away);
    await symlink(join(away, component), join(at.root, "link"));
    const workspace = createWorkspace(undefined);
    const seen = new Set<string>();
    {
      await using _ = await swapping(how, join(at.root, component), join(at.root, "link"));
      for (let round = 0; round < rounds; round += 1) {
        seen.add(await outcomeOf(workspace.readText(path, at.call)));
        seen.add(await outcomeOf(workspace.write(path, Buffer.from("mine"), at.call).then(() => "written")));
        seen.add(await outcomeOf(workspace.write(`${dirname(path)}/new/${round % 7}.txt`, Buffer.from("x"), at.call).then(() => "written")));
        seen.add(await outcomeOf(listing(workspace, at)));
      }
    }
    expect([...seen].filter((outcome) => !refusals.has(outcome)).toSorted()).toEqual(["listed", "mine", "written"]);
    // The attacker was there: something was refused.
    expect(seen.size).toBeGreaterThan(3);
    expect(await treeOf(away)).toEqual(before);
  });
});

async function listing(workspace: ReturnType<typeof createWorkspace>, at: Folder): Promise<string> {
  for await (const file of workspace.list("x", at.call)) {
    if (!file.path.startsWith(`${at.root}/`) || file.path.includes("only-there")) return file.path;
  }
  return "listed";
}
