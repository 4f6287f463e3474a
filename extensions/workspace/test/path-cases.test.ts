import { ClawError, type CallScope } from "@claw/kernel";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createWorkspace } from "../src/workspace.ts";
import { insideCases } from "./cases/inside.ts";
import { outsideCases } from "./cases/outside.ts";
import type { PathCase } from "./cases/path-case.ts";
import { stage, type Stage } from "./cases/stage.ts";

const codeOr = <T>(attempt: Promise<T>, say: (value: T) => string): Promise<string> =>
  attempt.then(say, (error: unknown) => (ClawError.is(error) ? error.code : Promise.reject(error as Error)));

const isServed = ({ only }: PathCase): boolean => only === undefined || (process.platform === "linux" && (only === "linux" || process.getuid?.() === 0));

/** Reads, lists and writes one path for real, on a disk of its own. */
async function happens(at: Stage, given: PathCase): Promise<PathCase> {
  const fd = openSync(at.root, "r");
  try {
    const said = (text: string): string =>
      text
        .replaceAll("{around}", at.around)
        .replaceAll("{root}", at.root)
        .replaceAll("{pid}", `${process.pid}`)
        .replaceAll("{fd}", `${fd}`)
        .replaceAll("{cwd}", process.cwd());
    const path = said(given.path);
    const call: CallScope = {
      session: "s",
      cwd: said(given.cwd ?? "{root}"),
      roots: [at.root, join(at.around, "extra")],
      scratch: join(at.around, "scratch"),
      allowed: (given.allowed ?? []).map(said),
      signal: new AbortController().signal,
    };
    const workspace = createWorkspace(join(at.around, "home"));
    const located = await workspace.locate(path, call).catch((error: unknown) => (ClawError.is(error) ? error.code : Promise.reject(error as Error)));
    const expected = said(given.place);
    const real = typeof located === "string" ? located : located.real;
    const isThere =
      given.place === "*" ||
      real === (given.place.startsWith("/") || given.place.startsWith("PATH_") ? expected : join(at.around, expected)) ||
      real === expected;
    const read = await codeOr(workspace.readText(path, call), (text) => text);
    const names: string[] = [];
    const listing = (async () => {
      for await (const file of workspace.list(path, call)) names.push(file.path);
    })();
    const base = typeof located === "string" ? "" : located.path;
    const list = await codeOr(listing, () => names.map((name) => name.slice(base.length + 1)).join(" "));
    const write = await codeOr(workspace.write(path, Buffer.from("written"), call), () => "written");
    if (write === "written" && typeof located !== "string") expect(await readFile(located.real, "utf8")).toBe("written");
    return { ...given, place: isThere ? given.place : real, read, list: given.list === "*" && !list.startsWith("PATH_") ? "*" : list, write };
  } finally {
    closeSync(fd);
  }
}

let untouched: Stage | undefined;
afterAll(() => untouched?.[Symbol.asyncDispose]());

const cases = [...insideCases, ...outsideCases];

test("there are many cases, and each is there once", () => {
  const keys = cases.map(({ path, cwd, allowed }) => JSON.stringify([path, cwd, allowed]));
  expect(new Set(keys).size).toBe(keys.length);
  expect(cases.length).toBeGreaterThanOrEqual(220);
});

test.each(cases.filter(isServed).map((one) => [JSON.stringify(one.path).slice(0, 60), one.place.slice(0, 60), one] as const))(
  "%s leads to %s",
  async (_path, _place, one) => {
    await using used = new AsyncDisposableStack();
    const at = used.use(untouched ?? (await stage()));
    untouched = undefined;
    const before = at.outside();
    expect(await happens(at, one)).toEqual(one);
    // Only what a judgement allowed by its real path is ever written outside.
    if (one.write !== "written" || one.allowed === undefined) expect(at.outside()).toBe(before);
    // Nothing was written: the next one finds what this one did.
    if (one.write === "written") return;
    used.move();
    untouched = at;
  },
);
