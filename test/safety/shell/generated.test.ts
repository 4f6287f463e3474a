import { expect, test } from "vitest";
import { Random } from "../../fuzz/random.ts";
import { differential } from "./generated/differential.ts";
import { spliced } from "./generated/spliced.ts";
import { Oracle } from "./oracle.ts";

test("of 2,000 generated commands, what is said to only read is a command to bash and leaves everything as it was", async () => {
  using oracle = new Oracle();
  const verdicts = await differential(oracle, 5, 2000);
  expect(verdicts.false).toEqual([]);
  expect(verdicts.commands).toBe(2000);
  expect(verdicts.proven).toBeGreaterThan(300);
}, 120_000);

test("of 3,000 honest commands with payloads cut into them, none that is said to only read changes anything", async () => {
  using oracle = new Oracle();
  const verdicts = await differential(oracle, 7, 3000, (seed, number) => spliced(new Random(seed, number)));
  expect(verdicts.false.filter(({ why }) => why === "it changed something")).toEqual([]);
  expect(verdicts.proven).toBeGreaterThan(100);
}, 120_000);

test("a command that writes is found among hundreds that do not", async () => {
  using oracle = new Oracle();
  const harmless = Array.from({ length: 200 }, (_, at) => `echo ${at}; cat a.txt`);
  expect(await oracle.runAll(harmless, 2)).toEqual({ same: true, refused: [] });
  expect(await oracle.runAll([...harmless, "echo x >> a.txt", "ls"], 2)).toEqual({ same: false, refused: [] });
  expect(await oracle.runAll([...harmless, "if", "cat <<E", "ls"], 2)).toEqual({ same: true, refused: ["if", "cat <<E"] });
}, 60_000);
