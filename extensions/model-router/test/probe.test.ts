import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type ModelEvent, type ModelInfo } from "@claw/kernel";
import { expect, test } from "vitest";
import { modelsCommand } from "../src/models-command.ts";
import { estimated, findings, type Finding } from "../src/probe/all.ts";
import { hear } from "../src/probe/heard.ts";
import { readProbes } from "../src/probe-file.ts";
import { providerCommand } from "../src/provider-command.ts";
import { backoff } from "../src/retry.ts";
import { able, ableModel, type AbleModel } from "./able-model.ts";
import { cacheFolder, partsOf, run } from "./command-call.ts";
import { fakeTiming, info, never, slotOf } from "./fakes.ts";

const names = [
  "text",
  "streaming",
  "tool call",
  "parallel calls",
  "tool result",
  "thinking",
  "image",
  "structured output",
  "stop text",
  "effort levels",
  "prompt cache",
  "usage",
  "error for no such model",
];

async function probed(provider: AbleModel, model: ModelInfo = able): Promise<Readonly<Record<string, Finding>>> {
  const options = { policy: { ...backoff, attempts: 3, patienceMs: 60_000 }, idleTimeoutMs: 60_000, timing: fakeTiming(), waits: true };
  const found: Finding[] = [];
  for await (const finding of findings(provider, { address: `one/${model.id}`, info: model }, options, never)) found.push(finding);
  expect(found.map(({ probe }) => probe)).toEqual(names);
  return Object.fromEntries(found.map((finding) => [finding.probe, finding]));
}
const brief = (found: Readonly<Record<string, Finding>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(found).map(([name, { result, reason, differs }]) => [
      name,
      `${result}${reason === undefined ? "" : `: ${reason}`}${differs ? " (differs)" : ""}`,
    ]),
  );

test("a model that can do everything is found to, with as many requests as were said", async () => {
  const provider = ableModel();
  const found = await probed(provider);
  expect(brief(found)).toEqual(Object.fromEntries(names.map((name) => [name, "ok"])));
  const { requests, usd } = estimated({ address: "one/able", info: able });
  expect([requests, provider.asked.length, Object.values(found).reduce((sum, one) => sum + one.requests, 0)]).toEqual([16, 16, 16]);
  expect(usd).toBeCloseTo((16 * 500 + 10_000 + (12 * 1024 + 2 * 2048 + 2 * 3000) * 10) / 1e6);
  // What it may answer is bounded by what it can.
  expect(Math.max(...provider.asked.map(({ maxTokens = 0 }) => maxTokens))).toBe(3000);
});

test("a model that can do nothing but talk is found to, and where the registry says otherwise that differs", async () => {
  const mute = (request: Parameters<AbleModel["stream"]>[0], usual: () => readonly ModelEvent[]): readonly ModelEvent[] => {
    if (request.stop !== undefined) throw new ClawError("MODEL_REFUSED", "no stop texts here", {});
    const said = usual()
      .map((event) => (event.type === "text-delta" ? event.text : ""))
      .join("");
    return [{ type: "text-delta", text: request.output === undefined && !JSON.stringify(request.messages).includes("image") ? said : "no idea" }];
  };
  const plain = info("able", { images: false, contextWindow: 100 });
  expect(brief(await probed(ableModel(mute, plain), plain))).toEqual({
    text: "ok",
    streaming: "no: the answer came in one piece (differs)",
    "tool call": 'no: it called nothing and answered "" (differs)',
    "parallel calls": "no: it made 0 calls at once",
    "tool result": "no: it called nothing (differs)",
    thinking: "no: it shows no thoughts",
    image: 'no: it was shown red and answered "no idea"',
    "structured output": 'no: it answered "no idea"',
    "stop text": "no: no stop texts here",
    "effort levels": "no: it is listed with none",
    "prompt cache": "ok",
    usage: "ok",
    "error for no such model": "ok",
  });
});

test("what could not be found out is failed, and not no", async () => {
  const provider = ableModel((request, usual) => {
    if (request.tools.length > 0) throw new ClawError("MODEL_OVERLOADED", "busy", {}, { retryable: true });
    if (request.output !== undefined) throw new TypeError("x is not a function");
    return usual();
  });
  const found = brief(await probed(provider));
  for (const name of ["tool call", "parallel calls", "tool result", "thinking"]) expect(found[name]).toBe("failed: busy (given up after 3 attempts)");
  expect(found["structured output"]).toBe("failed: the provider one failed: x is not a function");
  expect(found["image"]).toBe("ok");
});

test("an answer that was cut off says nothing", async () => {
  const cut = ableModel();
  const provider: AbleModel = {
    ...cut,
    async *stream(request, signal) {
      for await (const event of cut.stream(request, signal)) {
        if (event.type === "end") yield { type: "end", reason: request.tools.length > 0 ? "length" : "stop" };
        else if (event.type !== "block") yield event;
      }
    },
  };
  const found = brief(await probed(provider));
  expect(found["tool call"]).toBe("failed: its answer was cut off before it said so");
});

test("a level of effort that is refused is named", async () => {
  const provider = ableModel(undefined, { ...able, efforts: ["low"] });
  const found = brief(await probed(provider));
  expect([found["effort levels"], found["thinking"]]).toEqual(["no: it refuses high (differs)", "no: no such effort (differs)"]);
});

