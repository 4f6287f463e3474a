import { describe, expect, test } from "vitest";
import { createAnalyser } from "../../../extensions/shell-analysis/src/analyser.ts";
import { withoutEffect } from "./effects.ts";
import { hostile } from "./hostile/all.ts";
import { obeying } from "./hostile/obeying.ts";
import { Oracle, place } from "./oracle.ts";

const every = Object.values(hostile).flat();

test("the corpus is as large as it says, and says nothing twice", () => {
  expect(every.length).toBeGreaterThanOrEqual(2900);
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

test("every fourth hostile command is run, and has its effect; `npm run fuzz -- shell` runs all of them", { timeout: 180_000 }, async () => {
  using oracle = new Oracle();
  const quarter = every.filter((_, at) => at % 4 === 0);
  expect(quarter.length).toBeGreaterThan(700);
  expect(await withoutEffect(oracle, quarter)).toEqual([]);
});

test("what only reads starts programs in a planted repository", { timeout: 60_000 }, async () => {
  using oracle = new Oracle();
  expect(
    await withoutEffect(
      oracle,
      obeying.map(({ command }) => ({ command, effect: "starts" })),
    ),
  ).toEqual([]);
});
