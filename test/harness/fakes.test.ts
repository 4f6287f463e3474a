import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sessionStoreConformance } from "../conformance/index.ts";
import { memoryStore } from "./memory-store.ts";

sessionStoreConformance("the harness's store in memory", async () => {
  const folder = mkdtempSync(join(tmpdir(), "claw-store-"));
  return { store: memoryStore(folder), [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) };
});
