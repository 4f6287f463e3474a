/** `npm run fuzz -- shell [COUNT]`: what the shell analysis says only reads is run in a sandbox, and must leave everything as it was; what is hostile must not. */
import { withoutEffect } from "../safety/shell/effects.ts";
import { differential } from "../safety/shell/generated/differential.ts";
import { hostile } from "../safety/shell/hostile/all.ts";
import { Oracle } from "../safety/shell/oracle.ts";

export async function fuzzShell(seed: number, count: number): Promise<boolean> {
  using oracle = new Oracle();
  return [await corpus(oracle), await generated(oracle, seed, count)].every(Boolean);
}

async function corpus(oracle: Oracle): Promise<boolean> {
  const began = performance.now();
  const every = Object.values(hostile).flat();
  const without = await withoutEffect(oracle, every);
  line(without.length === 0, `${every.length} hostile commands run in ${since(began)} s: ${without.length} without their effect`);
  for (const command of without) process.stderr.write(`shell: it has no effect: ${JSON.stringify(command)}\n`);
  return without.length === 0;
}

async function generated(oracle: Oracle, seed: number, count: number): Promise<boolean> {
  const began = performance.now();
  const verdicts = await differential(oracle, seed, count);
  const good = verdicts.false.length === 0;
  line(
    good,
    `${verdicts.commands} commands in ${since(began)} s: ${verdicts.proven} said to only read, read by bash and run; ${verdicts.false.length} of them wrongly`,
  );
  for (const { command, why } of verdicts.false) process.stderr.write(`shell: ${why}: ${JSON.stringify(command)}\n`);
  return good;
}

const since = (began: number): string => ((performance.now() - began) / 1000).toFixed(1);
const line = (good: boolean, text: string): void => void process.stdout.write(`${good ? "ok    " : "FAILED"} shell             ${text}\n`);
