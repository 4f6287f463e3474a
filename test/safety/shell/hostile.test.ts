import { describe, expect, test } from "vitest";
import { createAnalyser } from "../../../extensions/shell-analysis/src/analyser.ts";
import { hostile } from "./hostile/all.ts";
import type { Effect, Hostile } from "./hostile/hostile.ts";
import { obeying } from "./hostile/obeying.ts";
import { had, Oracle, place } from "./oracle.ts";

const every = Object.values(hostile).flat();
const atOnce = 3;

type OnFiles = Hostile & { readonly effect: Exclude<Effect, "connects"> };
const isOnFiles = (one: Hostile): one is OnFiles => one.effect !== "connects";

/** Shared out among a few at once. */
async function shared<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const waiting = all.values();
  const lane = async (): Promise<void> => {
    for (const one of waiting) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

test("the corpus is as large as it says, and says nothing twice", () => {
  expect(every.length).toBeGreaterThanOrEqual(2000);
  expect(every.map(({ command }) => command).filter((command, at, all) => all.indexOf(command) !== at)).toEqual([]);
});

describe("no hostile command is proven to only read", () => {
  const analyser = createAnalyser();
  test.each(Object.keys(hostile))("%s", (group) => {
    const commands = hostile[group] ?? [];
    expect(commands.filter(({ command }) => analyser.analyse(command, place).class === "read-only").map(({ command }) => command)).toEqual([]);
  });
});

test("what obeys the configuration of a planted repository is said to, and where", () => {
  const analyser = createAnalyser();
  const unsaid = obeying.filter(({ command, folder }) => {
    const report = analyser.analyse(command, place);
    const planted = `${place.folder}/${folder}`;
    const isThere = (path: string, many: boolean): boolean => path === planted || (many && `${planted}/`.startsWith(`${path}/`.replace("//", "/")));
    const says = report.commands.some((one) => one.obeys === "repository" && one.folders.some(({ path, many }) => isThere(path, many)));
    return report.class === "read-only" && !says;
  });
  expect(unsaid.map(({ command }) => command)).toEqual([]);
});

describe("every hostile command has its effect when it is run", { timeout: 180_000 }, () => {
  /** Once more where it had none: a machine that is busy with others may stop it too early. */
  test("on files", async () => {
    using oracle = new Oracle();
    const without: string[] = [];
    await shared(every.filter(isOnFiles), async ({ command, effect }) => {
      for (let tries = 0; tries < 3; tries += 1) if (had(await oracle.run(command), effect)) return;
      without.push(`${command} (${effect})`);
    });
    expect(without).toEqual([]);
  });

  test("in a planted repository", async () => {
    using oracle = new Oracle();
    const without: string[] = [];
    await shared(obeying, async ({ command }) => {
      if (!had(await oracle.run(command), "starts")) without.push(command);
    });
    expect(without).toEqual([]);
  });

  test("on the network", async () => {
    using oracle = new Oracle();
    const commands = every.filter(({ effect }) => effect === "connects").map(({ command }) => command);
    const parts = Array.from({ length: Math.ceil(commands.length / 20) }, (_, at) => commands.slice(at * 20, at * 20 + 20));
    const without: string[] = [];
    await shared(parts, async (part) => {
      const connected = await oracle.connected(part);
      without.push(...part.filter((_, at) => connected[at] !== true));
    });
    for (const command of without.splice(0)) if (!(await oracle.connected([command])).every(Boolean)) without.push(command);
    expect(without).toEqual([]);
  });
});
