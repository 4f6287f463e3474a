import { Commands, ModelsService, SessionStoreService, defineExtension } from "@claw/kernel";
import { costCommand } from "./command.ts";
import type { Contract } from "./contract.gen.ts";

/** What the logs of sessions say was spent. */
export default defineExtension<Contract>((claw) => {
  claw.provide(Commands, "cost", costCommand(claw.use(SessionStoreService), claw.use(ModelsService)));
});
