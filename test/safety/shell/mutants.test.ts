import { expect, test } from "vitest";
import { createAnalyser } from "../../../extensions/shell-analysis/src/analyser.ts";
import { honest } from "../../../extensions/shell-analysis/test/corpus/honest.ts";
import { Random } from "../../fuzz/random.ts";
import { Oracle, place } from "./oracle.ts";
import { shared } from "./effects.ts";
import { hidings } from "./mutants.ts";
import { payloads } from "./payloads.ts";
import { isSame } from "./tree.ts";

const commands = Object.values(honest)
  .flat()
  .map(({ command }) => command);

test("a payload that is hidden in any of 90 ways in every third honest command keeps the command from being proven", () => {
  const analyser = createAnalyser();
  const random = new Random(5, 0);
  const proven: string[] = [];
  let mutants = 0;
  for (const command of commands.filter((_, at) => at % 3 === 0))
    for (const { name, hide } of hidings)
      for (const mutant of hide(command, random.pick(payloads))) {
        mutants += 1;
        if (analyser.analyse(mutant, place).class === "read-only") proven.push(`${name}: ${mutant}`);
      }
  expect(mutants).toBeGreaterThan(10_000);
  expect(proven).toEqual([]);
}, 120_000);

test("every payload does what it is for", async () => {
  using oracle = new Oracle();
  const inert: string[] = [];
  for (const payload of payloads) if (isSame(await oracle.run(payload))) inert.push(payload);
  expect(inert).toEqual([]);
});

test("whatever way it is hidden, it runs", async () => {
  using oracle = new Oracle();
  const inert: string[] = [];
  const runs = async (mutant: string): Promise<boolean> => mutant.includes("/dev/tcp/") || !isSame(await oracle.run(`${mutant}\nwait; sleep 0.1`));
  await shared(hidings, async ({ name, hide }) => {
    const mutants = ['ls "a.txt"', 'ls "nothere"'].map((command) => hide(command, "touch PWN")[0] ?? "");
    if (!(await runs(mutants[0] ?? "")) && !(await runs(mutants[1] ?? ""))) inert.push(`${name}: ${mutants.join(" / ")}`);
  });
  expect(inert).toEqual([]);
});

test("nothing of a hidden payload is left where it is not: the honest commands alone are proven", () => {
  const analyser = createAnalyser();
  expect(commands.filter((command) => analyser.analyse(command, { folder: "/ws/app", roots: ["/ws/app"], home: "/home/dev" }).class !== "read-only")).toEqual(
    [],
  );
});
