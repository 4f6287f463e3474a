import { LLMock } from "@copilotkit/aimock";
import { ClawError, type Message, type ModelEvent, type ModelProvider, type ModelRequest } from "@claw/kernel";
import { afterEach, beforeAll, afterAll, describe, expect, test } from "vitest";
import { type Judged, type Subject, startSubject, subjects } from "./subjects.ts";

/** A server of all these wires that nobody here wrote: what our own servers and our providers might both get wrong shows here. */
const judge = new LLMock({ port: 0, logLevel: "silent" });
const tool = { name: "get_weather", description: "The weather", input: { type: "object", properties: { city: { type: "string" } }, required: ["city"] } };

beforeAll(async () => {
  judge
    .onMessage("hello", { content: "Hi there! Ünïcödé 👩‍👩‍👧" })
    .onMessage("both", {
      toolCalls: [
        { name: "get_weather", arguments: '{"city":"Oslo"}' },
        { name: "get_weather", arguments: '{"city":"Rom"}' },
      ],
    })
    .onMessage("think", { content: "Forty-two", reasoning: "Six times seven" })
    .onMessage("no-call", { error: { message: "slow down", type: "rate_limit_error" }, status: 429, retryAfter: 7 })
    .onMessage("broken", { error: { message: "on fire", type: "server_error" }, status: 500 })
    .onMessage("long", { content: "0123456789 ".repeat(20_000) })
    .onToolResult("call_weather", { content: "It is cold in Oslo" });
  await judge.start();
});
afterAll(() => judge.stop());
afterEach(() => void judge.clearChaos());

interface Heard {
  readonly said: string;
  readonly thought: string;
  readonly calls: readonly object[];
  readonly end: string | undefined;
  readonly error: unknown;
}

async function hear(provider: ModelProvider, model: string, prompt: string | readonly Message[], more: Partial<ModelRequest> = {}): Promise<Heard> {
  const messages = typeof prompt === "string" ? [{ role: "user" as const, content: [{ type: "text" as const, text: prompt }] }] : prompt;
  const events: ModelEvent[] = [];
  let error: unknown;
  try {
    for await (const event of provider.stream({ model, system: [], messages, tools: [tool], ...more }, AbortSignal.timeout(15_000))) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  const texts = (type: string): string => events.map((event) => (event.type === type && "text" in event ? event.text : "")).join("");
  return {
    said: texts("text-delta"),
    thought: texts("reasoning-delta"),
    calls: events.flatMap((event) =>
      event.type === "block" && event.block.type === "tool-call" ? [{ name: event.block.name, input: event.block.input }] : [],
    ),
    end: events.findLast((event) => event.type === "end")?.reason,
    error,
  };
}

describe.each(subjects.filter(({ unjudged }) => unjudged === undefined).map((subject) => [subject.name, subject] as const))(
  "%s, before a judge that nobody here wrote",
  (_name, subject: Subject) => {
    let judged: Judged;
    const ask = (prompt: string | readonly Message[], more: Partial<ModelRequest> = {}): Promise<Heard> => hear(judged.provider, subject.model, prompt, more);
    beforeAll(async () => {
      judged = await startSubject(subject, judge.url);
    });
    afterAll(() => judged[Symbol.asyncDispose]());

    test("reads text, and a long one", async () => {
      expect(await ask("hello")).toEqual({ said: "Hi there! Ünïcödé 👩‍👩‍👧", thought: "", calls: [], end: "stop", error: undefined });
      expect((await ask("long")).said.length).toBe(220_000);
    });

    test("reads calls that stand side by side", async () => {
      const { calls, end, error } = await ask("both");
      expect([error, calls, end]).toEqual([
        undefined,
        [
          { name: "get_weather", input: { city: "Oslo" } },
          { name: "get_weather", input: { city: "Rom" } },
        ],
        "tool-calls",
      ]);
    });

    test("gives a tool's result back", async () => {
      const { said, error } = await ask([
        { role: "user", content: [{ type: "text", text: "how is it in Oslo?" }] },
        { role: "assistant", content: [{ type: "tool-call", id: "call_weather", name: "get_weather", input: { city: "Oslo" } }] },
        { role: "user", content: [{ type: "tool-result", call: "call_weather", content: [{ type: "text", text: "-4" }] }] },
      ]);
      expect([error, said]).toEqual([undefined, "It is cold in Oslo"]);
    });

    test("shows what a model thought", async () => {
      const { said, thought, error } = await ask("think");
      expect([error, said, thought]).toEqual([undefined, "Forty-two", "Six times seven"]);
    });

    test("says a limit and a failure of the server", async () => {
      expect((await ask("no-call")).error).toMatchObject({ code: "MODEL_RATE_LIMITED", retryable: true, data: { status: 429, retryAfterMs: 7000 } });
      expect((await ask("broken")).error).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true, data: { status: 500 } });
    });

    test.each([
      ["drops requests", { dropRate: 1 }],
      ["limits them", { rateLimitRate: 1 }],
      ["answers nonsense", { malformedRate: 1 }],
      ["breaks connections", { disconnectRate: 1 }],
    ])("has a typed error when the judge %s", async (_what, chaos) => {
      judge.setChaos(chaos);
      const { error, end } = await ask("hello");
      expect([ClawError.is(error) ? error.code : error, end]).toEqual([expect.stringMatching(/^(MODEL|NETWORK)_/), undefined]);
    });
  },
);
