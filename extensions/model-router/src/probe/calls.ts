import type { CallBlock, ContentBlock, Message, ToolSpec } from "@claw/kernel";
import type { Heard } from "./heard.ts";
import { judged, no, quoted, user, type Probe } from "./probe.ts";

/** The tool that probes offer. */
export const weather: ToolSpec = {
  name: "get_weather",
  description: "The weather in a city, now",
  input: { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false },
};

export const callsOf = ({ content }: Heard): readonly CallBlock[] => content.filter((block): block is CallBlock => block.type === "tool-call");

/** What goes back to a model: its own reply as it was, and a result for each of its calls. */
export const answered = (heard: Heard, result: string): readonly Message[] => [
  { role: "assistant", content: heard.content },
  { role: "user", content: callsOf(heard).map(({ id }): ContentBlock => ({ type: "tool-result", call: id, content: [{ type: "text", text: result }] })) },
];

const inParis = user("What is the weather in Paris? Use the tool.");
const isWeatherOf = (city: string, { name, input, malformed }: CallBlock): boolean =>
  malformed === undefined && name === weather.name && String(input["city"]).includes(city);

export const toolCall: Probe = {
  name: "tool call",
  requests: () => 1,
  claim: ({ tools }) => tools,
  fact: "tools",
  async run({ ask }) {
    const heard = await ask({ tools: [weather], messages: [inParis] });
    const [call] = callsOf(heard);
    if (call === undefined) return judged(false, heard, `it called nothing and answered ${quoted(heard.text)}`);
    return judged(isWeatherOf("Paris", call), heard, `it called ${call.name} with ${quoted(call.malformed ?? JSON.stringify(call.input))}`);
  },
};

export const parallelCalls: Probe = {
  name: "parallel calls",
  requests: () => 1,
  async run({ ask }) {
    const heard = await ask({ tools: [weather], messages: [user("What is the weather in Paris and in Oslo? Call the tool for both cities at once.")] });
    const calls = callsOf(heard);
    return judged(
      ["Paris", "Oslo"].every((city) => calls.some((call) => isWeatherOf(city, call))),
      heard,
      `it made ${calls.length === 1 ? "one call" : `${calls.length} calls`} at once`,
    );
  },
};

export const toolResult: Probe = {
  name: "tool result",
  requests: () => 2,
  claim: ({ tools }) => tools,
  fact: "tools",
  async run({ ask }) {
    const first = await ask({ tools: [weather], messages: [inParis] });
    if (callsOf(first).length === 0) return no("it called nothing");
    const heard = await ask({ tools: [weather], messages: [inParis, ...answered(first, "41 degrees, hail")] });
    return judged(/41|hail/i.test(heard.text), heard, `it was told of hail and answered ${quoted(heard.text)}`);
  },
};
