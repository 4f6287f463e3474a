import { defineExtension, type ShellAnalyser, ShellAnalysisService, ShellSpecs, type ShellTightening } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { tighteningOf } from "./tightenings.ts";

export default defineExtension<Contract>((claw) => {
  const specs = claw.use(ShellSpecs);
  const tightenings = (): readonly ShellTightening[] =>
    specs.names.flatMap((name) => {
      const read = tighteningOf(specs.about(name) ?? {});
      if (typeof read !== "string") return [read];
      claw.log.warn(`shell-spec ${name} of ${specs.owner(name) ?? "an extension"} is left out, as ${read}`);
      return [];
    });
  // What it learned of programs is worth keeping, as long as no extension comes or goes.
  let made: { readonly specs: string; readonly analyser: Promise<ShellAnalyser> } | undefined;
  const analyserNow = async (): Promise<ShellAnalyser> => (await import("./analyser.ts")).createAnalyser(tightenings());
  claw.provide(ShellAnalysisService, {
    analyser: () => {
      const now = JSON.stringify(specs.names.map((name) => [name, specs.about(name)]));
      if (made?.specs !== now) made = { specs: now, analyser: analyserNow() };
      return made.analyser;
    },
  });
});
