import type { ShellAnalyser, ShellPlace, ShellReport, ToolCallView } from "@claw/kernel";
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

/** The top of the work tree that a folder lies in, if that is known. */
export type TopOf = (folder: string) => string | undefined;

function placeOf({ input, paths, cwd, roots }: ToolCallView, home: string | undefined, topOf: TopOf | undefined): ShellPlace {
  const folder = paths[0] ?? cwd;
  // It is looked for only where somebody asks git for it.
  const repository = String(input["command"]).includes("--show-toplevel") ? topOf?.(folder) : undefined;
  return { folder, roots, ...(home === undefined ? {} : { home }), ...(repository === undefined ? {} : { repository }) };
}

export function readingOf(call: ToolCallView, analyser: ShellAnalyser | undefined, home: string | undefined, topOf?: TopOf): CallReading {
  const isShell = isShellCall(call);
  const report = isShell ? analyser?.analyse(call.input["command"] as string, placeOf(call, home, topOf)) : undefined;
  const wishes = wishesOf(call.input["needs"], isShell);
  const found =
    report === undefined
      ? []
      : [...report.reads, ...report.writes, ...report.commands.flatMap(({ folders, reads, writes }) => [...folders, ...reads, ...writes]), ...report.mentions];
  const named = [...new Set([...found.flatMap(({ path, over = [] }) => [path, ...over]), ...call.paths, ...wishes.paths])];
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
