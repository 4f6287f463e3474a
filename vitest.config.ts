import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import LongestFirst from "./test/longest-first.ts";

/** Workspaces are read from their sources: nothing has to be built before a test. Other packages have a condition `source` of their own, of TypeScript that Node does not run. */
const conditions = ["claw-source", "node", "development|production"];
/** Tests of the program as it is built. */
const program = ["cli/test/boot.test.ts", "marketplace/test/templates.test.ts", "test/{e2e,start}/**/*.test.ts"];
const exclude = ["**/node_modules/**", "**/dist/**", "marketplace/templates/**", "test/{fixtures,bench}/**"];

export default defineConfig({
  resolve: { conditions, alias: { "fast-check": fileURLToPath(new URL("test/seeded-fast-check.ts", import.meta.url)) } },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    exclude,
    execArgv: ["--conditions=claw-source"],
    pool: "forks",
    // Modules are loaded once a worker and not once a file: a test that leaves something behind in one is a defect of the test.
    isolate: false,
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    projects: [
      {
        extends: true,
        test: {
          name: "sources",
          include: ["{kernel,cli,marketplace}/test/**/*.test.ts", "extensions/*/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...exclude, ...program],
        },
      },
      { extends: true, test: { name: "program", include: program, globalSetup: ["test/e2e/build.ts"] } },
    ],
  },
});
