import type { Tool, Workspace } from "@claw/kernel";
import type { ReadMemory } from "./read-memory.ts";
import { openKnown, replaceText } from "./stored-text.ts";
import type { ToolInput } from "./tool-input.ts";
import { unifiedDiff } from "./unified-diff.ts";

export const writeFile =
  (workspace: Workspace, memory: ReadMemory): Tool<ToolInput<"write_file">> =>
  async ({ path, content }, call) => {
    const { kind, real } = await workspace.locate(path, call);
    if (kind !== "file") {
      const bytes = Buffer.from(content);
      memory.remember(call.session, real, await workspace.write(path, bytes, call, { expect: "absent" }));
      return {
        content: [{ type: "text", text: `created ${path} (${linesOf(content)}, ${bytes.length} bytes)` }],
        details: { path: real, ...(await unifiedDiff(path, "", content)) },
      };
    }
    const stored = await openKnown(workspace, memory, path, "write_file", call);
    const text = withLineEnds(content, stored.text);
    const bytes = await replaceText(workspace, memory, stored, text, path, "write_file", call);
    const diff = await unifiedDiff(path, stored.text, text);
    return {
      content: [{ type: "text", text: `replaced ${path} (${linesOf(text)}, ${bytes} bytes; lines: +${diff.added} -${diff.removed})` }],
      details: { path: stored.path, ...diff },
    };
  };

/** A file whose lines all end as on Windows keeps that, unless the new text says how its own end. */
const withLineEnds = (content: string, before: string): string =>
  before.includes("\r\n") && !/(?<!\r)\n/u.test(before) && !content.includes("\r") ? content.replaceAll("\n", "\r\n") : content;

function linesOf(text: string): string {
  const count = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return count === 1 ? "1 line" : `${count} lines`;
}
