import type { ModelRequest } from "@claw/kernel";
import type { ScriptedReply } from "@claw/testing";

/** A judge's reply. */
export const judged = (decision: string, reason: string = "because"): ScriptedReply => ({ calls: [{ name: "judge_call", input: { decision, reason } }] });

/** All text of the one message of a request. */
export const textOf = ({ messages }: ModelRequest): string =>
  messages.flatMap(({ content }) => content.map((block) => (block.type === "text" ? block.text : ""))).join("");

/** What stands between the tags of one part, as it was sent. */
export const partOf = (request: ModelRequest, name: string): string | undefined =>
  new RegExp(`<${name} id=(\\w+)>\\n([^]*?)\\n</${name} id=\\1>`).exec(textOf(request))?.[2];

/** The same as data again. */
export function dataOf(request: ModelRequest, name: string): unknown {
  const part = partOf(request, name);
  if (part === undefined) return undefined;
  const signs: Readonly<Record<string, string>> = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
  return JSON.parse(part.replaceAll(/&(?:lt|gt|amp);/g, (entity) => signs[entity] ?? ""));
}
