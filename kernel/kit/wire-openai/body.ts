import type { Message } from "../../src/contracts/message.ts";
import type { ModelRequest, ToolSpec } from "../../src/contracts/model.ts";
import { createRepair } from "../repaired-history.ts";
import { wireJson } from "../wire-json.ts";
import { textOf } from "./parts.ts";

/** What a model can be shown besides text; everything when absent. */
export interface Shown {
  readonly images?: boolean;
  readonly documents?: boolean;
}

/** How one of the vendor's wires says a conversation. */
export interface Dialect {
  /** The member that holds the items. */
  readonly list: "messages" | "input";
  /** The items a message becomes, as JSON. */
  itemsOf(message: Message): readonly string[];
  toolOf(tool: ToolSpec): object;
}

export interface BodyOptions {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly accepts?: Shown;
  /** Members, and items before the first message, that say the system prompt. */
  system(text: string): { readonly fields?: Readonly<Record<string, unknown>>; readonly items?: readonly object[] };
}

const comma = Buffer.from(",");
const end = Buffer.from("]}");

/**
 * Makes the body of a request, as UTF-8. What a message becomes is kept as bytes with its identity, and so are the tools: a
 * turn costs what it adds, and a copy of the rest.
 */
export function createBody(provider: string, { list, itemsOf, toolOf }: Dialect): (request: ModelRequest, options: BodyOptions) => Uint8Array<ArrayBuffer> {
  const repair = createRepair(provider);
  const messages = new WeakMap<Message, Uint8Array>();
  const tools = new WeakMap<readonly ToolSpec[], string>();

  return (request, { fields, accepts, system }) => {
    const prompt = textOf(request.system, "\n\n");
    const said = prompt === "" ? {} : system(prompt);
    const head = [
      JSON.stringify(fields).slice(1, -1),
      request.tools.length === 0 ? "" : kept(tools, request.tools, (specs) => `"tools":${wireJson(specs.map(toolOf))}`),
      said.fields === undefined ? "" : wireJson(said.fields).slice(1, -1),
    ];
    const items = [
      Buffer.from((said.items ?? []).map(wireJson).join(",")),
      ...repair(request.messages, { model: request.model, images: accepts?.images ?? true, documents: accepts?.documents ?? true }).map((message) =>
        kept(messages, message, () => Buffer.from(itemsOf(message).join(","))),
      ),
    ].filter(({ length }) => length > 0);
    return Buffer.concat([
      Buffer.from(`{${[...head, `"${list}":[`].filter((member) => member !== "").join(",")}`),
      ...items.flatMap((item, index) => (index === 0 ? [item] : [comma, item])),
      end,
    ]);
  };
}

/** A tool's schema, with the members without which the vendor takes none. */
export const parametersOf = ({ input }: ToolSpec): Readonly<Record<string, unknown>> => ({ type: "object", properties: {}, ...input });

function kept<K extends object, V>(cache: WeakMap<K, V>, key: K, make: (key: K) => V): V {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const value = make(key);
  cache.set(key, value);
  return value;
}
