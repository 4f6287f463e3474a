import type { ContentBlock, Message, ModelRequest, ToolSpec } from "@claw/kernel";
import { createRepair, wireJson } from "@claw/kernel/kit";
import type { Content, Tool } from "@google/genai";
import type { GenerationFields } from "./generation-fields.ts";
import { isGemini3 } from "./models.ts";
import { type EncodedPart, encodeBlock, encodeTool } from "./part.ts";

export interface BodyOptions {
  readonly fields: GenerationFields;
  readonly images: boolean;
  readonly documents: boolean;
}

/** What a message became, and of what: its answers bear the names of the calls before it. */
interface Kept {
  readonly model: string;
  readonly before: Message | undefined;
  readonly bytes: Uint8Array;
}

const comma = Buffer.from(",");
const end = Buffer.from("]}");

/** What Google names for a call that has no signature of its own, as another model's has none: Gemini 3 refuses it without. */
const unsignedMark = ',"thoughtSignature":"skip_thought_signature_validator"}';

/**
 * Makes the body of a generateContent request, as UTF-8. What a message becomes is kept as bytes with its identity, and so are
 * tools and system prompt: a turn costs what it adds, and a copy of the rest.
 */
export function createBodyEncoder(provider: string): (request: ModelRequest, options: BodyOptions) => Uint8Array<ArrayBuffer> {
  const repair = createRepair(provider);
  const messages = new WeakMap<Message, Kept>();
  const tools = new WeakMap<readonly ToolSpec[], string>();
  const system = new WeakMap<readonly ContentBlock[], string>();

  const encode = (message: Message, before: Message | undefined, model: string): Uint8Array => {
    const known = messages.get(message);
    if (known?.model === model && known.before === before) return known.bytes;
    const bytes = Buffer.from(contentOf(message, before, model, provider));
    messages.set(message, { model, before, bytes });
    return bytes;
  };

  return (request, { fields, images, documents }) => {
    const said = repair(request.messages, { model: request.model, images, documents });
    const head = [
      Object.keys(fields).length === 0 ? "" : wireJson(fields).slice(1, -1),
      request.tools.length === 0 ? "" : `"tools":${kept(tools, request.tools, toolsOf)}`,
      kept(system, request.system, systemOf),
      '"contents":[',
    ];
    const pieces: Uint8Array[] = [Buffer.from(`{${head.filter((member) => member !== "").join(",")}`)];
    for (const [index, message] of said.entries()) {
      if (index > 0) pieces.push(comma);
      pieces.push(encode(message, said[index - 1], request.model));
    }
    return Buffer.concat([...pieces, end]);
  };
}

function kept<K extends object>(cache: WeakMap<K, string>, key: K, make: (key: K) => string): string {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make(key);
  cache.set(key, value);
  return value;
}

const toolsOf = (specs: readonly ToolSpec[]): string => `[{"${"functionDeclarations" satisfies keyof Tool}":[${specs.map(encodeTool).join(",")}]}]`;

function systemOf(blocks: readonly ContentBlock[]): string {
  const parts = blocks.flatMap((block) => (block.type === "text" && block.text.trim() !== "" ? [{ text: block.text }] : []));
  return parts.length === 0 ? "" : `"systemInstruction":${wireJson({ parts } satisfies Content)}`;
}

function contentOf({ role, content }: Message, before: Message | undefined, model: string, provider: string): string {
  const names = new Map(before?.content.flatMap((block) => (block.type === "tool-call" ? [[block.id, block.name] as const] : [])));
  // The repaired history answers calls of the message before, and no others.
  const options = { provider, model, resultImages: isGemini3(model), toolOf: (call: string) => names.get(call) ?? call };
  const parts = content.flatMap((block) => encodeBlock(block, options));
  return role === "user"
    ? `{"role":"user","parts":[${resultsFirst(parts).join(",")}]}`
    : `{"role":"model","parts":[${(isGemini3(model) ? marked(parts) : parts.map(({ json }) => json)).join(",")}]}`;
}

const resultsFirst = (parts: readonly EncodedPart[]): readonly string[] =>
  [...parts.filter(({ kind }) => kind === "result"), ...parts.filter(({ kind }) => kind !== "result")].map(({ json }) => json);

/** Of calls that were made together, the first bears the signature. */
function marked(parts: readonly EncodedPart[]): readonly string[] {
  const calls = parts.filter(({ kind }) => kind === "call");
  const unsigned = calls.some(({ signed }) => signed) ? undefined : calls[0];
  return parts.map((part) => (part === unsigned ? part.json.slice(0, -1) + unsignedMark : part.json));
}
