import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ClawError, exclusively } from "@claw/kernel/host";
import { installBundled } from "./bundled-store.ts";
import { publisherKey } from "./key.ts";
import { layout } from "./layout.ts";
import { compileLibraries } from "./libraries.ts";
import { digestOfAll } from "./memory.ts";
import { filesBelow, publishAll } from "./packages.ts";
import { bundleProgram, linkPrograms } from "./program.ts";

/** Builds everything, one build at a time; the exit code. What cannot be built is named, and the rest is built all the same. */
export const build = (signal: AbortSignal): Promise<number> => exclusively(layout.memory, () => buildAll(signal), signal, 120_000);

async function buildAll(signal: AbortSignal): Promise<number> {
  const key = publisherKey();
  const tools = digestOfAll([join(layout.root, "package-lock.json"), ...filesBelow(join(layout.root, "cli/build"))]);
  const circumstances = `${process.version} ${tools}`;
  const failures: string[] = [];

  const phase = async (name: string, work: () => Promise<string>): Promise<void> => {
    const start = performance.now();
    try {
      const said = await work();
      process.stderr.write(`build: ${name}: ${said} (${Math.round(performance.now() - start)} ms)\n`);
    } catch (error) {
      failures.push(`${name}: ${sentenceOf(error)}`);
    }
  };

  await phase("extensions", async () => {
    const { published, failed } = await publishAll(key, signal);
    for (const [folder, error] of Object.entries(failed)) failures.push(`extensions/${folder}: ${sentenceOf(error)}`);
    const changed = await installBundled(
      published,
      Object.keys(failed).map((folder) => `claw/${folder}`),
      key,
      signal,
    );
    return `${published.filter(({ isFresh }) => isFresh).length} of ${published.length} packed and signed, ${changed} installed`;
  });
  await phase("program", async () => {
    linkPrograms();
    return (await bundleProgram(circumstances)) ? "cli/dist/claw.js" : "unchanged";
  });
  await phase("libraries", async () => `${await compileLibraries(circumstances, signal)} compiled`);

  for (const failure of failures) process.stderr.write(`build: failed: ${failure}\n`);
  return failures.length === 0 ? 0 : 1;
}

function sentenceOf(error: unknown): string {
  if (ClawError.is(error)) return `${error.code}: ${error.message}`;
  return stripVTControlCharacters(error instanceof Error ? error.message : String(error)).trim();
}
