import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogEntry } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attributesOf } from "../src/attributes.ts";
import { type DecodedRecord, decodeLogs } from "./otlp-decoder.ts";
import { batchOf, encoderOf, entryOf, note } from "./setting.ts";
import { smallSession } from "./small-session.ts";

/** The bodies of a batch, as they are sent. */
async function textsOf(entries: readonly LogEntry[], dropped = 0, config: Parameters<typeof encoderOf>[0] = {}): Promise<readonly string[]> {
  const bodies = await encoderOf(config).encode(batchOf(entries, dropped));
  return bodies.map(({ bytes }) => new TextDecoder().decode(bytes));
}
const decoded = async (...given: Parameters<typeof textsOf>): Promise<readonly DecodedRecord[]> => (await textsOf(...given)).flatMap(decodeLogs);

describe("a small session", () => {
  test("is sent exactly like this", async () => {
    const [text = ""] = await textsOf(smallSession);
    expect(JSON.parse(text)).toEqual(JSON.parse(readFileSync(join(import.meta.dirname, "small-session.golden"), "utf8")));
  });

  test("says what happened and when, and nothing of what was said", async () => {
    const records = await decoded(smallSession);
    expect(records.map(({ event, severity: [, text] }) => [event, text])).toEqual([
      ["claw.session", "INFO"],
      ["claw.changed", "INFO"],
      ["claw.changed", "INFO"],
      ["claw.prompt", "INFO"],
      ["gen_ai.client.inference.operation.details", "INFO"],
      ["claw.judged", "INFO"],
      ["claw.tool_result", "ERROR"],
      ["claw.fault", "ERROR"],
      ["claw.note", "INFO"],
      ["claw.compacted", "INFO"],
      ["claw.turn_end", "ERROR"],
    ]);
    expect(records.map(({ time, observed }) => [time, time === observed])).toEqual(smallSession.map(({ at }) => [`${Date.parse(at)}000000`, true]));
    expect(JSON.stringify(records)).not.toContain("*");
  });

  test("every attribute that is sent stands in the README, and every one there is sent", async () => {
    const names = new Set((await decoded(smallSession, 3, { content: "full" })).flatMap(({ attributes }) => Object.keys(attributes)));
    for (const more of [
      entryOf(0, { type: "session", version: 1, parent: { session: "s", seq: 1 } }),
      entryOf(1, { type: "turn-end", reason: "limit", limit: "steps" }),
      entryOf(2, { type: "reply", content: [], model: "a/b", ms: 1, partial: true }),
    ])
      for (const name of Object.keys(attributesOf(more))) names.add(name);
    const readme = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
    const tables = readme.slice(readme.indexOf("## What is sent"), readme.indexOf("<!-- config -->"));
    const described = [...tables.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = ""]) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
    expect(described.toSorted()).toEqual([...names].toSorted());
  });
});

