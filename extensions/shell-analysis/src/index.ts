import { defineExtension, ShellAnalysisService, ShellSpecs, type ShellTightening } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { tighteningOf } from "./tightenings.ts";

export default defineExtension<Contract>((claw) => {
  const specs = claw.use(ShellSpecs);
  claw.provide(ShellAnalysisService, {
    analyser: async () => {
      const tightenings: ShellTightening[] = [];
      for (const name of specs.names) {
        const read = tighteningOf(specs.about(name) ?? {});
        if (typeof read !== "string") tightenings.push(read);
        else claw.log.warn(`shell-spec ${name} of ${specs.owner(name) ?? "an extension"} is left out, as ${read}`);
      }
      const { createAnalyser } = await import("./analyser.ts");
      return createAnalyser(tightenings);
    },
  });
});
