import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, CompactorService, type LogEntry, type ModelRequest } from "@claw/kernel";
import { load, scriptedModel, testKernel, type Script, type EmbeddedExtension } from "@claw/testing";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";
import { logOf, note, prompt, reply, result } from "./logs.ts";

const manifest = JSON.parse(await readFile(join(import.meta.dirname, "../extension.json"), "utf8")) as EmbeddedExtension["manifest"];
const compaction: EmbeddedExtension = { manifest, extension: extension as EmbeddedExtension["extension"] };
const long = "x".repeat(6_400);
const head = "The conversation so far was longer; this summary stands in for its older part.";
const textOf = (request: ModelRequest | undefined): string => JSON.stringify(request?.messages ?? []);

describe("a session that grows too long", () => {
  const config = { "claw/compaction": { thresholdPercent: 10, keepTokens: 100 } };
  const full = { inputTokens: 50_000, outputTokens: 200 };

  test("is summed up by the model before the next request, visibly, with its recent part as it was", async () => {
    await using claw = await testKernel({ extensions: [compaction], config, script: [{ text: long, usage: full }, "## Goal\nfix it", "done"] });
    const session = await claw.open();
    await claw.prompt(session, `first ${long}`);
    const events = await claw.prompt(session, "second");
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(["prompt", "compacted", "reply", "turn-end"]));
    const compacted = claw.kernel.client.entries(session).filter((entry): entry is LogEntry & { readonly type: "compacted" } => entry.type === "compacted");
    expect(
      compacted.map(({ summary, trigger, tokensBefore, tokensAfter }) => ({ summary, trigger, tokensBefore, smaller: tokensAfter < tokensBefore })),
    ).toEqual([{ summary: `${head}\n\n## Goal\nfix it`, trigger: "auto", tokensBefore: 50_202, smaller: true }]);
    expect(claw.model.requests[2]?.messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: `${head}\n\n## Goal\nfix it` },
          { type: "text", text: "second" },
        ],
      },
    ]);
  });

  test("the request for a summary has its own instructions and no tools, and names the session", async () => {
    await using claw = await testKernel({ extensions: [compaction], config, script: [{ text: long, usage: full }, "## Goal", "done"] });
    const session = await claw.open();
    await claw.prompt(session, `first ${long}`);
    await claw.prompt(session, "second");
    const request = claw.model.requests[1];
    expect([
      request?.tools,
      request?.session,
      request?.maxTokens,
      request?.model,
      JSON.stringify(request?.system).includes("## Next steps"),
      textOf(request).includes("second"),
    ]).toEqual([[], session, 4_096, "fake/scripted", true, false]);
  });

  test("goes on with the whole conversation when the summary fails", async () => {
    const failed = new ClawError("MODEL_OVERLOADED", "the model is overloaded", {});
    await using claw = await testKernel({ extensions: [compaction], config, script: [{ text: long, usage: full }, { error: failed }, "done"] });
    const session = await claw.open();
    await claw.prompt(session, `first ${long}`);
    const events = await claw.prompt(session, "second");
    expect(events.flatMap((event) => (event.type === "fault" ? [event.code] : event.type === "turn-end" ? [event.reason] : []))).toEqual([
      "MODEL_OVERLOADED",
      "done",
    ]);
    expect(textOf(claw.model.requests[2])).toContain("first ");
  });

  test("is left alone when compaction is off", async () => {
    await using claw = await testKernel({
      extensions: [compaction],
      config: { "claw/compaction": { ...config["claw/compaction"], enabled: false } },
      script: [{ text: long, usage: full }, "done"],
    });
    const session = await claw.open();
    await claw.prompt(session, `first ${long}`);
    await claw.prompt(session, "second");
    expect(claw.kernel.client.entries(session).filter(({ type }) => type === "compacted")).toEqual([]);
  });
});

