import { ClawError, type ContentBlock, type Message, type ModelEvent, type ModelInfo, type ModelProvider, type ModelRequest } from "@claw/kernel";
import { info } from "./fakes.ts";

/** What is known of a model that can do everything. */
export const able: ModelInfo = info("able", {
  contextWindow: 100_000,
  maxOutputTokens: 3000,
  reasoning: true,
  images: true,
  output: true,
  efforts: ["low", "high"],
  caching: "breakpoints",
  price: { input: 1, output: 10 },
});

export interface AbleModel extends ModelProvider {
  readonly asked: readonly ModelRequest[];
}

type Say = (request: ModelRequest, usual: () => readonly ModelEvent[]) => readonly ModelEvent[];

const text = (...pieces: readonly string[]): readonly ModelEvent[] => pieces.map((piece) => ({ type: "text-delta", text: piece }));
const weather = (...cities: readonly string[]): readonly ModelEvent[] =>
  cities.map((city) => ({ type: "block", block: { type: "tool-call", id: `call_${city}`, name: "get_weather", input: { city } } }));
const thought: ModelEvent = { type: "block", block: { type: "reasoning", text: "so", luggage: { one: { signature: "s" } } } };
const wordsOf = ({ content }: Message): string => content.map((block) => (block.type === "text" ? block.text : "")).join(" ");
const has = (blocks: readonly ContentBlock[], type: ContentBlock["type"]): boolean => blocks.some((block) => block.type === type);

/** A model on this machine that does what every probe asks for; `say` may put something else in the place of a reply. */
export function ableModel(say: Say = (_request, usual) => usual(), model: ModelInfo = able): AbleModel {
  const asked: ModelRequest[] = [];
  const cached = new Set<string>();
  return {
    asked,
    models: async () => [model],
    status: async () => ({ ready: true, host: "able.test" }),
    async *stream(request) {
      asked.push(request);
      if (request.model !== model.id) throw new ClawError("MODEL_UNKNOWN", `there is no ${request.model}`, { model: request.model, suggestions: [] });
      if (request.effort !== undefined && model.efforts?.includes(request.effort) !== true) throw new ClawError("MODEL_REFUSED", "no such effort", {});
      yield* say(request, () => replyTo(request));
      const prefix = JSON.stringify(request.system);
      const isCached = cached.has(prefix) && request.system.length > 0;
      cached.add(prefix);
      yield { type: "usage", usage: { inputTokens: 100, outputTokens: 10, ...(isCached ? { cacheReadTokens: 5000 } : {}) } };
      yield { type: "end", reason: "stop" };
    },
  };
}

function replyTo({ messages, tools, output, stop = [] }: ModelRequest): readonly ModelEvent[] {
  const asked = wordsOf(messages[0] ?? { role: "user", content: [] });
  const last = messages.at(-1)?.content ?? [];
  if (output !== undefined) return text('{"fruit":', '"plum","count":3}');
  if (has(last, "image")) return text("Red.");
  if (has(last, "tool-result")) return text("It hails at 41 degrees.");
  if (asked.startsWith("Think first")) return [thought, ...(tools.length > 0 ? weather("Bergen") : text("Bergen."))];
  if (asked.includes("Oslo")) return weather("Paris", "Oslo");
  if (asked.includes("Paris")) return weather("Paris");
  if (asked.includes("SEVEN")) return text(stop.includes("FIVE") ? "ONE TWO THREE FOUR " : "ONE TWO THREE FOUR FIVE SIX SEVEN");
  if (asked.includes("60")) return text("1 2 ", "3 4 ");
  return text("pong");
}
