import type { ShellAnalyser, ShellReport, ToolCallView } from "@claw/kernel";
import { type Wishes, wishesOf } from "./wishes.ts";

/** A call, read as far as that goes without looking at the file system. */
export interface CallReading {
  readonly call: ToolCallView;
  /** What its shell text may do; undefined for another tool's call. */
  readonly report: ShellReport | undefined;
  /** Whether it is shell text that nobody could read, as there is no analysis. */
  readonly unread: boolean;
  /** What it asks for beyond the sandbox. */
  readonly wishes: Wishes;
  /** The paths that must be located before it can be judged. */
  readonly paths: readonly string[];
  /** Whether it names more paths than are looked at. */
  readonly crowded: boolean;
}

const maxPaths = 400;

/** The tool whose calls are shell text. Another that starts programs is judged as a whole. */
const shellTool = "bash";

export const isShellCall = ({ tool, effect, input }: ToolCallView): boolean =>
  tool === shellTool && effect === "execute" && typeof input["command"] === "string";

export function readingOf(call: ToolCallView, analyser: ShellAnalyser | undefined, home: string | undefined): CallReading {
  const isShell = isShellCall(call);
  const report = isShell
    ? analyser?.analyse(call.input["command"] as string, { folder: call.paths[0] ?? call.cwd, roots: call.roots, ...(home === undefined ? {} : { home }) })
    : undefined;
  const wishes = wishesOf(call.input["needs"], isShell);
  const found =
    report === undefined
      ? []
      : [...report.reads, ...report.writes, ...report.commands.flatMap(({ folders, reads, writes }) => [...folders, ...reads, ...writes]), ...report.mentions];
  const named = [...new Set([...found.map(({ path }) => path), ...call.paths, ...wishes.paths])];
  const bases = [call.cwd, ...call.roots, ...(home === undefined ? [] : [home])];
  return {
    call,
    report,
    unread: isShell && report === undefined,
    wishes,
    paths: [...new Set([...bases, ...named.slice(0, maxPaths)])],
    crowded: named.length > maxPaths,
  };
}
