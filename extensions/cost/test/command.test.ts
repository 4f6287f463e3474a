import { type EntryBody, type Models, type PrefixRecord, SessionStoreService, type SessionStore } from "@claw/kernel";
import { load, memoryStore, type Loaded } from "@claw/testing";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";
import { compacted, judged, minute, reply, write } from "./logs.ts";

const prompt = (text: string): EntryBody => ({ type: "prompt", content: [{ type: "text", text }], source: "person" });

/** A model with a price: a token of input is a thousandth of a cent, one of output five. */
const models: Models = {
  async resolve(address = "one/alpha") {
    const price = address === "one/alpha" ? { price: { input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5 } } : {};
    return { address, info: { id: address, contextWindow: 1000, tools: true, reasoning: false, ...price } };
  },
  list: async () => [],
  async *stream() {
    // Nothing is asked of a model.
  },
};

async function books(): Promise<Loaded & { readonly store: SessionStore }> {
  const claw = await load(extension, { services: { models } });
  return Object.assign(claw, { store: claw.service(SessionStoreService) });
}

const first = reply({
  usage: { inputTokens: 10, outputTokens: 20, cacheWriteTokens: 1000, costUsd: 0.0136 },
  prefix: { shares: { person: 10, "acme/x": 30 } },
});
const second = reply({
  usage: { inputTokens: 5, outputTokens: 10, cacheReadTokens: 1010, costUsd: 0.00156 },
  prefix: { shares: { person: 20, model: 20 }, expectedReadTokens: 1010 },
});

test("this folder's sessions are listed, the newest first, with their sums", async () => {
  await using claw = await books();
  expect(await claw.command("cost", [])).toEqual({
    code: 0,
    emitted: [{ type: "total", requests: 0, inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, unpriced: 0, unreported: 0 }],
    shown: [{ type: "status", level: "info", text: "there are no requests of this folder's sessions yet" }],
  });
  const one = await write(claw.store, 1, [prompt("Fix it"), first, second]);
  const two = await write(claw.store, 2, [prompt("And this"), reply({ usage: { inputTokens: 100, outputTokens: 1 }, model: "local/x" }), reply({})], {
    from: 10,
  });
  await write(claw.store, 3, [prompt("nothing came")], { from: 20 });
  const { shown, emitted } = await claw.command("cost", []);
  expect(emitted).toEqual([
    {
      type: "session",
      session: two,
      at: minute(13),
      title: "And this",
      requests: 2,
      inputTokens: 100,
      cacheReadTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 1,
      unpriced: 1,
      unreported: 1,
      cacheHitRate: 0,
    },
    {
      type: "session",
      session: one,
      at: minute(3),
      title: "Fix it",
      requests: 2,
      inputTokens: 15,
      cacheReadTokens: 1010,
      cacheWriteTokens: 1000,
      outputTokens: 30,
      costUsd: 0.01516,
      unpriced: 0,
      unreported: 0,
      cacheHitRate: 1010 / 2025,
    },
    {
      type: "total",
      requests: 4,
      inputTokens: 115,
      cacheReadTokens: 1010,
      cacheWriteTokens: 1000,
      outputTokens: 31,
      costUsd: 0.01516,
      unpriced: 1,
      unreported: 1,
      cacheHitRate: 1010 / 2125,
    },
  ]);
  expect(shown).toEqual([
    {
      type: "table",
      columns: ["session", "last used", "requests", "input", "cache read", "cache write", "output", "hit rate", "cost", "title"],
      rows: [
        [two, minute(13), "2", "100", "0", "0", "1", "0.0%", "unknown", "And this"],
        [one, minute(3), "2", "15", "1010", "1000", "30", "49.9%", "$0.0152", "Fix it"],
        ["total", "", "4", "115", "1010", "1000", "31", "47.5%", "$0.0152 + unknown", ""],
      ],
    },
    { type: "status", level: "info", text: "local/x has no known price: the tokens of 1 request are counted, what they cost is not" },
    { type: "status", level: "info", text: "1 request reported no tokens, such as one that was cut off; what it cost is not known" },
  ]);
});

test("a fork counts what came after it, and its parent what came before", async () => {
  await using claw = await books();
  const parent = await write(claw.store, 1, [prompt("Fix it"), first, second]);
  const fork = await write(claw.store, 2, [prompt("Otherwise"), second], { from: 10, parent: { session: parent, seq: 2 } });
  const { emitted } = await claw.command("cost", ["--json"]);
  expect(emitted).toMatchObject([
    { session: fork, requests: 1, parent: { session: parent, seq: 2 } },
    { session: parent, requests: 2 },
    { type: "total", requests: 3 },
  ]);
  expect((await claw.command("cost", [fork])).shown.at(-1)).toEqual({
    type: "status",
    level: "info",
    text: `a fork of ${parent} at 2: what came before is counted there`,
  });
});

