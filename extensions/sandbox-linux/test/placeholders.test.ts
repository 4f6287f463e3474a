import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { createPlaceholders } from "../src/placeholders.ts";

const base = mkdtempSync(join(tmpdir(), "claw-placeholders-"));
afterAll(() => rmSync(base, { recursive: true }));
let [folder, journal, one, other] = ["", "", "", ""];
beforeEach(() => {
  folder = mkdtempSync(join(base, "test-"));
  [journal, one, other] = [join(folder, "state/journal.jsonl"), join(folder, "one"), join(folder, "other")];
});
/** What bubblewrap does as it binds over nothing. */
const made = (...paths: readonly string[]): void => paths.forEach((path) => writeFileSync(path, "", { flag: "a" }));
const lineOf = (pid: number | undefined, path: string): string => `${JSON.stringify({ pid, path })}\n`;
const write = (text: string): void => {
  mkdirSync(join(folder, "state"), { recursive: true });
  writeFileSync(journal, text);
};
const endedPid = (): number => spawnSync("/bin/true").pid;

test("what was held is taken away after the last who held it", () => {
  const placeholders = createPlaceholders(journal);
  placeholders.hold([one, other]);
  placeholders.hold([one]);
  made(one, other);
  placeholders.release([one, other]);
  expect([existsSync(one), existsSync(other), placeholders.holds(one), placeholders.holds(other)]).toEqual([true, false, true, false]);
  placeholders.release([one]);
  expect([existsSync(one), existsSync(journal), placeholders.holds(one)]).toEqual([false, false, false]);
});

test("it is written down before it is made", () => {
  createPlaceholders(journal).hold([one]);
  expect(readFileSync(journal, "utf8")).toBe(lineOf(process.pid, one));
});

test("what somebody has written into it, or put in its place, stays", () => {
  const placeholders = createPlaceholders(journal);
  placeholders.hold([one, other]);
  writeFileSync(one, "mine");
  mkdirSync(join(other, "below"), { recursive: true });
  placeholders.release([one, other]);
  expect([readFileSync(one, "utf8"), existsSync(join(other, "below"))]).toEqual(["mine", true]);
});

test("a folder is taken away as a file is, and is nobody's only as long as nothing is in it", () => {
  const placeholders = createPlaceholders(journal);
  placeholders.hold([one, other]);
  mkdirSync(one);
  mkdirSync(join(other, "below"), { recursive: true });
  expect([placeholders.holds(one), placeholders.holds(other)]).toEqual([true, false]);
  placeholders.release([one, other]);
  expect([existsSync(one), existsSync(other)]).toEqual([false, true]);
});

test("what a killed claw left is taken away at the next start", () => {
  write(lineOf(endedPid(), one) + lineOf(endedPid(), other));
  made(one);
  writeFileSync(other, "not empty");
  createPlaceholders(journal);
  expect([existsSync(one), existsSync(other), existsSync(journal)]).toEqual([false, true, false]);
});

test("what another claw that runs has put there stays, and is known as such", () => {
  const child = spawn("/bin/sleep", ["30"]);
  try {
    write(lineOf(child.pid, one));
    made(one);
    const placeholders = createPlaceholders(journal);
    expect(placeholders.holds(one)).toBe(true);
    placeholders.hold([one]);
    placeholders.release([one]);
    expect([existsSync(one), existsSync(journal)]).toEqual([true, true]);
  } finally {
    child.kill("SIGKILL");
  }
});

test("a journal that was tampered with takes nothing away that is not empty, and does not fail", () => {
  writeFileSync(one, "text");
  write(
    `not json\n{"pid":"1","path":"${one}"}\n{"pid":-1,"path":"${one}"}\n{"pid":0,"path":"${one}"}\n{"path":1}\nnull\n${lineOf(endedPid(), one)}${lineOf(endedPid(), "relative")}`,
  );
  createPlaceholders(journal);
  expect(readFileSync(one, "utf8")).toBe("text");
});
