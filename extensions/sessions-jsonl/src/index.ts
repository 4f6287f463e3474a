import { join, resolve } from "node:path";
import { Commands, HostService, SessionStoreService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { memoryStore } from "./memory.ts";
import { redactor } from "./redact.ts";
import { diskStore } from "./store.ts";

export default defineExtension<Contract>((claw) => {
  const { folders, environment, now } = claw.use(HostService);
  const { sessionDir, fsync, persist } = claw.config;
  const clock = (): number => now().getTime();
  const root = sessionDir === undefined ? join(folders.state, "sessions") : resolve(sessionDir);

  const disk = claw.own(diskStore({ root, fsync, redact: redactor(environment), now: clock }));
  const store = persist ? disk : claw.own(memoryStore(disk, join(folders.cache, "scratch")));

  claw.provide(SessionStoreService, store);
  claw.provide(Commands, "session", { run: async (call) => (await import("./command.ts")).sessionCommand(disk, clock).run(call) });
});
