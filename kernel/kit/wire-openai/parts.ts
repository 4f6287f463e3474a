import type { ContentBlock, DocumentBlock, ImageBlock, TextBlock } from "../../src/contracts/message.ts";

/** What a user says and a tool answers. */
export type Part = TextBlock | ImageBlock | DocumentBlock;

export const isPart = (block: ContentBlock): block is Part => isText(block) || block.type === "image" || block.type === "document";

export const isText = (block: ContentBlock): block is TextBlock => block.type === "text" && block.text.trim() !== "";

/** The texts among blocks, as one. */
export const textOf = (blocks: readonly ContentBlock[], between: string): string =>
  blocks
    .filter(isText)
    .map(({ text }) => text)
    .join(between);

export const dataUrl = ({ mediaType, data }: { readonly mediaType: string; readonly data: string }): string => `data:${mediaType};base64,${data}`;

/** What a document says that is text: one of the wires takes nothing but PDF, and of text the other reads nothing but the text. */
export const writtenIn = ({ mediaType, data, name }: DocumentBlock): string | undefined =>
  mediaType.startsWith("text/") ? `${name === undefined ? "" : `${name}:\n\n`}${Buffer.from(data, "base64").toString("utf8")}` : undefined;

/** A document has to have a name; by its end the vendor knows what it is. */
export const fileName = ({ name, mediaType }: DocumentBlock): string => name ?? `document.${/^[a-z]+\/([a-z0-9]+)$/.exec(mediaType)?.[1] ?? "bin"}`;
