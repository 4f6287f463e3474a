import { randomUUID } from "node:crypto";
import { Frontends, HostService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { printFrontend } from "./frontend.ts";

export default defineExtension<Contract>((claw) => {
  const { version, now } = claw.use(HostService);
  claw.provide(Frontends, "print", printFrontend({ ...claw.config, version, now: () => now().getTime(), id: randomUUID }));
});
