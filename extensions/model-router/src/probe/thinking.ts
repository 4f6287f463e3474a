import { ClawError } from "@claw/kernel";
import { answered, callsOf, weather } from "./calls.ts";
import { no, ok, quoted, user, type Probe } from "./probe.ts";

const question = user(
  "Think first: which is larger, 17 times 23 or 19 times 21? If it is the first, call the tool for Oslo, otherwise for Bergen. Then say in one sentence what the weather is there.",
);

/** Whether thoughts are shown, and whether the vendor takes them back: some refuse a history whose thoughts were changed on the way. */
export const thinking: Probe = {
  name: "thinking",
  requests: () => 2,
  replyTokens: 4096,
  claim: ({ reasoning }) => reasoning,
  fact: "reasoning",
  async run({ ask, model: { info } }) {
    const effort = info.efforts?.find((level) => level === "medium") ?? info.efforts?.at(-1);
    const asked = { ...(info.tools ? { tools: [weather] } : {}), ...(effort === undefined ? {} : { effort }) };
    const first = await ask({ ...asked, messages: [question] });
    if (!first.content.some(({ type }) => type === "reasoning")) return no("it shows no thoughts");
    const next = callsOf(first).length > 0 ? answered(first, "rain") : [{ role: "assistant" as const, content: first.content }, user("Say that in one word.")];
    const heard = await ask({ ...asked, messages: [question, ...next] });
    return heard.reason === "refusal" ? no(`it refused to go on: ${quoted(heard.text)}`) : ok;
  },
};

/** Whether it takes each level it is listed with. */
export const efforts: Probe = {
  name: "effort levels",
  requests: ({ efforts: levels = [] }) => levels.length,
  replyTokens: 2048,
  claim: ({ efforts: levels }) => levels !== undefined && levels.length > 0,
  fact: "efforts",
  async run({ ask, model: { info } }) {
    const levels = info.efforts ?? [];
    if (levels.length === 0) return no("it is listed with none");
    const refused: string[] = [];
    for (const effort of levels) {
      try {
        await ask({ effort, messages: [user("Reply with the one word: pong")] });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        refused.push(effort);
      }
    }
    return refused.length === 0 ? ok : no(`it refuses ${refused.join(", ")}`);
  },
};

const isRefusal = (error: unknown): boolean => ClawError.is(error, "MODEL_REFUSED");
