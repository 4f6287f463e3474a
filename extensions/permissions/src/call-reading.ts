import type { ToolCallView } from "@claw/kernel";
import { shellCallOf, type Aim, type ShellCall } from "./shell-call.ts";

/** A call, read as far as that goes without looking at the file system. */
export interface CallReading {
  readonly call: ToolCallView;
  readonly shell: ShellCall | undefined;
  /** The paths that must be located before it can be judged. */
  readonly paths: readonly string[];
  /** Whether it names more paths than are looked at. */
  readonly crowded: boolean;
}

const maxPaths = 400;

/** The tool whose calls are shell text. Another that starts programs is judged as a whole. */
const shellTool = "bash";

/** `trusted`: whether what lies in the session's folder may be obeyed. */
export function readingOf(call: ToolCallView, home: string | undefined, trusted: boolean): CallReading {
  const command = call.input["command"];
  const shell =
    call.tool === shellTool && call.effect === "execute" && typeof command === "string"
      ? shellCallOf({ command, folder: call.paths[0] ?? call.cwd, home }, { path: call.cwd, trusted })
      : undefined;
  const aims: readonly Aim[] = shell === undefined ? [] : [...shell.aims, ...(shell.parts ?? []).flatMap((part) => [...part.folders, ...part.aims])];
  const named = [...new Set([...aims.map(({ path }) => path), ...call.paths])];
  const bases = [call.cwd, ...call.roots, ...(home === undefined ? [] : [home])];
  return { call, shell, paths: [...new Set([...bases, ...named.slice(0, maxPaths)])], crowded: named.length > maxPaths };
}
