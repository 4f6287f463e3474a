import type { ShellAnalysis, ShellClass, ShellReport, ToolCallView } from "@claw/kernel";
import { unlessAborted } from "@claw/kernel/kit";

/** What the model is told of a shell text besides itself. */
export interface ShellFacts {
  readonly class: ShellClass;
  readonly destructive: boolean;
  readonly usesCredentials: boolean;
  readonly hosts: readonly string[];
  readonly writes: readonly string[];
  readonly notJudged: readonly string[];
  readonly why: readonly string[];
}

/** Of each list; what is longer says so. */
const mostItems = 20;
const mostCharacters = 200;

export const factsOf = (report: ShellReport): ShellFacts => ({
  class: report.class,
  destructive: report.commands.some(({ destructive }) => destructive),
  usesCredentials: report.commands.some(({ credentials }) => credentials),
  hosts: shortened(report.hosts),
  writes: shortened(report.writes.map(({ path, many }) => (many ? `${path} (many files)` : path))),
  notJudged: shortened(report.unjudged.map(({ why }) => why)),
  why: shortened(report.why.map(({ why }) => why)),
});

function shortened(texts: readonly string[]): readonly string[] {
  const distinct = [...new Set(texts)];
  const kept = distinct.slice(0, mostItems).map((text) => (text.length > mostCharacters ? `${text.slice(0, mostCharacters).toWellFormed()} […]` : text));
  return distinct.length > mostItems ? [...kept, `[and ${distinct.length - mostItems} more]`] : kept;
}

/** The shell text of a call; undefined for a call of anything but the tool that takes shell text. */
export const shellTextOf = ({ tool, effect, input: { command } }: ToolCallView): string | undefined =>
  tool === "bash" && effect === "execute" && typeof command === "string" ? command : undefined;

export async function reportOn(text: string, call: ToolCallView, analysis: ShellAnalysis, home: string | undefined, signal: AbortSignal): Promise<ShellReport> {
  const analyser = await unlessAborted(analysis.analyser(), signal);
  return analyser.analyse(text, { folder: call.paths[0] ?? call.cwd, roots: call.roots, ...(home === undefined ? {} : { home }) });
}