describe("the service", () => {
  const entries = logOf(prompt(`first ${long}`), reply(long, ["a"]), result("a", "ok"), reply("done"), prompt("next"), note("hint"));
  const model = { address: "fake/scripted", info: { id: "scripted", contextWindow: 200_000, maxOutputTokens: 8_000, tools: true, reasoning: false } };
  const call = { session: "s", cwd: "/w", roots: ["/w"], signal: new AbortController().signal };

  async function compact(
    script: Script,
    more: { readonly config?: object; readonly entries?: readonly LogEntry[]; readonly instructions?: string; readonly signal?: AbortSignal } = {},
  ) {
    const { models, requests } = scriptedModel(script);
    await using claw = await load(extension, { config: { keepTokens: 10, ...more.config }, services: { models } });
    const compactor = claw.service(CompactorService);
    const input = {
      entries: more.entries ?? entries,
      model,
      trigger: "manual" as const,
      ...(more.instructions === undefined ? {} : { instructions: more.instructions }),
    };
    const made = await compactor.compact(input, more.signal === undefined ? call : { ...call, signal: more.signal });
    return { made, requests };
  }

  test("keeps what is recent and sums up the rest", async () => {
    const { made } = await compact(["  ## Goal\r\nx\n\n\n\n## Next steps\ny\n"]);
    expect([made?.summary, made?.through]).toEqual([`${head}\n\n## Goal\nx\n\n## Next steps\ny`, 2]);
  });

  test("merges the earlier summary", async () => {
    const earlier: LogEntry = { type: "compacted", through: 3, summary: "what was before", trigger: "auto", tokensBefore: 9, tokensAfter: 1, seq: 99, at: "x" };
    const { requests } = await compact(["s"], { entries: [earlier, ...entries] });
    expect(textOf(requests[0])).toContain('<entry of=\\"earlier-summary\\">\\nwhat was before');
  });

  test("passes the person's wishes on", async () => {
    const { requests } = await compact(["s"], { instructions: " keep the SQL " });
    expect(textOf(requests[0])).toContain("The user asks of this summary: keep the SQL");
  });

  test("asks the model it is told to", async () => {
    const { requests } = await compact(["s"], { config: { model: "fake/small" } });
    expect(requests[0]?.model).toBe("fake/small");
  });

  test("sums up a short session when a person asks for it, and not by itself", async () => {
    const { made } = await compact(["s"], { config: { keepTokens: 20_000 } });
    const { models } = scriptedModel([]);
    await using claw = await load(extension, { services: { models } });
    expect([made?.through, await claw.service(CompactorService).compact({ entries, model, trigger: "auto" }, call)]).toEqual([2, undefined]);
  });

  test("has nothing to say where there is too little", async () => {
    const { made, requests } = await compact([], { entries: logOf(prompt("hi"), reply("hello"), prompt("bye")) });
    expect([made, requests.length]).toEqual([undefined, 0]);
  });

  test("takes what is finished for its deltas, and nothing from before a retry", async () => {
    const { models } = scriptedModel([]);
    const stream = async function* () {
      yield { type: "text-delta", text: "lost" } as const;
      yield { type: "retry", attempt: 1, attempts: 2, delayMs: 0, code: "MODEL_STREAM_CUT", message: "cut" } as const;
      yield { type: "reasoning-delta", text: "hm" } as const;
      yield { type: "text-delta", text: "on" } as const;
      yield { type: "block", block: { type: "text", text: "one" } } as const;
      yield { type: "block", block: { type: "unknown", luggage: {} } } as const;
      yield { type: "text-delta", text: " two" } as const;
      yield { type: "end", reason: "stop" } as const;
    };
    await using claw = await load(extension, { config: { keepTokens: 10 }, services: { models: { ...models, stream } } });
    expect((await claw.service(CompactorService).compact({ entries, model, trigger: "auto" }, call))?.summary).toBe(`${head}\n\none two`);
  });

  test.each([
    ["is cut off", { text: "half", cut: true }, "MODEL_STREAM_CUT"],
    ["is empty", { text: " \n " }, "MODEL_STREAM_INVALID"],
    ["is a tool call", { calls: [{ name: "bash" }] }, "MODEL_STREAM_INVALID"],
    ["is refused", { text: "no", reason: "refusal" }, "MODEL_REFUSED"],
    ["fails", { error: new ClawError("MODEL_RATE_LIMITED", "later", {}) }, "MODEL_RATE_LIMITED"],
  ] as const)("throws when the summary %s", async (_what, said, code) => {
    await expect(compact([said])).rejects.toThrow(expect.objectContaining({ code }));
  });

  test("says when the summary itself grew too long", async () => {
    const { made } = await compact([{ text: "long", reason: "length" }]);
    expect(made?.summary).toBe(`${head}\n\nlong\n\n[the summary was cut off here]`);
  });

  test("stops with the reason of an abort", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const running = compact([{ text: "x", hang: true }], { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 5);
    await expect(running).rejects.toBe(reason);
  });
});
