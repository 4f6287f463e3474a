import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { sentOf } from "../wire/anthropic-frames.ts";
import type { Answer, RecordedRequest } from "../wire/reply.ts";
import { call, place, say } from "./claw.ts";
import { expectFailure, expectSentence } from "./failure.ts";

type Line = Readonly<Record<string, unknown>>;

const linesOf = (text: string): readonly Line[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
const model = "claude-opus-5-5";

describe("claw models", () => {
  test("lists what there is, for people and for programs, without a key and without a request", async () => {
    await using here = await place({ script: [], env: { ANTHROPIC_API_KEY: undefined } });
    const [text, json] = await Promise.all([here.run(["models"]), here.run(["models", "--json"])]);
    expect(text).toMatchObject({ code: 0, stdout: expect.stringMatching(/^model +context +output +efforts +images +tools +\$\/M in/) });
    expect(text.stdout).toMatch(new RegExp(`^anthropic/${model} +1M +128k +low medium high xhigh max +yes +yes +4 `, "m"));
    expect([json.code, json.stderr]).toEqual([0, ""]);
    expect(linesOf(json.stdout).find(({ address }) => address === `anthropic/${model}`)).toMatchObject({
      id: model,
      contextWindow: 1_000_000,
      efforts: ["low", "medium", "high", "xhigh", "max"],
      price: { input: 4, output: 20 },
    });
    expect(here.requests).toEqual([]);
  });

  test("takes a pattern and a provider, and says what it does not find", async () => {
    await using here = await place();
    const addresses = async (...argv: readonly string[]) => linesOf((await here.run(["models", "--json", ...argv])).stdout).map(({ address }) => address);
    expect(await addresses(`anthropic/${model}`)).toEqual([`anthropic/${model}`]);
    expect(await addresses("anthropic/*-opus-5-5")).toEqual([`anthropic/${model}`]);
    expect(new Set((await addresses("--provider", "anthropic")).map((address) => String(address).split("/")[0]))).toEqual(new Set(["anthropic"]));
    expect(await here.run(["models", "no-such-model"])).toMatchObject({ code: 0, stdout: "", stderr: expect.stringContaining("no model's name has") });
    expectSentence(await here.run(["models", "--provider", "antropic"]), { exit: 9, code: "MODEL_UNKNOWN", says: "did you mean anthropic?" });
    expectSentence(await here.run(["models", "--frob"]), { exit: 2, code: "USAGE", says: "--frob" });
  });

  test("what the settings say of a model counts, and a fallback that there is not is said", async () => {
    await using here = await place();
    const settings = JSON.stringify({
      models: {
        known: [
          { address: `anthropic/${model}`, price: { input: 1, output: 2 } },
          { address: "anthropic/claude-mine", contextWindow: 5000 },
        ],
        fallback: ["anthropic/claude-opus-5-5", "nobody/m"],
      },
    });
    const ran = await here.run(["models", "--json", "--settings", settings]);
    const found = new Map(linesOf(ran.stdout).map((line) => [line["address"], line]));
    expect(found.get(`anthropic/${model}`)).toMatchObject({ price: { input: 1, output: 2 }, contextWindow: 1_000_000 });
    expect(found.get("anthropic/claude-mine")).toMatchObject({ contextWindow: 5000, tools: true });
    expect(ran.stdout).toContain("models.fallback names nobody/m");
  });
});

describe("claw models --refresh", () => {
  const list = { data: [{ type: "model", id: "claude-new-9", max_input_tokens: 123_000, max_tokens: 5000 }], has_more: false };
  const answer = (request: RecordedRequest): Answer =>
    request.path.startsWith("/v1/models") ? { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(list) } : say("Yes.");

  test("asks the vendor, and what it says counts in later runs", async () => {
    await using here = await place({ script: answer });
    const ran = await here.run(["models", "--refresh", "--provider", "anthropic"]);
    expect(ran).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^anthropic\/claude-new-9 +123k +5k /m),
      stderr: expect.stringContaining("lists 1 models"),
    });
    expect(here.requests.map(({ method, path }) => `${method} ${path.split("?")[0]}`)).toEqual(["GET /v1/models"]);
    expect(linesOf((await here.run(["models", "--json", "new-9"])).stdout)[0]).toMatchObject({ address: "anthropic/claude-new-9", contextWindow: 123_000 });
    expect(await here.run(["-p", "hi", "--model", "claude-new-9"])).toMatchObject({ code: 0, stdout: "Yes.\n" });
    expect(here.requests.map(({ method }) => method)).toEqual(["GET", "POST"]);
  });

  test("says kindly that it must stay offline, and lists what it knows", async () => {
    await using here = await place({ env: { ANTHROPIC_API_KEY: "k" } });
    const ran = await here.run(["models", "--refresh", "--provider", "anthropic", "--offline"]);
    expect(ran).toMatchObject({ code: 1, stdout: expect.stringContaining(model), stderr: expect.stringContaining("run without --offline") });
    expect(existsSync(join(here.home, "cache/models"))).toBe(false);
  });
});

