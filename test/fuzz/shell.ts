/** `npm run fuzz -- shell [COUNT]`: what the shell analysis says only reads is run in a sandbox, and must leave everything as it was. */
import { differential } from "../safety/shell/generated/differential.ts";
import { Oracle } from "../safety/shell/oracle.ts";

export async function fuzzShell(seed: number, count: number): Promise<boolean> {
  using oracle = new Oracle();
  const began = performance.now();
  const verdicts = await differential(oracle, seed, count);
  const good = verdicts.false.length === 0 && verdicts.proven > 0;
  process.stdout.write(
    `${good ? "ok    " : "FAILED"} shell             ${verdicts.commands} commands in ${((performance.now() - began) / 1000).toFixed(1)} s: ` +
      `${verdicts.proven} said to only read, read by bash and run; ${verdicts.false.length} of them wrongly\n`,
  );
  for (const { command, why } of verdicts.false) process.stderr.write(`shell: ${why}: ${JSON.stringify(command)}\n`);
  return good;
}
