import { createHash } from "node:crypto";
import type { CallBlock, ContentBlock, DocumentBlock, ImageBlock, ResultBlock } from "@claw/kernel";
import { luggageOf, wireJson, wireName } from "@claw/kernel/kit";
import type { AnyJson, ConverseBlock, ConverseDocument, ConverseImage, ConverseResult } from "./converse-wire.ts";

/** A block's JSON. Results go first in a turn, thinking never last, and beside a document there is a word. */
export interface EncodedBlock {
  readonly kind: "text" | "result" | "thinking" | "document" | "plain";
  readonly json: string;
}

/** How one request's blocks are said. */
export interface BlockOptions {
  /** Whether a result may say that it failed; elsewhere its text does. */
  readonly status: boolean;
  /** A name that no other document of the request has. */
  name(wanted: string): string;
}

const maxIdLength = 64;

/** What of a block goes to the model; undefined when it has no use for it. Luggage is this provider's and model's: the repair saw to it. */
export function encodeBlock(block: ContentBlock, provider: string, options: BlockOptions): EncodedBlock | undefined {
  switch (block.type) {
    case "text":
      return block.text.trim() === "" ? undefined : encoded("text", { text: block.text });
    case "reasoning":
    case "unknown":
      return thinkingOf(block.type === "reasoning" ? block.text : "", luggageOf(block.luggage, provider));
    case "image":
      return encoded("plain", imageOf(block));
    case "document":
      return documentOf(block, options);
    case "tool-call":
      return encoded("plain", callOf(block));
    case "tool-result":
      return encoded("result", resultOf(block, options));
    default:
      return block satisfies never;
  }
}

function thinkingOf(text: string, luggage: Readonly<Record<string, unknown>> | undefined): EncodedBlock | undefined {
  const { signature, redactedContent } = luggage ?? {};
  if (typeof redactedContent === "string") return encoded("thinking", { reasoningContent: { redactedContent } });
  return typeof signature === "string" ? encoded("thinking", { reasoningContent: { reasoningText: { text, signature } } }) : undefined;
}

const imageFormats: Readonly<Record<string, ConverseImage["format"]>> = {
  "image/png": "png",
  "image/jpeg": "jpeg",
  "image/jpg": "jpeg",
  "image/gif": "gif",
  "image/webp": "webp",
};

function imageOf({
  mediaType,
  data,
}: ImageBlock): { readonly image: ConverseImage; readonly text?: never } | { readonly text: string; readonly image?: never } {
  const format = imageFormats[mediaType.toLowerCase()];
  return format === undefined
    ? { text: `(an image, ${mediaType}, was left out: Bedrock takes none of that kind)` }
    : { image: { format, source: { bytes: data } } };
}

const documentFormats: Readonly<Record<string, ConverseDocument["format"]>> = {
  "application/pdf": "pdf",
  "application/msword": "doc",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.ms-excel": "xls",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "text/csv": "csv",
  "text/html": "html",
  "text/markdown": "md",
};

function documentOf(block: DocumentBlock, options: BlockOptions): EncodedBlock {
  const document = documentBlock(block, options);
  return document === undefined ? encoded("text", { text: leftOut(block) }) : encoded("document", { document });
}

function documentBlock({ mediaType, data, name }: DocumentBlock, options: BlockOptions): ConverseDocument | undefined {
  const type = mediaType.toLowerCase();
  const format = documentFormats[type] ?? (type.startsWith("text/") ? "txt" : undefined);
  return format === undefined ? undefined : { format, name: options.name(plainName(name ?? "document")), source: { bytes: data } };
}

const leftOut = ({ name, mediaType }: DocumentBlock): string => `(a document, ${name ?? mediaType}, was left out: Bedrock takes none of that kind)`;

/** The API takes letters, digits, single blanks, hyphens and brackets. */
const plainName = (name: string): string =>
  name
    .replaceAll(/[^A-Za-z0-9\-()[\]]+/g, " ")
    .trim()
    .slice(0, 150) || "document";

const callOf = ({ id, name, input, malformed }: CallBlock): ConverseBlock => ({
  toolUse: { toolUseId: callId(id), name: wireName(name), input: (malformed === undefined ? input : {}) as AnyJson },
});

function resultOf({ call, content, failed }: ResultBlock, options: BlockOptions): ConverseBlock {
  const isSaidInText = failed === true && !options.status;
  const parts = content.flatMap((block): readonly ConverseResult[] => {
    if (block.type === "text") return [{ text: block.text }];
    if (block.type === "image") return [imageOf(block)];
    if (block.type !== "document") return [];
    const document = documentBlock(block, options);
    return [document === undefined ? { text: leftOut(block) } : { document }];
  });
  const said = [...(isSaidInText ? [{ text: "(this call failed)" }] : []), ...parts];
  return {
    toolResult: {
      toolUseId: callId(call),
      content: said.length === 0 ? [{ text: "(no output)" }] : said,
      ...(failed === true && options.status ? { status: "error" } : {}),
    },
  };
}

/** The API's ids are short; another's that is longer is told by its beginning and its digest, in a call and its result alike. */
export function callId(id: string): string {
  const name = wireName(id);
  return name.length <= maxIdLength ? name : `${name.slice(0, 42)}_${createHash("sha256").update(id).digest("hex").slice(0, 20)}`;
}

const encoded = (kind: EncodedBlock["kind"], block: ConverseBlock): EncodedBlock => ({ kind, json: wireJson(block) });
