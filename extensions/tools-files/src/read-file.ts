import { ClawError, type OpenFile, type Tool, type ToolResult, type Workspace } from "@claw/kernel";
import { kindOf, type ImageType } from "./file-kind.ts";
import { imageSizeOf } from "./image-size.ts";
import { windowOf, type LineWindow, type WindowLimits } from "./line-window.ts";
import { notFound } from "./near-names.ts";
import type { ReadMemory } from "./read-memory.ts";
import { formOf, utf8Of, type TextForm } from "./text-encoding.ts";
import type { ToolInput } from "./tool-input.ts";

const limits: WindowLimits = { lines: 2000, bytes: 256 * 1024, lineLength: 2000 };

/** Models take images of 5 MiB, counted once they are base64: a fourth of that is base64. One that is refused would spoil the session. */
const maxImageBytes = (5 * 1024 * 1024 * 3) / 4;
const maxImageSide = 8000;

export const readFile =
  (workspace: Workspace, memory: ReadMemory): Tool<ToolInput<"read_file">> =>
  async ({ path, offset = 1, limit = limits.lines }, call) => {
    const file = await workspace.read(path, call).catch(async (error: unknown) => {
      if (ClawError.is(error, "PATH_NOT_FOUND")) throw await notFound(workspace, path, call);
      if (ClawError.is(error, "PATH_NOT_FILE") && (await workspace.locate(path, call)).kind === "folder") {
        throw new ClawError(
          "PATH_NOT_FILE",
          `${path} is a folder`,
          { path },
          { cause: error, fix: `list it with glob, pattern "${path.replace(/\/+$/u, "")}/*"` },
        );
      }
      throw error;
    });
    const kind = kindOf(file.bytes);
    if (kind.type === "binary") throw refusal(`${path} is ${kind.name} of ${file.bytes.length} bytes and cannot be read as text`);
    memory.remember(call.session, file.path, file.version);
    if (kind.type === "image") return imageResult(path, file, kind.mediaType);

    const form = formOf(file.bytes);
    const window = windowOf(utf8Of(file.bytes, form), offset, { ...limits, lines: limit });
    if (window.total > 0 && window.from > window.total) throw refusal(`${path} has ${window.total} lines, so there is none from ${window.from} on`);
    const { from, through, total } = window;
    return {
      content: [{ type: "text", text: [window.text, ...notesOn(window, form)].filter((part) => part !== "").join("\n") }],
      details: { path: file.path, encoding: form.encoding, bytes: file.bytes.length, from, through, total },
    };
  };

function notesOn({ from, through, total, cut }: LineWindow, form: TextForm): readonly string[] {
  const notes = [];
  if (total === 0) notes.push("the file is empty");
  if (from > 1 || through < total) notes.push(`lines ${from} to ${through} of ${total}${through < total ? `; read on with offset ${through + 1}` : ""}`);
  if (cut > 0) notes.push(`${cut === 1 ? "a long line was" : `${cut} long lines were`} cut`);
  if (form.encoding === "latin1") notes.push("the file is not UTF-8 and was read as Latin-1");
  else if (form.encoding !== "utf-8") notes.push(`the file is ${form.encoding.toUpperCase()}`);
  return notes.map((note) => `[${note}]`);
}

function imageResult(path: string, { path: real, bytes }: OpenFile, mediaType: ImageType): ToolResult {
  if (bytes.length > maxImageBytes)
    throw refusal(`${path} is an image of ${bytes.length} bytes, and models take at most ${maxImageBytes}`, "make a smaller copy and read that");
  const size = imageSizeOf(bytes, mediaType);
  if (size === undefined) throw refusal(`${path} begins like an image (${mediaType}) but is damaged`);
  const { width, height } = size;
  if (width > maxImageSide || height > maxImageSide)
    throw refusal(`${path} is an image of ${width}×${height} pixels, and models take at most ${maxImageSide} a side`, "make a smaller copy and read that");
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  return {
    content: [
      { type: "text", text: `${path}: ${mediaType}, ${width}×${height} pixels, ${bytes.length} bytes` },
      { type: "image", mediaType, data },
    ],
    details: { path: real, mediaType, bytes: bytes.length, width, height },
  };
}

const refusal = (message: string, fix?: string): ClawError => new ClawError("TOOL_FAILED", message, { tool: "read_file" }, fix === undefined ? {} : { fix });
