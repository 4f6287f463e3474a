import type { ShellPlace, ToolCallView } from "@claw/kernel";

/** The shell text of a call, and where it would run. */
export interface ShellCall {
  readonly text: string;
  readonly place: ShellPlace;
}

/** Undefined for a call of anything but the tool that takes shell text. */
export function shellCallOf(call: ToolCallView, home: string | undefined): ShellCall | undefined {
  const text = call.input["command"];
  if (call.tool !== "bash" || call.effect !== "execute" || typeof text !== "string") return undefined;
  return { text, place: { folder: call.paths[0] ?? call.cwd, roots: call.roots, ...(home === undefined ? {} : { home }) } };
}
