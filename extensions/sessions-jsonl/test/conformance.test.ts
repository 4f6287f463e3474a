import { join } from "node:path";
import { sessionStoreConformance } from "@claw/testing/conformance";
import { memoryStore } from "../src/memory.ts";
import { sessionsFolder } from "./folder.ts";

sessionStoreConformance("a folder of JSON lines", async () => {
  const folder = sessionsFolder();
  return { store: folder.store({ fsync: "turn" }), [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() };
});

sessionStoreConformance("memory, over a folder of JSON lines", async () => {
  const folder = sessionsFolder();
  const store = memoryStore(folder.store({ fsync: "turn", root: join(folder.root, "sessions") }), join(folder.root, "scratch"));
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
});