describe("one session", () => {
  const broken = (more: Partial<PrefixRecord>): EntryBody =>
    reply({ usage: { inputTokens: 1, outputTokens: 1, costUsd: 0 }, prefix: { expectedReadTokens: 0, ...more } });

  test("is told request by request, with what was expected of the cache", async () => {
    await using claw = await books();
    const session = await write(claw.store, 1, [prompt("Fix it"), first, second]);
    const { shown, emitted } = await claw.command("cost", ["latest"], { json: true });
    expect(emitted.slice(0, 2)).toEqual([
      {
        type: "request",
        session,
        seq: 2,
        at: minute(2),
        kind: "reply",
        model: "one/alpha",
        requests: 1,
        inputTokens: 10,
        cacheReadTokens: 0,
        cacheWriteTokens: 1000,
        outputTokens: 20,
        costUsd: 0.0136,
        unpriced: 0,
        unreported: 0,
      },
      {
        type: "request",
        session,
        seq: 3,
        at: minute(3),
        kind: "reply",
        model: "one/alpha",
        requests: 1,
        inputTokens: 5,
        cacheReadTokens: 1010,
        cacheWriteTokens: 0,
        outputTokens: 10,
        costUsd: 0.00156,
        unpriced: 0,
        unreported: 0,
        expectedReadTokens: 1010,
      },
    ]);
    expect(shown).toEqual([
      {
        type: "table",
        columns: ["time", "model", "input", "read", "expected", "written", "output", "cost", ""],
        rows: [
          [minute(2), "one/alpha", "10", "0", "", "1000", "20", "$0.0136", ""],
          [minute(3), "one/alpha", "5", "1010", "1010", "0", "10", "$0.001560", ""],
          ["total", "", "15", "1010", "", "1000", "30", "$0.0152", ""],
        ],
      },
    ]);
  });

  test.each<readonly [string, EntryBody, string | undefined]>([
    [
      "a tool that changed",
      broken({ broken: { segment: "tools", byte: 512, at: "bash", by: "acme/shell" } }),
      "tools changed from byte 512 on (bash), by acme/shell",
    ],
    ["a place nobody knows", broken({ broken: { segment: "tools", by: "person" } }), "tools changed, by person; at which byte is not known"],
    ["another model", broken({ broken: { segment: "model", by: "person" } }), "the model changed, by person"],
    ["a cache that lost it", broken({ expectedReadTokens: 1010 }), "nothing changed: the cache had expired or was evicted (1 minute since the last request)"],
    [
      "a cache that kept all but a block",
      reply({ usage: { inputTokens: 110, outputTokens: 1, cacheReadTokens: 900 }, prefix: { expectedReadTokens: 1010 } }),
      undefined,
    ],
    [
      "a cache that kept half",
      reply({ usage: { inputTokens: 510, outputTokens: 1, cacheReadTokens: 500 }, prefix: { expectedReadTokens: 1010 } }),
      "nothing changed: the cache had expired or was evicted (1 minute since the last request)",
    ],
    ["nothing to lose", broken({}), undefined],
    ["a reply without a record", reply({ usage: { inputTokens: 1, outputTokens: 1 } }), undefined],
  ])("%s is the reason said", async (_name, entry, reason) => {
    await using claw = await books();
    const session = await write(claw.store, 1, [first, entry]);
    const { shown, emitted } = await claw.command("cost", [session]);
    expect((emitted[1] as { readonly reason?: string }).reason).toBe(reason);
    const [table] = shown;
    expect(table?.type === "table" ? table.rows[1]?.at(-1) : undefined).toBe(reason ?? "");
  });

  test("says how long nothing was asked, from the end of a reply to the next request, and where nothing was in a cache", async () => {
    await using claw = await books();
    const late = { ...broken({ expectedReadTokens: 1010 }), ms: 90_000 } as EntryBody;
    const reasonsIn = async (session: string) =>
      (await claw.command("cost", [session])).emitted.map((record) => (record as { readonly reason?: string }).reason);
    const uncached = reply({ usage: { inputTokens: 1010, outputTokens: 1 } });
    expect(await reasonsIn(await write(claw.store, 1, [first, prompt("a"), prompt("b"), prompt("c"), late]))).toEqual([
      undefined,
      "nothing changed: the cache had expired or was evicted (2 minutes since the last request)",
      undefined,
    ]);
    expect(await reasonsIn(await write(claw.store, 2, [uncached, late]))).toEqual([
      undefined,
      "nothing changed: no cache is known to have held the request before (less than a minute since the last request)",
      undefined,
    ]);
    // A fork's first request: what was before it is another log's.
    expect(await reasonsIn(await write(claw.store, 3, [late]))).toEqual(["nothing changed: the cache had expired or was evicted", undefined]);
  });

  test("counts what attempts and summaries cost, and what a reply that was cut off did not report", async () => {
    await using claw = await books();
    const usage = { inputTokens: 100, outputTokens: 1, costUsd: 0.001 };
    const session = await write(claw.store, 1, [
      first,
      compacted(usage),
      compacted(),
      reply({ wasted: usage, usage, model: "one/alpha" }),
      reply({ partial: true, prefix: { model: "two/beta" } as never }),
      judged(),
      judged({ model: "one/small", usage }),
    ]);
    const { emitted, shown } = await claw.command("cost", [session]);
    expect(
      emitted.map((record) => {
        const { kind, model, requests } = record as { kind?: string; model?: string; requests: number };
        return [kind, model, requests];
      }),
    ).toEqual([
      ["reply", "one/alpha", 1],
      ["summary", "one/small", 1],
      ["retried", "one/alpha", 0],
      ["reply", "one/alpha", 1],
      ["reply", "two/beta", 1],
      ["judgement", "one/small", 1],
      [undefined, undefined, 5],
    ]);
    expect(emitted.at(-1)).toMatchObject({ inputTokens: 410, costUsd: 0.0176, unreported: 1 });
    const [table] = shown;
    expect(table?.type === "table" ? table.rows.map((row) => row.at(-1)) : []).toEqual([
      "",
      "a summary of what went before",
      "attempts that came to nothing",
      "",
      "no tokens were reported",
      "a judgement of a call",
      "",
    ]);
  });
});

