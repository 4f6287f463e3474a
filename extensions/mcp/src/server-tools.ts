import type { ServerResource, ServerTool } from "@claw/kernel";
import { fieldsOf, isJsonObject, plainLine, plainText, stringOf } from "@claw/kernel/kit";

/** A server that offers more than this is not asked on. */
export const mostTools = 512;
const mostResources = 4096;
const descriptionCharacters = 2048;
/** A schema is sent with every request. */
const schemaBytes = 64 * 1024;

export interface ReadTools {
  readonly tools: readonly ServerTool[];
  /** What was left out and why, one sentence each. */
  readonly leftOut: readonly string[];
}

/** The tools of a server's list, in the order of their names: what a model sees does not depend on a server's mood. */
export function toolsOf(listed: readonly unknown[]): ReadTools {
  const tools = new Map<string, ServerTool>();
  const leftOut: string[] = [];
  for (const item of listed.slice(0, mostTools)) {
    const { name, description, inputSchema, annotations } = fieldsOf(item);
    const why = typeof name !== "string" || name.trim() === "" ? "it has no name" : tools.has(name) ? "its name is there twice" : schemaProblem(inputSchema);
    if (why !== undefined) leftOut.push(`the tool ${plainLine(stringOf(name), 64)} is left out: ${why}`);
    else
      tools.set(stringOf(name), {
        name: stringOf(name),
        description: plainText(stringOf(description), descriptionCharacters),
        input: fieldsOf(inputSchema),
        ...(isJsonObject(annotations) ? { annotations } : {}),
      });
  }
  if (listed.length > mostTools) leftOut.push(`${listed.length - mostTools} tools are left out: a server may offer ${mostTools}`);
  return { tools: [...tools.values()].sort((a, b) => (a.name < b.name ? -1 : 1)), leftOut };
}

function schemaProblem(schema: unknown): string | undefined {
  if (!isJsonObject(schema) || schema["type"] !== "object") return "its input is no object";
  if (JSON.stringify(schema).length > schemaBytes) return `its schema has more than ${schemaBytes} bytes`;
  return refersElsewhere(schema) ? "its schema refers to another document" : undefined;
}

/** Nothing is ever fetched for a schema. */
function refersElsewhere(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(refersElsewhere);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(
    ([key, item]) => ((key === "$ref" || key === "$dynamicRef") && typeof item === "string" && !item.startsWith("#")) || refersElsewhere(item),
  );
}

export function resourcesOf(listed: readonly unknown[]): readonly ServerResource[] {
  return listed.slice(0, mostResources).flatMap((item) => {
    const { uri, name, description, mimeType } = fieldsOf(item);
    if (typeof uri !== "string" || uri === "") return [];
    return [
      {
        uri,
        name: plainLine(stringOf(name), 200),
        ...(typeof description === "string" ? { description: plainText(description, descriptionCharacters) } : {}),
        ...(typeof mimeType === "string" ? { mimeType: plainLine(mimeType, 100) } : {}),
      },
    ];
  });
}