describe("a model that cannot be asked", () => {
  test("names the extension to add, when it is one of claw's own", async () => {
    await using here = await place({ script: [] });
    const without = ["--profile", "minimal", "--without", "claw/anthropic"];
    await expectFailure(here, ["-p", "hi", "--model", "anthropic/claude-opus-5-5", ...without], {
      exit: 9,
      code: "MODEL_UNKNOWN",
      fix: "claw ext add anthropic",
    });
    await expectFailure(here, ["-p", "hi", "--model", "claude-opus-5-5", ...without], {
      exit: 9,
      code: "MODEL_UNKNOWN",
      says: "claw/anthropic",
      fix: "claw ext add anthropic",
    });
  });

  test("as a fallback is an error before anything is asked", async () => {
    await using here = await place({ script: [] });
    await expectFailure(here, ["-p", "hi", "--fallback-model", "nobody/m"], {
      exit: 9,
      code: "MODEL_UNKNOWN",
      says: "the fallback model nobody/m cannot be asked",
    });
    expect(here.requests).toEqual([]);
  });

  test("with an effort it lacks is refused with what it has, or asked with the strongest below it", async () => {
    await using here = await place({ script: () => say("Yes.") });
    const argv = ["-p", "hi", "--model", "anthropic/claude-opus-4-6", "--effort", "xhigh"];
    await expectFailure(here, argv, {
      exit: 1,
      code: "MODEL_REFUSED",
      says: 'has no effort "xhigh"; it has the levels low, medium, high, max',
      fix: "--effort high",
    });
    expect(here.requests).toEqual([]);
    expect(await here.run([...argv, "--lower-effort"])).toMatchObject({ code: 0, stdout: "Yes.\n" });
    expect(here.requests[0]?.body).toMatchObject({ output_config: { effort: "high" } });
  });
});

test("claw provider list says what is ready and, with --all, what could be added", async () => {
  await using here = await place({ script: [] });
  const [text, json, all] = await Promise.all([["list"], ["list", "--json"], ["list", "--all", "--json"]].map((argv) => here.run(["provider", ...argv])));
  expect(text).toMatchObject({ code: 0, stdout: expect.stringMatching(/^provider +ready +models +host +credential/) });
  expect([json?.code, json?.stderr]).toEqual([0, ""]);
  const own = linesOf(json?.stdout ?? "").find(({ provider }) => provider === "anthropic");
  expect(own).toMatchObject({ extension: "claw/anthropic", installed: true, models: expect.any(Number) });
  expect(json?.stdout).not.toContain("not-a-real-key");
  const absent = linesOf(all?.stdout ?? "").filter(({ installed }) => installed === false);
  for (const one of absent) expect(one).toMatchObject({ fix: `claw ext add ${String(one["extension"]).replace("claw/", "")}` });
  expect(here.requests).toEqual([]);
});