test("--by model sums up by the model that answered, the dearest first", async () => {
  await using claw = await books();
  await write(claw.store, 1, [first, reply({ usage: { inputTokens: 100, outputTokens: 1 }, model: "local/x" }), second]);
  const { emitted, shown } = await claw.command("cost", ["--by", "model"]);
  expect(emitted).toMatchObject([
    { type: "model", model: "one/alpha", requests: 2, costUsd: 0.01516 },
    { type: "model", model: "local/x", requests: 1, unpriced: 1 },
    { type: "total", requests: 3 },
  ]);
  expect(shown[0]).toMatchObject({
    rows: [
      ["one/alpha", "2", "15", "1010", "1000", "30", "49.9%", "$0.0152"],
      ["local/x", "1", "100", "0", "0", "1", "0.0%", "unknown"],
      ["total", "3", "115", "1010", "1000", "31", "47.5%", "$0.0152 + unknown"],
    ],
  });
  expect((await claw.command("cost", ["latest", "--by=session"])).emitted).toMatchObject([
    { type: "session", requests: 3 },
    { type: "total", requests: 3 },
  ]);
});

test("--by extension divides the input by bytes, and its cost; the output is the model's", async () => {
  await using claw = await books();
  await write(claw.store, 1, [first, second]);
  const { emitted, shown } = await claw.command("cost", ["latest", "--by", "extension"]);
  // $0.0136 is 0.0126 of input and 0.001 of output; $0.00156 is 0.00106 and 0.0005.
  expect(emitted).toEqual([
    { type: "extension", extension: "acme/x", inputTokens: 7, cacheReadTokens: 0, cacheWriteTokens: 750, outputTokens: 0, costUsd: 0.00945 },
    { type: "extension", extension: "person", inputTokens: 3 + 3, cacheReadTokens: 505, cacheWriteTokens: 250, outputTokens: 0, costUsd: 0.00315 + 0.00053 },
    { type: "extension", extension: "model", inputTokens: 2, cacheReadTokens: 505, cacheWriteTokens: 0, outputTokens: 30, costUsd: 0.00053 + 0.0015 },
    expect.objectContaining({ type: "total", inputTokens: 15, costUsd: 0.01516 }),
  ]);
  expect(shown).toMatchObject([
    {
      type: "table",
      rows: [
        ["acme/x", "7", "0", "750", "0", "$0.009450"],
        ["person", "6", "505", "250", "0", "$0.003680"],
        ["model", "2", "505", "0", "30", "$0.002030"],
        ["total", "15", "1010", "1000", "30", "$0.0152"],
      ],
    },
  ]);
});