test("a reply that is sent again counts once, as what it was at last", async () => {
  const usage = { inputTokens: 1, outputTokens: 2 };
  async function* events(): AsyncGenerator<ModelEvent, void> {
    yield { type: "reasoning-delta", text: "so" };
    yield { type: "text-delta", text: "half" };
    yield { type: "usage", usage };
    yield { type: "retry", attempt: 1, attempts: 2, delayMs: 0, code: "X", message: "x" };
    yield { type: "reasoning-delta", text: "hm" };
    yield { type: "block", block: { type: "reasoning", text: "hm", luggage: { one: 1 } } };
    yield { type: "text-delta", text: "a" };
    yield { type: "text-delta", text: "b" };
    yield { type: "end", reason: "stop" };
  }
  expect(await hear(events())).toEqual({
    content: [
      { type: "reasoning", text: "hm", luggage: { one: 1 } },
      { type: "text", text: "ab" },
    ],
    text: "ab",
    pieces: 2,
    reason: "stop",
  });
});

test("claw provider probe says what it found beside what is listed, and the model list knows of it from then on", async () => {
  using cache = cacheFolder();
  const parts = partsOf(slotOf({ one: ableModel() }), cache.path, { default: "one/able" });
  const ran = await run(providerCommand, ["probe", "one/able", "--yes"], parts);
  expect(ran.code).toBe(0);
  expect(ran.said[0]).toBe("probing one/able takes up to 16 requests, at your cost: about 0.24 US dollars at the most");
  expect(ran.said.at(-1)).toBe("16 requests to one/able, 0.0080 US dollars");
  expect(ran.rows.map(([probe, found, listed, differs]) => [probe, found, listed, differs])).toEqual(
    names.map((name) => [name, "ok", name === "parallel calls" || name === "stop text" ? "" : "ok", ""]),
  );
  const { emitted } = await run(modelsCommand, ["--json"], parts);
  expect(emitted).toEqual([
    {
      type: "model",
      address: "one/able",
      ...able,
      sources: [{ facts: ["tools", "reasoning", "images", "output", "efforts", "caching"], from: "claw provider probe", date: "2026-11-22" }],
      probed: {
        at: "2026-11-22T08:00:00.000Z",
        claw: "1.0.0",
        host: "able.test",
        findings: names.map((probe) => expect.objectContaining({ probe, result: "ok" })),
      },
    },
  ]);
});

test("what differs or could not be found out is 1, and one object a probe with --json", async () => {
  using cache = cacheFolder();
  const blind = ableModel((_request, usual) =>
    usual().map((event) => (event.type === "text-delta" && event.text === "Red." ? { ...event, text: "Blue." } : event)),
  );
  const ran = await run(providerCommand, ["probe", "able", "--yes", "--json"], partsOf(slotOf({ one: blind }), cache.path));
  expect([ran.code, ran.rows, ran.emitted.length]).toEqual([1, [], names.length]);
  expect(ran.emitted[6]).toEqual({
    type: "finding",
    address: "one/able",
    probe: "image",
    result: "no",
    reason: 'it was shown red and answered "Blue."',
    requests: 1,
    ms: expect.any(Number),
    claimed: true,
    differs: true,
  });
  const listed = (await run(modelsCommand, ["--json"], partsOf(slotOf({ one: blind }), cache.path))).emitted[0] as ModelInfo;
  expect(listed.sources?.[0]?.facts).not.toContain("images");
});

test("nothing is asked of a model while nobody has agreed to the cost", async () => {
  using cache = cacheFolder();
  const provider = ableModel();
  for (const json of [false, true]) {
    await expect(run(providerCommand, ["probe", "one/able"], partsOf(slotOf({ one: provider }), cache.path), { json })).rejects.toMatchObject({
      code: "E_CONSENT_REQUIRED",
      fix: "claw provider probe one/able --yes",
    });
  }
  expect(provider.asked).toEqual([]);
});

test("a model that does not answer at all is its own failure, and nothing is stored", async () => {
  using cache = cacheFolder();
  const refused = new ClawError("MODEL_AUTH", "the key is wrong", { status: 401 });
  const provider = ableModel(() => {
    throw refused;
  });
  await expect(run(providerCommand, ["probe", "one/able", "--yes"], partsOf(slotOf({ one: provider }), cache.path))).rejects.toBe(refused);
  expect(provider.asked.length).toBe(1);
  expect([...(await readProbes(cache.path, "one", () => expect.unreachable()))]).toEqual([]);
  await expect(run(providerCommand, ["probe", "one/abel", "--yes"], partsOf(slotOf({ one: provider }), cache.path))).rejects.toMatchObject({
    code: "MODEL_UNKNOWN",
  });
});

test("an abort ends a probe with its own reason", async () => {
  using cache = cacheFolder();
  const controller = new AbortController();
  const provider = ableModel((request, usual) => {
    if (request.tools.length > 0) controller.abort(new Error("enough"));
    return usual();
  });
  const running = run(providerCommand, ["probe", "one/able", "--yes"], partsOf(slotOf({ one: provider }), cache.path), { signal: controller.signal });
  await expect(running).rejects.toThrow("enough");
});

test("two models of a provider are kept beside each other, and a damaged file is said and replaced", async () => {
  using cache = cacheFolder();
  const parts = (id: string) => partsOf(slotOf({ one: ableModel(undefined, { ...able, id }) }), cache.path);
  await run(providerCommand, ["probe", "one/a", "--yes"], parts("a"));
  await run(providerCommand, ["probe", "one/b", "--yes"], parts("b"));
  const path = join(cache.path, "models/one.probes.json");
  expect(Object.keys((JSON.parse(readFileSync(path, "utf8")) as { readonly models: object }).models)).toEqual(["a", "b"]);
});
