import { ClawError, type CallScope, type FileVersion, type OpenFile, type Workspace } from "@claw/kernel";
import { kindOf } from "./file-kind.ts";
import type { ReadMemory } from "./read-memory.ts";
import { decode, encode, formOf, type TextForm } from "./text-encoding.ts";

/** A text file as it is before a change, which this session knows. */
export interface StoredText {
  readonly path: string;
  readonly text: string;
  readonly form: TextForm;
  readonly version: FileVersion;
}

type Writer = "write_file" | "file_edit";

/** Opens a file for a change: nobody changes what they have not seen. */
export async function openKnown(workspace: Workspace, memory: ReadMemory, path: string, tool: Writer, call: CallScope): Promise<StoredText> {
  const file = await workspace.read(path, call);
  refuseUnknown(file, memory.recall(call.session, file.path), path, tool);
  const kind = kindOf(file.bytes);
  if (tool === "file_edit" && kind.type !== "text")
    throw new ClawError("TOOL_FAILED", `${path} is ${kind.type === "image" ? "an image" : kind.name} and no text`, { tool });
  const form = formOf(file.bytes);
  return { path: file.path, text: decode(file.bytes, form), form, version: file.version };
}

function refuseUnknown(file: OpenFile, known: FileVersion | undefined, path: string, tool: Writer): void {
  if (known === undefined)
    throw new ClawError("TOOL_FAILED", `${path} exists and was not read in this session`, { tool }, { fix: "read it with read_file first" });
  if (known.digest !== file.version.digest)
    throw new ClawError("PATH_CHANGED", `${path} has changed since it was read`, { path: file.path }, { fix: "read it again with read_file" });
}

/** Puts a new text in an old one's place, in its encoding, if it is still that one. */
export async function replaceText(
  workspace: Workspace,
  memory: ReadMemory,
  stored: StoredText,
  text: string,
  path: string,
  tool: Writer,
  call: CallScope,
): Promise<number> {
  const bytes = encode(text, stored.form) ?? (tool === "write_file" ? Buffer.from(text) : undefined);
  if (bytes === undefined)
    throw new ClawError(
      "TOOL_FAILED",
      `${path} is not UTF-8 but Latin-1, which has no bytes for some character of new_string`,
      { tool },
      { fix: "use other characters, or rewrite the file with write_file" },
    );
  memory.remember(call.session, stored.path, await workspace.write(path, bytes, call, { expect: stored.version }));
  return bytes.length;
}
