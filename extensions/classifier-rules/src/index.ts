import { Classifiers, defineExtension, HostService, ShellAnalysisService, Tools, WorkspaceService } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { judgeBy } from "./judge.ts";
import { ruleListsOf } from "./rule-lists.ts";
import { toolNames } from "./tool-names.ts";

export default defineExtension<Contract>((claw) => {
  const names = toolNames(claw.use(Tools));
  const { lists, unknownTools } = ruleListsOf(claw.config, names);
  for (const name of unknownTools) claw.log.warn(`no tool is named ${name}`);
  const { home } = claw.use(HostService).folders;
  claw.provide(Classifiers, "rule-lists", judgeBy({ lists, names, home, analysis: claw.use(ShellAnalysisService), workspace: claw.use(WorkspaceService) }));
});