describe("records", () => {
  test("have the time of their entry to the nanosecond, and none for what is no time", async () => {
    const times = ["2026-11-22T08:00:00Z", "2026-11-22T08:00:00.123456789Z", "2026-11-22T08:00:00.5Z", "yesterday"];
    const records = await decoded(times.map((at, seq) => ({ ...note(seq), at })));
    expect(records.map(({ time }) => time)).toEqual(["1795334400000000000", "1795334400123456789", "1795334400500000000", "0"]);
  });

  test("begin with how many entries were left out", async () => {
    expect((await decoded([note(7)], 7)).map(({ event, severity, time, attributes }) => [event, severity, time, attributes["claw.dropped_count"]])).toEqual([
      ["claw.dropped", [13, "WARN"], "1795334407000000000", 7],
      ["claw.note", [9, "INFO"], "1795334407000000000", undefined],
    ]);
    expect((await decoded([], 2)).map(({ time, attributes }) => [time, attributes["claw.dropped_count"]])).toEqual([["1795334400000000000", 2]]);
    expect(await textsOf([], 0)).toEqual([]);
  });

  test("count input as the conventions do: with what was read from a cache and written to one", () => {
    const { "gen_ai.usage.input_tokens": input, "gen_ai.usage.output_tokens": output } = attributesOf(
      entryOf(1, { type: "reply", content: [], model: "a/b", ms: 1, usage: { inputTokens: 1, outputTokens: 2, cacheReadTokens: 30, cacheWriteTokens: 400 } }),
    );
    expect([input, output]).toEqual([431, 2]);
  });

  test.each([
    ["gen_ai.tool.name", { type: "tool-result", content: [], call: "c", outcome: "ok", ms: 1, tool: "/home/ada/secret plan.txt" }],
    ["gen_ai.tool.name", { type: "judged", input: {}, opinions: [], call: "c", verdict: "deny", tool: "cat ~/.ssh/id_rsa" }],
    ["gen_ai.tool.call.id", { type: "tool-result", content: [], call: "tell them\neverything", outcome: "ok", ms: 1, tool: "bash" }],
    ["gen_ai.request.model", { type: "reply", content: [], ms: 1, model: "/home/ada/models/x.gguf" }],
    ["gen_ai.request.model", { type: "reply", content: [], ms: 1, model: "C:\\models\\x.gguf" }],
    ["gen_ai.request.model", { type: "reply", content: [], ms: 1, model: "C:/models/x.gguf" }],
    ["gen_ai.request.model", { type: "reply", content: [], ms: 1, model: "local//home/ada/x.gguf" }],
    ["claw.value", { type: "changed", key: "cwd", value: "home", author: "person" }],
    ["claw.value", { type: "changed", key: "permission-mode", value: { why: "because" }, author: "person" }],
    ["claw.answer", { type: "judged", input: {}, opinions: [], call: "c", verdict: "deny", tool: "bash", answer: "no, use the other file" }],
    ["claw.where", { type: "fault", extension: "a/b", where: "reading /home/ada/x", code: "X", message: "m" }],
    ["claw.duration_ms", { type: "tool-result", content: [], call: "c", outcome: "ok", ms: Number.POSITIVE_INFINITY, tool: "bash" }],
  ])("%s is left out where it is no name: %j", (name, body) => {
    const attributes = attributesOf(entryOf(1, body));
    expect(Object.keys(attributes)).not.toContain(name);
    expect(attributes["claw.seq"]).toBe(1);
  });
});

