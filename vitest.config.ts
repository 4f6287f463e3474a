import { defineConfig } from "vitest/config";

/** Workspaces are read from their sources: nothing has to be built before a test. */
const conditions = ["source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ["{kernel,cli,marketplace}/test/**/*.test.ts", "extensions/*/test/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "marketplace/templates/**", "test/{fixtures,bench,fuzz}/**"],
    execArgv: ["--conditions=source"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
