/** `npm run bench`: claw against the floor, in one run, as ratios. Exits 1 when a bar is missed. Arguments: names of cases, `analysis`, `sandbox`, `providers`, or of one provider. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Measured, cases } from "./cases.ts";
import { measureAnalysis, measureSandbox } from "./safety.ts";
import { measureProvider, measuredProviders } from "./providers.ts";

const wanted = process.argv.slice(2);
const folder = realpathSync(mkdtempSync(join(tmpdir(), "claw-bench-")));
let missed = 0;

function report(name: string, { what, value, unit, bar, detail }: Measured): void {
  const good = value <= bar;
  missed += good ? 0 : 1;
  process.stdout.write(`${good ? "ok  " : "MISS"} ${name.padEnd(13)} ${value.toFixed(2)}${unit} (at most ${bar}${unit})  ${what}; ${detail}\n`);
}

try {
  writeFileSync(join(folder, "note.txt"), "one line\n");
  for (const [name, measure] of Object.entries(cases)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    report(name, await measure(folder));
  }
  if (wanted.length === 0 || wanted.includes("analysis")) for (const measured of await measureAnalysis()) report("analysis", measured);
  if (wanted.length === 0 || wanted.includes("sandbox")) report("sandbox", measureSandbox(folder));
  for (const subject of measuredProviders) {
    if (wanted.length > 0 && !wanted.includes("providers") && !wanted.includes(subject)) continue;
    for (const measured of await measureProvider(subject, folder)) report("providers", measured);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = missed === 0 ? 0 : 1;
