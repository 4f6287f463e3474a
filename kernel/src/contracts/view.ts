import type { ToolCallView, ToolResult } from "./tool.ts";

/** What an extension may show: data, so that a terminal, an editor and a log all can draw it. */
export type ViewNode =
  | { readonly type: "markdown"; readonly text: string }
  | { readonly type: "code"; readonly text: string; readonly language?: string }
  | { readonly type: "diff"; readonly path: string; readonly patch: string }
  | { readonly type: "table"; readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly type: "status"; readonly level: "info" | "warning" | "error"; readonly text: string };

export type View = (call: ToolCallView, result: ToolResult | undefined) => readonly ViewNode[];