describe("what was said", () => {
  /** Every place of a log where a text of a person, a model, a tool or a file stands, each with a mark in it. */
  const marked = (mark: string): readonly LogEntry[] => {
    const text = [{ type: "text", text: mark }];
    return [
      { type: "session", version: 1, id: "s", cwd: `/${mark}`, workspace: mark, claw: "1.0.0" },
      {
        type: "prompt",
        content: [...text, { type: "image", mediaType: mark, data: mark }, { type: "document", mediaType: "a", data: mark, name: mark }],
        source: "person",
      },
      {
        type: "reply",
        content: [
          ...text,
          { type: "reasoning", text: mark, luggage: { anthropic: { signature: mark } } },
          { type: "tool-call", id: "c1", name: "bash", input: { [mark]: { deep: [mark] } }, malformed: mark },
          { type: "unknown", luggage: { openai: mark } },
        ],
        model: "a/b",
        ms: 1,
        prefix: { model: "a/b", segments: [mark], shares: { [mark]: 1 } },
      },
      {
        type: "judged",
        call: "c1",
        tool: "bash",
        input: { command: mark },
        verdict: "allow",
        opinions: [{ author: "a/b", stage: "decide", decision: "allow", reason: mark, details: { mark } }],
        reason: mark,
        containment: { type: "contained", hosts: [mark], writable: [mark], readable: [mark], required: true },
      },
      {
        type: "tool-result",
        call: "c1",
        tool: "bash",
        content: [...text, { type: "tool-result", call: "c", content: text }],
        outcome: "ok",
        ms: 1,
        details: { mark },
      },
      { type: "note", text: mark, author: "a/b" },
      { type: "changed", key: "title", value: mark, author: "person" },
      { type: "changed", key: "cwd", value: mark, author: "person" },
      { type: "changed", key: "roots", value: [mark], author: "person" },
      { type: "changed", key: "system-prompt", value: mark, author: "person" },
      { type: "compacted", through: 1, summary: mark, trigger: "auto", tokensBefore: 1, tokensAfter: 1 },
      { type: "fault", extension: "a/b", where: "PreToolUse", code: "X", message: mark },
      { type: "turn-end", reason: "failed", code: "X", message: mark },
      { type: "from-the-future", text: mark, mark },
    ].map((body, seq) => entryOf(seq, body));
  };

  test("is in no payload, whatever it is and wherever it stands", async () => {
    // Marks that look like names are the hard ones: no shape gives them away.
    const mark = fc.oneof(fc.stringMatching(/^[a-z]{4,12}$/), fc.string({ unit: "binary", minLength: 4 })).map((text) => `zq${text}qz`);
    await fc.assert(
      fc.asyncProperty(mark, async (each) => {
        const texts = await textsOf(marked(each));
        for (const form of [each, JSON.stringify(each).slice(1, -1)]) expect(texts.some((text) => text.includes(form))).toBe(false);
        expect(texts.flatMap(decodeLogs)).toHaveLength(14);
      }),
    );
  });

  test("is sent when a person asks for it, in the words of the conventions", async () => {
    const by = new Map((await decoded(smallSession, 0, { content: "full" })).map(({ event, attributes }) => [event, attributes]));
    expect(by.get("claw.prompt")?.["gen_ai.input.messages"]).toEqual([{ role: "user", parts: [{ type: "text", content: "*Fix the build" }] }]);
    expect(by.get("gen_ai.client.inference.operation.details")?.["gen_ai.output.messages"]).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "reasoning", content: "*They want it fixed" },
          { type: "text", content: "*I will run the tests" },
          { type: "tool_call", id: "call_1", name: "bash", arguments: { command: "*npm test", timeoutMs: 1000 } },
        ],
      },
    ]);
    expect(by.get("claw.judged")?.["gen_ai.tool.call.arguments"]).toEqual({ command: "*npm test", timeoutMs: 1000 });
    expect([by.get("claw.tool_result")?.["gen_ai.tool.call.result"], by.get("claw.session")?.["process.working_directory"]]).toEqual([
      "*1 failed",
      "/home/ada/*project",
    ]);
  });

  test("goes without the secrets that can be recognised, and without the bytes of images", async () => {
    const token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    const entries = [
      entryOf(0, {
        type: "prompt",
        content: [
          { type: "text", text: `use ${token}` },
          { type: "image", mediaType: "image/png", data: "QUJDREVG" },
        ],
        source: "person",
      }),
      entryOf(1, { type: "judged", call: "c", tool: "bash", input: { env: ["plain-secret-of-the-environment"], [token]: 1 }, verdict: "allow", opinions: [] }),
    ];
    const [body] = await encoderOf({ content: "full" }, { DEPLOY_TOKEN: "plain-secret-of-the-environment" }).encode(batchOf(entries));
    const text = new TextDecoder().decode(body?.bytes);
    expect([token, "plain-secret", "QUJDREVG"].filter((secret) => text.includes(secret))).toEqual([]);
    expect(decodeLogs(text)[1]?.attributes["gen_ai.tool.call.arguments"]).toEqual({ env: ["[redacted:DEPLOY_TOKEN]"], "[redacted:github-token]": 1 });
  });

  test("arrives as what every reader can hold, whatever a model or a tool made of it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 8, stringUnit: "binary" }), fc.string({ unit: "binary" }), async (value, text) => {
        const entries = [
          entryOf(0, { type: "judged", call: "c", tool: "bash", input: { value, big: 1e300, more: 2 ** 53, half: "\ud800" }, verdict: "allow", opinions: [] }),
          entryOf(1, { type: "tool-result", call: "c", tool: text, content: [{ type: "text", text }], outcome: "ok", ms: 1 }),
        ];
        const [judged, result] = await decoded(entries, 0, { content: "full" });
        expect(judged?.attributes["gen_ai.tool.call.arguments"]).toMatchObject({ big: "1e+300", more: "9007199254740992", half: "\ufffd" });
        expect(result?.event).toBe("claw.tool_result");
      }),
    );
  });

  test("is cut where it is too long or too deep", async () => {
    let deep: unknown = "bottom";
    for (let level = 0; level < 5000; level += 1) deep = [deep];
    const [record] = await decoded(
      [entryOf(0, { type: "judged", call: "c", tool: "bash", input: { deep }, verdict: "allow", opinions: [], reason: "é".repeat(100_000) })],
      0,
      { content: "full" },
    );
    expect(JSON.stringify(record?.attributes["gen_ai.tool.call.arguments"])).toContain("{{too deep}}");
    const long = String(record?.attributes["claw.judgement"]);
    expect([long.length < 70_000, long.endsWith("… [134464 bytes left out]")]).toEqual([true, true]);
  });
});
