import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Place } from "./claw.ts";

/**
 * Writes an extension as its author has it, built, and answers its folder. `activate` is the body of that function: `claw` and the
 * tokens `Tools`, `Commands`, `Classifiers` are in reach.
 */
export function devExtension(here: Place, base: string, manifest: object, activate: string, before = ""): string {
  const folder = join(here.root, "dev", base);
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "extension.json"),
    JSON.stringify({ name: `acme/${base}`, version: "1.0.0", engines: { claw: "^1.0.0" }, main: "./index.mjs", permissions: {}, ...manifest }),
  );
  writeFileSync(
    join(folder, "index.mjs"),
    [
      'const slot = (id) => ({ kind: "slot", id, version: 1 });',
      'const [Tools, Commands, Classifiers, Providers, Frontends] = ["tool", "command", "classifier", "provider", "frontend"].map(slot);',
      before,
      `export default { api: 1, async activate(claw) {\n${activate}\n} };`,
      "",
    ].join("\n"),
  );
  return folder;
}

/** A manifest of one tool. */
export const withTool = (name: string, about: object = {}): object => ({
  provides: { tool: { [name]: { description: "A tool", effect: "read", input: { type: "object" }, ...about } } },
});
