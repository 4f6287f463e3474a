import type { ContentBlock, Judgement, ModelEvent, StopReason, Usage } from "@claw/kernel";
import { controlCharacters, hiddenCharacters } from "@claw/kernel/kit";
import { judgeTool } from "./instructions.ts";

/** What a reply came to. */
export type Answer = { readonly judgement: Judgement; readonly usage?: Usage } | { readonly problem: string; readonly usage?: Usage };

interface Reply {
  readonly blocks: readonly ContentBlock[];
  /** Text that is in no block. */
  readonly text: string;
  readonly end: { readonly reason: StopReason; readonly model?: string } | undefined;
  readonly usage: Usage | undefined;
}

const decisions = ["allow", "ask", "deny"] as const;
const mostReason = 300;

/** Reads a reply to its end. Anything but one whole call of the one tool, made by the model that was asked, is no judgement. */
export async function answerIn(events: AsyncIterable<ModelEvent>, model: string): Promise<Answer> {
  const { blocks, text, end, usage } = await replyOf(events);
  const result = judgementIn(blocks, text, end, model);
  return { ...(typeof result === "string" ? { problem: result } : { judgement: result }), ...(usage === undefined ? {} : { usage }) };
}

function judgementIn(blocks: readonly ContentBlock[], text: string, end: Reply["end"], model: string): Judgement | string {
  if (end === undefined) return "broke off its answer";
  if (end.reason === "refusal") return "refused to answer";
  if (end.reason === "length") return "came to no end";
  if (end.model !== undefined && end.model !== model) return "did not answer itself: another model did in its place";
  const said = blocks.filter((block) => block.type !== "reasoning" && !(block.type === "text" && block.text.trim() === ""));
  const [call, ...more] = said;
  if (text.trim() !== "" || call === undefined || more.length > 0 || call.type !== "tool-call" || call.name !== judgeTool.name || call.malformed !== undefined)
    return "answered with something else than one judgement";
  const { decision, reason, ...rest } = { ...call.input };
  const known = decisions.find((one) => one === decision);
  if (known === undefined || typeof reason !== "string" || Object.keys(rest).length > 0) return "answered with a judgement that is none";
  const sentence = sentenceOf(reason);
  return sentence === "" ? "gave no reason" : { decision: known, reason: sentence };
}

/** One line, without a full stop or anything that is not seen: it is shown to a person. */
export function sentenceOf(text: string): string {
  const line = text
    .slice(0, 4 * mostReason)
    .toWellFormed()
    .replaceAll(/\s+/gu, " ")
    .replaceAll(new RegExp(`[${controlCharacters}${hiddenCharacters}]`, "gu"), "")
    .trim();
  return (line.length > mostReason ? `${line.slice(0, mostReason - 1).toWellFormed()}…` : line).replace(/[.\s]+$/, "");
}

async function replyOf(events: AsyncIterable<ModelEvent>): Promise<Reply> {
  let blocks: ContentBlock[] = [];
  let text = "";
  let end: Reply["end"];
  let usage: Usage | undefined;
  for await (const event of events) {
    switch (event.type) {
      case "text-delta":
        text += event.text;
        break;
      case "block":
        // A finished text replaces its deltas.
        if (event.block.type === "text") text = "";
        blocks.push(event.block);
        break;
      case "retry":
        blocks = [];
        text = "";
        end = undefined;
        break;
      case "usage":
        ({ usage } = event);
        break;
      case "end":
        end = event;
        break;
      case "notice":
      case "reasoning-delta":
      case "prefix":
        break;
      default:
        event satisfies never;
    }
  }
  return { blocks, text, end, usage };
}
