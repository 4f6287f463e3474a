import type { ContentBlock, ToolResult } from "@claw/kernel";
import { fieldsOf, isJsonObject, listOf, stringOf } from "@claw/kernel/kit";

/** One answer of a server, all its parts together. */
const mostCharacters = 4 * 1024 * 1024;
const images: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);
const documents: ReadonlySet<string> = new Set(["application/pdf"]);

const text = (words: string): ContentBlock => ({ type: "text", text: words });
const isBase64 = (data: string): boolean => data.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(data);

/** What a call answered, in blocks a model understands. What none understands is named, never silently dropped. */
export function toolResultOf(result: unknown): ToolResult {
  const { content, structuredContent, isError } = fieldsOf(result);
  const parts = bounded(listOf(content).map(blockOf));
  // Servers repeat their structured answer as text for clients that know only that.
  const structured = structuredContent !== undefined && !parts.some((part) => part.type === "text") ? bounded([text(JSON.stringify(structuredContent))]) : [];
  const blocks = [...parts, ...structured];
  return {
    content: blocks.length === 0 ? [text("(no output)")] : blocks,
    ...(isError === true ? { failed: true } : {}),
    ...(isJsonObject(structuredContent) ? { details: { structuredContent } } : {}),
  };
}

/** The parts of a resource that was read. */
export const resourceContent = (result: unknown): readonly ContentBlock[] => bounded(listOf(fieldsOf(result)["contents"]).map(contentsOf));

function blockOf(part: unknown): ContentBlock {
  const { type, text: words, data, mimeType, resource, uri, name } = fieldsOf(part);
  switch (type) {
    case "text":
      return text(stringOf(words));
    case "image":
      return mediaOf(stringOf(mimeType), stringOf(data), "an image");
    case "audio":
      return text(`(audio, ${stringOf(mimeType) || "of an unknown kind"}, ${stringOf(data).length} characters of base64: no model is given audio)`);
    case "resource":
      return contentsOf(resource);
    case "resource_link":
      return text(`(resource ${stringOf(uri)}${stringOf(name) === "" ? "" : `, ${stringOf(name)}`}: read_mcp_resource reads it)`);
    default:
      return text(`(a part of the kind ${JSON.stringify(type ?? null).slice(0, 60)}, which claw does not know)`);
  }
}

function contentsOf(contents: unknown): ContentBlock {
  const { uri, text: words, blob, mimeType } = fieldsOf(contents);
  if (typeof words === "string") return text(words);
  if (typeof blob === "string") return mediaOf(stringOf(mimeType), blob, stringOf(uri) || "a resource");
  return text(`(${stringOf(uri) || "a resource"} is empty)`);
}

function mediaOf(mediaType: string, data: string, what: string): ContentBlock {
  if (isBase64(data) && images.has(mediaType)) return { type: "image", mediaType, data };
  if (isBase64(data) && documents.has(mediaType)) return { type: "document", mediaType, data };
  return text(`(${what}, ${mediaType || "of an unknown kind"}, ${data.length} characters of base64: not shown)`);
}

const sizeOf = (block: ContentBlock): number =>
  block.type === "text" ? block.text.length : block.type === "image" || block.type === "document" ? block.data.length : 0;

function bounded(blocks: readonly ContentBlock[]): readonly ContentBlock[] {
  let left = mostCharacters;
  return blocks.flatMap((block) => {
    if (left <= 0) return [];
    const size = sizeOf(block);
    const kept = left;
    left -= size;
    if (size <= kept) return [block];
    left = 0;
    return [
      block.type === "text"
        ? text(`${block.text.slice(0, kept)}\n(cut off: an answer may have ${mostCharacters} characters)`)
        : text("(cut off: the answer is too large)"),
    ];
  });
}
