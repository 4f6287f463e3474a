import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sessionStoreConformance } from "@claw/testing/conformance";
import { memoryStore } from "../src/memory.ts";
import { redactor } from "../src/redact.ts";
import { diskStore } from "../src/store.ts";

const onDisk = () => {
  const folder = mkdtempSync(join(tmpdir(), "claw-sessions-"));
  const store = diskStore({ root: join(folder, "sessions"), fsync: "turn", redact: redactor({}), now: () => Date.now() });
  return { folder, store, remove: () => rmSync(folder, { recursive: true, force: true }) };
};

sessionStoreConformance("a folder of JSON lines", async () => {
  const { store, remove } = onDisk();
  return {
    store,
    async [Symbol.asyncDispose]() {
      store[Symbol.dispose]();
      remove();
    },
  };
});

sessionStoreConformance("memory, over a folder of JSON lines", async () => {
  const { folder, store, remove } = onDisk();
  const memory = memoryStore(store, join(folder, "scratch"));
  return {
    store: memory,
    async [Symbol.asyncDispose]() {
      await memory[Symbol.asyncDispose]();
      store[Symbol.dispose]();
      remove();
    },
  };
});
