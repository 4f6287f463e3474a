import type { Classifier, ShellAnalysis, ToolCallView, Workspace } from "@claw/kernel";
import { unlessAborted } from "@claw/kernel/kit";
import type { Finding } from "./finding.ts";
import { areInside } from "./inside.ts";
import type { RuleLists } from "./rule-lists.ts";
import { shellCallOf } from "./shell-call.ts";
import { shellVerdict } from "./shell-verdict.ts";
import type { ToolNames } from "./tool-names.ts";
import { toolVerdict } from "./tool-verdict.ts";

export interface JudgeParts {
  readonly lists: RuleLists;
  readonly names: ToolNames;
  readonly home: string | undefined;
  readonly analysis: ShellAnalysis | undefined;
  readonly workspace: Pick<Workspace, "locate">;
}

/** The classifier: no opinion on what no list names. */
export function judgeBy(parts: JudgeParts): Classifier {
  return async (call, signal) => {
    signal.throwIfAborted();
    const found = await findingOn(call, parts, signal);
    if (found === undefined) return undefined;
    const { decision, reason, paths = [] } = found;
    return decision !== "allow" || (await areInside(paths, call, parts.workspace, signal)) ? { decision, reason } : undefined;
  };
}

async function findingOn(call: ToolCallView, { lists, names, home, analysis }: JudgeParts, signal: AbortSignal): Promise<Finding | undefined> {
  const finding = toolVerdict(call, lists, names);
  const shell = shellCallOf(call, home);
  if (finding !== undefined || shell === undefined) return finding;
  if (analysis !== undefined) {
    const analyser = await unlessAborted(analysis.analyser(), signal);
    return shellVerdict(analyser.analyse(shell.text, shell.place), lists, call.roots);
  }
  if (lists.deny.length + lists.ask.length === 0) return undefined;
  return { decision: "ask", reason: "without the extension claw/shell-analysis no command can be held against the lists" };
}
