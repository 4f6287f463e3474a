/** `npm run check`: everything that is wrong without running the program, and where the rule that says so is explained. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

interface Check {
  readonly name: string;
  readonly script: string;
  readonly args: readonly string[];
  readonly rule: string;
  readonly explained: string;
}

const root = join(import.meta.dirname, "../..");

const checks: readonly Check[] = [
  {
    name: "types",
    script: "node_modules/typescript/bin/tsc",
    args: ["--noEmit", "-p", "tsconfig.json"],
    rule: "Everything compiles under the strictest settings, and contracts are what the schemas say",
    explained: "kernel/tsconfig.json, schemas/README.md",
  },
  {
    name: "lint",
    script: "node_modules/oxlint/bin/oxlint",
    args: ["--deny-warnings"],
    rule: "No cycle, no import across a door, nothing suspicious; no comment turns a rule off",
    explained: ".oxlintrc.json, test/architecture/layers.test.ts",
  },
  {
    name: "format",
    script: "node_modules/oxfmt/bin/oxfmt",
    args: ["--check"],
    rule: "One layout for all: npx oxfmt writes it",
    explained: ".oxfmtrc.json",
  },
  {
    name: "layers, names, sizes",
    script: "node_modules/vitest/vitest.mjs",
    args: ["run", "--reporter=agent", ...["layers", "names", "sizes"].map((name) => `test/architecture/${name}.test.ts`)],
    rule: "Imports stay in their layer, names say what a thing is, files stay small, the kernel knows nobody",
    explained: "test/architecture/",
  },
  {
    name: "generated",
    script: "schemas/generate/main.ts",
    args: ["--check"],
    rule: "What is made from schemas and manifests is current; a changed kernel/api.txt is a changed public API",
    explained: "schemas/README.md; npm run generate",
  },
  {
    name: "dead exports",
    script: "node_modules/knip/bin/knip.js",
    args: ["--no-config-hints", "--no-progress"],
    rule: "No file, export or dependency that nobody uses",
    explained: "knip.json",
  },
];

function passes({ name, script, args, rule, explained }: Check): boolean {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script), ...args], { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(5);
  process.stdout.write(`${status === 0 ? "ok    " : "FAILED"} ${seconds} s  ${name}\n`);
  if (status !== 0) process.stdout.write(`\n${stdout}${stderr}\nThe rule: ${rule}.\nExplained in: ${explained}.\n\n`);
  return status === 0;
}

process.exitCode = checks.map(passes).every(Boolean) ? 0 : 1;