describe("claw provider probe", () => {
  /** A model that does what it is asked for. */
  function able(request: RecordedRequest): Answer {
    const body = request.body as { readonly model: string; readonly stop_sequences?: readonly string[]; readonly output_config?: { readonly format?: object } };
    if (body.model !== model) return { status: 404, body: { kind: "not-found" } };
    const { turns, tools } = sentOf(body);
    const last = turns.at(-1)?.blocks ?? [];
    const asked = JSON.stringify(turns[0]);
    if (body.output_config?.format !== undefined) return say('{"fruit":"plum","count":3}');
    if (last.some(({ type }) => type === "image")) return say("Red");
    if (last.some(({ type }) => type === "tool-result")) return say("It hails at 41 degrees");
    if (asked.includes("Think first"))
      return { blocks: [{ type: "thinking", text: "so", signature: "sig" }, ...(tools.length > 0 ? call("get_weather", { city: "Bergen" }).blocks : [])] };
    if (asked.includes("Oslo"))
      return {
        blocks: ["Paris", "Oslo"].map((city) => ({ type: "tool-call" as const, id: `toolu_${city}`, name: "get_weather", json: JSON.stringify({ city }) })),
      };
    if (asked.includes("Paris")) return call("get_weather", { city: "Paris" });
    if (asked.includes("SEVEN")) return say(body.stop_sequences === undefined ? "ONE TWO THREE FOUR FIVE" : "ONE TWO THREE FOUR ");
    if (asked.includes("60")) return { blocks: [{ type: "text", text: "1 2 3 4 5 6 7 8 9 ".repeat(20_000), deltas: 40 }], delivery: "events" };
    return { ...say("pong"), usage: { input: 10, output: 5, cacheRead: JSON.stringify(body).includes("steady") ? 5000 : 0 } };
  }

  test("asks a model what it can do, and the model list knows of it from then on", async () => {
    await using here = await place({ script: able });
    const ran = await here.run(["provider", "probe", `anthropic/${model}`, "--yes", "--json"]);
    const found = new Map(linesOf(ran.stdout).map((line) => [line["probe"], line["result"]]));
    for (const probe of [
      "text",
      "streaming",
      "tool call",
      "parallel calls",
      "tool result",
      "thinking",
      "image",
      "effort levels",
      "prompt cache",
      "usage",
      "error for no such model",
    ])
      expect([probe, found.get(probe)]).toEqual([probe, "ok"]);
    const store = join(here.home, "cache/models/anthropic.probes.json");
    expect([existsSync(store), readFileSync(store, "utf8").includes("not-a-real-key")]).toEqual([true, false]);
    const [listed] = linesOf((await here.run(["models", "--json", `anthropic/${model}`])).stdout);
    expect(listed).toMatchObject({ probed: { findings: expect.arrayContaining([{ probe: "image", result: "ok", fact: "images" }]) } });
    const text = await here.run(["provider", "probe", "opus", "--yes"]);
    expect(text.stdout).toMatch(/^probe +found +listed as/);
    expect(text.stderr).toContain(`probing anthropic/${model} takes up to`);
  });

  test("asks nothing while nobody has agreed to the cost; at a terminal it asks", async () => {
    await using here = await place({ script: able });
    const argv = ["provider", "probe", `anthropic/${model}`];
    expectSentence(await here.run(argv), { exit: 5, code: "E_CONSENT_REQUIRED", says: "at your cost", fix: `claw provider probe anthropic/${model} --yes` });
    const asked = here.start(argv, { tty: "input and error" });
    await asked.seen("go on? [y/N]");
    asked.write("n\n");
    expect((await asked.ended).code).toBe(5);
    expect(here.requests).toEqual([]);
    const agreed = here.start(argv, { tty: "input and error" });
    await agreed.seen("go on? [y/N]");
    agreed.write("y\n");
    await agreed.ended;
    expect(here.requests.length).toBeGreaterThan(10);
  });

  test("a key that is wrong is said as such, after one request", async () => {
    await using here = await place({ script: () => ({ status: 401, body: { kind: "auth" } }) });
    expectSentence(await here.run(["provider", "probe", `anthropic/${model}`, "--yes"]), { exit: 4, code: "MODEL_AUTH" });
    expect(here.requests.length).toBe(1);
  });
});

test("help names both commands", async () => {
  await using here = await place();
  const { stdout } = await here.run(["help"]);
  for (const word of ["  models ", "  provider ", "--lower-effort", "--fallback-model"]) expect(stdout).toContain(word);
  expect((await here.run(["help", "models"])).stdout).toContain("--refresh");
});