test("--by extension names what cannot be divided: no record, no price any more, a summary", async () => {
  await using claw = await books();
  const usage = { inputTokens: 100, outputTokens: 1, costUsd: 0.001 };
  await write(claw.store, 1, [
    reply({ usage }),
    reply({ usage, model: "gone/x", prefix: { shares: { person: 1 } } }),
    compacted({ ...usage, outputTokens: 0 }),
  ]);
  const { emitted, shown } = await claw.command("cost", ["--by", "extension"]);
  expect(emitted).toMatchObject([
    { extension: "summaries", inputTokens: 100, costUsd: 0.001 },
    { extension: "unsplit", inputTokens: 0, costUsd: 0.001 },
    { extension: "unknown", inputTokens: 100, costUsd: expect.closeTo(0.000952, 6) },
    { extension: "model", outputTokens: 2, costUsd: expect.closeTo(0.000048, 6) },
    { extension: "person", inputTokens: 100 },
    { type: "total", costUsd: 0.003 },
  ]);
  expect(shown.slice(1)).toEqual([
    { type: "status", level: "info", text: "unsplit: no price is known here any more that tells the cost of input from that of output" },
  ]);
});

test("--since counts from a day or a time on, in UTC unless it says otherwise", async () => {
  await using claw = await books();
  await write(claw.store, 1, [first, second, prompt("x"), second]);
  const countSince = async (date: string): Promise<unknown> =>
    ((await claw.command("cost", ["--since", date])).emitted.at(-1) as { readonly requests: number }).requests;
  expect(
    await Promise.all(
      ["2026-11-22", "2026-11-22T08:02", "2026-11-22T08:02:00.001Z", "2026-11-22 09:04+01:00", "2026-11-22T09:05+01:00", "2026-11-23"].map(countSince),
    ),
  ).toEqual([3, 2, 1, 1, 0, 0]);
  expect((await claw.command("cost", ["latest", "--since", "2026-11-23"])).shown[0]).toMatchObject({
    text: "there are no requests in this session since then",
  });
  for (const date of ["yesterday", "2026-02-30", "2026-13-01", "2026-11-22T25:00", "2026-11-22T08:00+99:99", "", "20261122", "2026-11-22T08:02\n"])
    await expect(claw.command("cost", ["--since", date])).rejects.toMatchObject({
      code: "USAGE",
      message: `--since takes a date such as 2026-11-23 or 2026-11-23T09:30, not ${JSON.stringify(date)}`,
    });
});

test("mistakes of the command line are USAGE with what there is", async () => {
  await using claw = await books();
  const usage = { code: "USAGE", data: { hint: expect.stringMatching(/^claw cost /) } };
  await expect(claw.command("cost", ["--by", "tool"])).rejects.toMatchObject({ ...usage, message: '--by takes session, model, extension, not "tool"' });
  await expect(claw.command("cost", ["a", "b"])).rejects.toMatchObject({ ...usage, message: 'cost was given too much: "b"' });
  await expect(claw.command("cost", ["--al"])).rejects.toMatchObject(usage);
  await expect(claw.command("cost", ["nobody"])).rejects.toMatchObject({ code: "SESSION_NOT_FOUND" });
});

test("a log that cannot be read to its end counts as far as it goes: of several it is a warning, alone an error", async () => {
  const { ClawError } = await import("@claw/kernel");
  const inner = memoryStore("/nowhere");
  const damaged: SessionStore = {
    ...inner,
    async *read(session) {
      for await (const entry of inner.read(session)) {
        if (entry.seq === 2) throw new ClawError("SESSION_DAMAGED", "line 3 is no JSON", { session, line: 3 });
        yield entry;
      }
    },
  };
  await using claw = await load(extension, { services: { models, "session-store": damaged } });
  const session = await write(damaged, 1, [first, second]);
  const { emitted, shown, code } = await claw.command("cost", []);
  expect([code, emitted]).toMatchObject([
    0,
    [
      { session, requests: 1 },
      { type: "total", requests: 1 },
      { type: "warning", message: "line 3 is no JSON: what comes after is not counted", session, code: "SESSION_DAMAGED" },
    ],
  ]);
  expect(shown.at(-1)).toMatchObject({ level: "warning" });
  await expect(claw.command("cost", ["latest"])).rejects.toMatchObject({ code: "SESSION_DAMAGED" });
});
