import { ClawError, type Tool, type Workspace } from "@claw/kernel";
import { notFound } from "./near-names.ts";
import type { ReadMemory } from "./read-memory.ts";
import { openKnown, replaceText } from "./stored-text.ts";
import { edited, type TextEdit } from "./text-edits.ts";
import type { ToolInput } from "./tool-input.ts";
import { snippetOf, unifiedDiff } from "./unified-diff.ts";

export const fileEdit =
  (workspace: Workspace, memory: ReadMemory): Tool<ToolInput<"file_edit">> =>
  async (input, call) => {
    const path = input.file_path;
    const edits = editsOf(input);
    const stored = await openKnown(workspace, memory, path, "file_edit", call).catch(async (error: unknown) => {
      throw ClawError.is(error, "PATH_NOT_FOUND") ? await notFound(workspace, path, call) : error;
    });
    const text = edits.reduce((before, edit) => edited(before, edit, path), stored.text);
    if (text === stored.text) throw new ClawError("TOOL_FAILED", `the edit would change nothing in ${path}`, { tool: "file_edit" });
    await replaceText(workspace, memory, stored, text, path, "file_edit", call);
    const diff = await unifiedDiff(path, stored.text, text);
    return { content: [{ type: "text", text: `edited ${path}\n${snippetOf(diff.patch)}` }], details: { path: stored.path, ...diff } };
  };

function editsOf({ old_string, new_string, replace_all, edits }: ToolInput<"file_edit">): readonly TextEdit[] {
  const isSingle = old_string !== undefined && new_string !== undefined;
  if (edits !== undefined && old_string === undefined && new_string === undefined) return edits;
  if (edits === undefined && isSingle) return [replace_all === undefined ? { old_string, new_string } : { old_string, new_string, replace_all }];
  const problem = "give old_string and new_string, or edits";
  throw new ClawError("TOOL_INPUT_INVALID", `file_edit: ${problem}`, { tool: "file_edit", problems: [problem] });
}
