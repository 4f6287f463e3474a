import { CompactorService, defineExtension, ModelsService } from "@claw/kernel";
import { compactorOf } from "./compaction.ts";
import type { Contract } from "./contract.gen.ts";

export default defineExtension<Contract>((claw) => {
  claw.provide(CompactorService, compactorOf(claw.config, claw.use(ModelsService)));
});
