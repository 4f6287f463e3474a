/** `npm run fuzz -- shell [COUNT]`: what the shell analysis says only reads is run in a sandbox, and must leave everything as it was; what is hostile must not. */
import { honest } from "../../extensions/shell-analysis/test/corpus/honest.ts";
import { withoutEffect } from "../safety/shell/effects.ts";
import { differential, type FalseProof, tried } from "../safety/shell/generated/differential.ts";
import { spliced } from "../safety/shell/generated/spliced.ts";
import { hostile } from "../safety/shell/hostile/all.ts";
import { Oracle } from "../safety/shell/oracle.ts";
import { Random } from "./random.ts";

export async function fuzzShell(seed: number, count: number): Promise<boolean> {
  using oracle = new Oracle();
  return [await hostileCorpus(oracle), await honestCorpus(oracle), await generated(oracle, seed, count), await cutInto(oracle, seed, count)].every(Boolean);
}

async function hostileCorpus(oracle: Oracle): Promise<boolean> {
  const began = performance.now();
  const every = Object.values(hostile).flat();
  const without = await withoutEffect(oracle, every);
  line(without.length === 0, `${every.length} hostile commands run in ${since(began)} s: ${without.length} without their effect`);
  for (const command of without) process.stderr.write(`shell: it has no effect: ${JSON.stringify(command)}\n`);
  return without.length === 0;
}

/** What renews a cache of its own in the home folder is taken to only read: npm writes a log of each run. */
const caches = /\bnpm (?!--version)/;

async function honestCorpus(oracle: Oracle): Promise<boolean> {
  const began = performance.now();
  const commands = Object.values(honest)
    .flat()
    .map(({ command }) => command)
    .filter((command) => !caches.test(command));
  const wrong = await tried(oracle, commands);
  line(wrong.length === 0, `${commands.length} honest commands run in ${since(began)} s: ${wrong.length} of them change something`);
  tell(wrong);
  return wrong.length === 0;
}

async function generated(oracle: Oracle, seed: number, count: number): Promise<boolean> {
  const began = performance.now();
  const verdicts = await differential(oracle, seed, count);
  const good = verdicts.false.length === 0;
  line(
    good,
    `${verdicts.commands} commands in ${since(began)} s: ${verdicts.proven} said to only read, read by bash and run; ${verdicts.false.length} of them wrongly`,
  );
  tell(verdicts.false);
  return good;
}

/** What bash refuses does nothing; here a grammar need not see that it is refused. */
async function cutInto(oracle: Oracle, seed: number, count: number): Promise<boolean> {
  const began = performance.now();
  const verdicts = await differential(oracle, seed, count, (of, number) => spliced(new Random(of, number)));
  const wrong = verdicts.false.filter(({ why }) => why === "it changed something");
  line(
    wrong.length === 0,
    `${verdicts.commands} honest commands with payloads cut into them in ${since(began)} s: ${verdicts.proven} said to only read, and run; ${wrong.length} of them wrongly`,
  );
  tell(wrong);
  return wrong.length === 0;
}

function tell(wrong: readonly FalseProof[]): void {
  for (const { command, why } of wrong) process.stderr.write(`shell: ${why}: ${JSON.stringify(command)}\n`);
}

const since = (began: number): string => ((performance.now() - began) / 1000).toFixed(1);
const line = (good: boolean, text: string): void => void process.stdout.write(`${good ? "ok    " : "FAILED"} shell             ${text}\n`);
