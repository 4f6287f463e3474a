import { defineExtension, type ShellAnalyser, ShellAnalysisService, ShellSpecs, type ShellTightening } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { tighteningOf } from "./tightenings.ts";

export default defineExtension<Contract>((claw) => {
  const specs = claw.use(ShellSpecs);
  let made: { readonly said: readonly unknown[]; readonly analyser: ShellAnalyser } | undefined;
  claw.provide(ShellAnalysisService, {
    analyser: async () => {
      const said = specs.names.map((name) => specs.about(name));
      if (made?.said.length === said.length && made.said.every((one, index) => one === said[index])) return made.analyser;
      const tightenings: ShellTightening[] = [];
      for (const name of specs.names) {
        const read = tighteningOf(specs.about(name) ?? {});
        if (typeof read !== "string") tightenings.push(read);
        else claw.log.warn(`shell-spec ${name} of ${specs.owner(name) ?? "an extension"} is left out, as ${read}`);
      }
      const { createAnalyser } = await import("./analyser.ts");
      const analyser = createAnalyser(tightenings);
      made = { said, analyser };
      return analyser;
    },
  });
});
