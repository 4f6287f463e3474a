import type { ContentBlock, Message, ModelRequest, PrefixRecord, ToolSpec } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createPrefixes } from "../src/prefix.ts";
import { shortDigest } from "../src/prefix-bytes.ts";
import { bytesOf, firstDifference, fresh, history, model, request, sizesOf } from "./prefix-requests.ts";

const usage = (inputTokens: number, cacheReadTokens = 0, cacheWriteTokens = 0) => ({ inputTokens, outputTokens: 7, cacheReadTokens, cacheWriteTokens });
const user = (...texts: readonly string[]): Message => ({ role: "user", content: texts.map((text) => ({ type: "text", text })) });
const assistant = (text: string): Message => ({ role: "assistant", content: [{ type: "text", text }] });
const spec = (name: string, owner: string, description = `the tool ${name}`): ToolSpec => ({ name, description, input: { type: "object" }, owner });
const plain: ModelRequest = {
  model: "one/alpha",
  session: "s",
  system: [{ type: "text", text: "Be brief." }],
  tools: [spec("bash", "acme/shell"), spec("read_file", "acme/files"), spec("write_file", "acme/files")],
  messages: [user("Hello")],
};

/** The record of a request in this process, and in one that knows only the log. */
function both(first: ModelRequest, second: ModelRequest, more: Partial<ModelRequest> = {}): { readonly here: PrefixRecord; readonly resumed: PrefixRecord } {
  const prefixes = createPrefixes();
  const before = prefixes.recordOf(first, model);
  prefixes.note(before, usage(100, 800, 100));
  const asked = { ...second, ...more, before: fresh({ ...before, tokens: 1000 }) };
  return { here: prefixes.recordOf(asked, model), resumed: createPrefixes().recordOf(fresh(asked), model) };
}

describe("a request that begins as the one before it", () => {
  test("is never broken, whatever is added to the end, in this process and in the next", () => {
    fc.assert(
      fc.property(request, history(1), (first, more) => {
        const second = { ...first, tools: fresh(first.tools), messages: [...first.messages, assistant("Yes."), ...more] };
        const { here, resumed } = both(first, second);
        expect(here).toMatchObject({ expectedReadTokens: 1000 });
        expect(here.broken).toBeUndefined();
        expect(resumed).toEqual(here);
      }),
    );
  });

  test("may say more in its last message: a reply of nothing left the person's open", () => {
    fc.assert(
      fc.property(request, fc.array(fc.string(), { minLength: 1, maxLength: 3 }), (first, texts) => {
        const last = first.messages.at(-1) ?? user("");
        const grown = { ...first, messages: [...first.messages.slice(0, -1), { ...last, content: [...last.content, ...user(...texts).content] }] };
        const { here, resumed } = both(first, grown);
        expect(here).toMatchObject({ expectedReadTokens: 1000 });
        expect([here.broken, resumed]).toEqual([undefined, here]);
      }),
    );
  });

  test("is the first one of a session or of nobody's: nothing is expected and nothing broken", () => {
    const { expectedReadTokens, broken } = createPrefixes().recordOf(plain, model);
    expect([expectedReadTokens, broken]).toEqual([undefined, undefined]);
    expect(createPrefixes().recordOf({ ...plain, before: { ...createPrefixes().recordOf(plain, model) } }, model).expectedReadTokens).toBeUndefined();
  });
});

/** The same request with one character of one text replaced. */
function changed(asked: ModelRequest, which: number, at: number, character: string): ModelRequest | undefined {
  let seen = -1;
  let total = 0;
  const replace = (value: unknown, index: number): unknown => {
    if (typeof value === "string") {
      seen += 1;
      if (seen !== index || value === "") return value;
      const letters = Array.from(value);
      letters[at % letters.length] = character;
      return letters.join("");
    }
    if (Array.isArray(value)) return value.map((item) => replace(item, index));
    if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replace(item, index)]));
    return value;
  };
  const { tools, system, messages } = asked;
  // Roles and kinds of blocks are texts too; they are left alone.
  const bare = {
    tools: tools.map(({ name, description, input }) => [name, description, input["title"]]),
    system: system.map((block) => (block.type === "text" ? block.text : "")),
    messages: messages.map(({ content }) => content.map((block) => (block.type === "text" || block.type === "reasoning" ? block.text : ""))),
  };
  replace(bare, -1);
  total = seen + 1;
  seen = -1;
  if (total === 0) return undefined;
  const next = replace(bare, which % total) as typeof bare;
  return {
    ...asked,
    tools: tools.map((one, index) => {
      const [name, description, title] = next.tools[index] ?? [];
      return { ...one, name: String(name), description: String(description), input: { ...one.input, title } };
    }),
    system: system.map((block, index) => ({ ...block, text: next.system[index] ?? "" }) as ContentBlock),
    messages: messages.map(({ role, content }, index) => ({
      role,
      content: content.map((block, at_) =>
        block.type === "text" || block.type === "reasoning" ? { ...block, text: next.messages[index]?.[at_] ?? "" } : block,
      ),
    })),
  };
}

describe("a request that does not begin as the one before it", () => {
  test("is broken at the very byte of the first segment that differs, with the tokens before it still expected", () => {
    fc.assert(
      fc.property(request, fc.nat(), fc.nat(), fc.constantFrom("a", "b", "é", "漢", '"', "\n"), fc.boolean(), (first, which, at, character, grows) => {
        const other = changed(first, which, at, character);
        if (other === undefined) return;
        const second = grows ? { ...other, messages: [...other.messages, assistant("Yes."), user("More")] } : other;
        const [before, now] = [bytesOf(first), bytesOf(second)];
        const { here, resumed } = both(first, second, { rewrittenBy: "acme/shorten" });
        const segment = (["tools", "system"] as const).find((name) => !before[name].equals(now[name]));
        const inHistory = !now.history.subarray(0, before.history.length).equals(before.history);
        if (segment === undefined && !inHistory) {
          expect([here.broken, resumed.broken]).toEqual([undefined, undefined]);
          return;
        }
        const name = segment ?? "history";
        const byte = firstDifference(before[name], now[name]) ?? -1;
        const kept = { tools: 0, system: before.tools.length, history: before.tools.length + before.system.length }[name];
        const total = before.tools.length + before.system.length + before.history.length;
        const tool = second.tools.find(
          (one, index) => bytesOf({ ...first, tools: [one] }).tools.compare(bytesOf({ ...first, tools: first.tools.slice(index, index + 1) }).tools) !== 0,
        );
        const by = { tools: tool?.owner, system: "system-prompt", history: "acme/shorten" }[name];
        expect(here.broken).toMatchObject({ segment: name, byte, by, ...(name === "tools" ? { at: tool?.name } : {}) });
        expect(here.expectedReadTokens).toBe(Math.floor((1000 * (kept + byte)) / total));
        // Who knows the log alone knows which tool or block changed, and not at which of its bytes; of the history, that it did.
        const linesOf = (request_: ModelRequest): readonly Buffer[] =>
          name === "tools"
            ? request_.tools.map((one) => bytesOf({ ...plain, tools: [one] }).tools)
            : request_.system.map((one) => bytesOf({ ...plain, system: [one] }).system);
        const [olds, news] = name === "history" ? [[], []] : [linesOf(first), linesOf(second)];
        const same = news.findIndex((line, index) => olds[index]?.equals(line) !== true);
        const start = Buffer.concat(news.slice(0, same)).length;
        expect(resumed.broken).toEqual({ segment: name, by, ...(name === "history" ? {} : { byte: start }), ...(name === "tools" ? { at: tool?.name } : {}) });
        expect(resumed.expectedReadTokens).toBe(Math.floor((1000 * (kept + (name === "history" ? 0 : start))) / total));
      }),
    );
  });

  test.each<readonly [string, Partial<ModelRequest>, object]>([
    [
      "a tool that came",
      { tools: [plain.tools[0] as ToolSpec, spec("memo", "acme/memo"), ...plain.tools.slice(1)] },
      { segment: "tools", at: "memo", by: "acme/memo" },
    ],
    ["a tool that came last", { tools: [...plain.tools, spec("zip", "acme/zip")] }, { segment: "tools", at: "zip", by: "acme/zip" }],
    ["a tool that went", { tools: plain.tools.slice(1) }, { segment: "tools", at: "bash", by: "acme/shell", byte: 9 }],
    ["the last tool that went", { tools: plain.tools.slice(0, 2) }, { segment: "tools", at: "write_file", by: "acme/files" }],
    [
      "a tool that took another's place",
      { tools: [spec("cat", "acme/cat"), ...plain.tools.slice(1)] },
      { segment: "tools", at: "cat", by: "acme/cat", byte: 9 },
    ],
    ["a tool of nobody's", { tools: [{ name: "a", description: "", input: {} }, ...plain.tools] }, { segment: "tools", at: "a", by: "unknown" }],
    ["a description", { tools: plain.tools.with(1, spec("read_file", "acme/files", "anew")) }, { segment: "tools", at: "read_file", by: "acme/files" }],
    [
      "a section more of the system prompt",
      { system: [...plain.system, { type: "text", text: "And kind." }] },
      { segment: "system", byte: 35, by: "system-prompt" },
    ],
    ["another first message", { messages: [user("Hullo")] }, { segment: "history", at: "message 1", byte: 29, by: "person" }],
    ["no messages", { messages: [] }, { segment: "history", at: "message 1", byte: 0, by: "person" }],
  ])("%s is told with its owner", (_name, more, told) => {
    expect(both(plain, { ...plain, ...more }).here.broken).toMatchObject(told);
  });

  test.each<readonly [string, readonly ToolSpec[], object]>([
    ["came", [plain.tools[0] as ToolSpec, spec("memo", "acme/memo"), ...plain.tools.slice(1)], { at: "memo", by: "acme/memo", byte: 72 }],
    ["came last", [...plain.tools, spec("zip", "acme/zip")], { at: "zip", by: "acme/zip" }],
    ["went", plain.tools.slice(1), { at: "a tool that is gone", by: "person", byte: 0 }],
    ["went with its neighbour", plain.tools.slice(2), { at: "a tool that is gone", by: "person", byte: 0 }],
    ["went last", plain.tools.slice(0, 2), { at: "a tool that is gone", by: "person" }],
    ["took another's place", [spec("cat", "acme/cat"), ...plain.tools.slice(1)], { at: "cat", by: "acme/cat", byte: 0 }],
  ])("by a tool that %s since the process before is told with its owner", (_what, tools, told) => {
    expect(both(plain, { ...plain, tools }).resumed.broken).toMatchObject({ segment: "tools", ...told });
  });

  test("by something in a log of before the parts were kept is told without a place", () => {
    const { segments, ...record } = createPrefixes().recordOf(plain, model);
    const before = { ...record, segments: segments.map(({ parts: _parts, ...one }) => one) };
    expect(createPrefixes().recordOf({ ...plain, tools: [], before }, model).broken).toEqual({ segment: "tools", by: "person" });
  });

  test("tells the message that was changed in the middle, and the one that is not there any more", () => {
    const messages = [user("One"), assistant("Two"), user("Three")];
    const long = { ...plain, messages };
    expect(both(long, { ...plain, messages: messages.with(1, assistant("2")) }).here.broken).toMatchObject({ at: "message 2", by: "person" });
    expect(both(long, { ...plain, messages: messages.slice(0, 2) }).here.broken).toMatchObject({
      at: "message 3",
      byte: bytesOf({ ...long, messages: messages.slice(0, 2) }).history.length,
    });
    // More was put where it had not ended.
    const { here } = both(long, { ...plain, messages: messages.with(0, user("One", "more")) });
    expect(here.broken).toMatchObject({ at: "message 1", byte: bytesOf({ ...long, messages: [user("One")] }).history.length });
  });

  test("by another model expects nothing, and says nothing of the rest", () => {
    const prefixes = createPrefixes();
    const before = { ...prefixes.recordOf(plain, model), tokens: 50 };
    expect(prefixes.recordOf({ ...plain, tools: [], before }, { address: "two/beta" })).toMatchObject({
      model: "two/beta",
      broken: { segment: "model", by: "person" },
      expectedReadTokens: 0,
    });
  });
});

describe("what is worked out", () => {
  test("is the same a piece at a time as at once", () => {
    fc.assert(
      fc.property(request, fc.array(fc.tuple(fc.nat(6), history()), { maxLength: 5 }), (first, changes) => {
        const prefixes = createPrefixes();
        let asked = first;
        let record = prefixes.recordOf(asked, model);
        for (const [kept, more] of changes) {
          asked = { ...asked, messages: [...asked.messages.slice(0, kept), ...more], before: record };
          record = prefixes.recordOf(asked, model);
          const { segments, shares } = createPrefixes().recordOf(fresh(asked), model);
          expect([record.segments, record.shares]).toEqual([segments, shares]);
        }
      }),
    );
  });

  test("shares every byte out, to the owners of tools and results, the person, the model and the system prompt", () => {
    fc.assert(
      fc.property(request, (asked) => {
        const record = createPrefixes().recordOf(asked, model);
        const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0);
        expect(sum(Object.values(record.shares))).toBe(sum(sizesOf(record)));
        expect(sizesOf(record)).toEqual(Object.values(bytesOf(asked)).map(({ length }) => length));
      }),
    );
    const [bash, read] = plain.tools as readonly [ToolSpec, ToolSpec];
    const call = (id: string, name: string): ContentBlock => ({ type: "tool-call", id, name, input: {} });
    const result = (id: string): ContentBlock => ({ type: "tool-result", call: id, content: [{ type: "text", text: id }] });
    const size = (...blocks: readonly ContentBlock[]): number => blocks.reduce((all, block) => all + JSON.stringify(block).length + 1, 0);
    const calls = [call("1", "bash"), call("2", "Read_File"), call("3", "gone"), call("4", "View")];
    const asked = {
      ...plain,
      tools: [bash, { ...read, aliases: ["cat", "view"] }],
      messages: [user("Go"), { role: "assistant" as const, content: calls }, { role: "user" as const, content: ["1", "2", "3", "4"].map(result) }],
    };
    const own = (tool: ToolSpec): number => bytesOf({ ...plain, tools: [tool] }).tools.length;
    expect(createPrefixes().recordOf(asked, model).shares).toEqual({
      "acme/shell": own(bash) + size(result("1")) + "user\n".length,
      "acme/files": own(read) + size(result("2"), result("4")),
      unknown: size(result("3")),
      person: bytesOf({ ...plain, messages: [user("Go")] }).history.length,
      model: "assistant\n".length + size(...calls),
      "system-prompt": bytesOf(plain).system.length,
    });
  });

  test("costs what a request adds: of ten thousand messages, none is read again", () => {
    let hashed = 0;
    const prefixes = createPrefixes((text) => {
      hashed += Buffer.byteLength(text);
      return shortDigest(text);
    });
    const messages = Array.from({ length: 10_001 }, (_, index) => (index % 2 === 0 ? user(`${index} ${"x".repeat(200)}`) : assistant(`${index}`)));
    const before = prefixes.recordOf({ ...plain, messages }, model);
    expect(hashed).toBeGreaterThan(sizesOf(before).reduce((sum, bytes) => sum + bytes, 0));
    hashed = 0;
    const added = [assistant("Yes."), user("And now?")];
    // As the kernel does: a new list of the same messages, new specs of the same tools.
    const second = { ...plain, tools: plain.tools.map((tool) => ({ ...tool })), messages: [...messages, ...added], before };
    expect(prefixes.recordOf(second, model).broken).toBeUndefined();
    const link = 2 * shortDigest("").length;
    expect(hashed).toBeLessThanOrEqual(bytesOf({ ...plain, messages: added }).history.length + added.length * link);
    hashed = 0;
    // A last message that was changed costs that message.
    prefixes.recordOf({ ...second, messages: [...messages, ...added.slice(0, 1), user("And then?")] }, model);
    expect(hashed).toBeLessThanOrEqual(bytesOf({ ...plain, messages: [user("And then?")] }).history.length + 2 * link);
  });

  test("is the usage that came last, whatever the record in the log says", () => {
    const prefixes = createPrefixes();
    const before = prefixes.recordOf(plain, model);
    prefixes.note(before, usage(1));
    prefixes.note(before, usage(3, 40, 500));
    expect(prefixes.recordOf({ ...plain, before: { ...before, tokens: 1 } }, model).expectedReadTokens).toBe(543);
  });

  test("of a session is found again past a request beside it, such as a summary's", () => {
    const prefixes = createPrefixes();
    const before = prefixes.recordOf(plain, model);
    for (const text of ["summarise", "summarise again"]) prefixes.recordOf({ ...plain, tools: [], messages: [user(text)] }, model);
    expect(prefixes.recordOf({ ...plain, messages: [user("Hullo")], before }, model).broken).toMatchObject({ byte: 29 });
  });

  test("is kept for the sessions used last only", () => {
    const prefixes = createPrefixes();
    const records = Array.from({ length: 65 }, (_, index) => prefixes.recordOf({ ...plain, session: `s${index}` }, model));
    const placeIn = (index: number): number | undefined =>
      prefixes.recordOf({ ...plain, session: `s${index}`, messages: [user("Hullo")], before: records[index] as PrefixRecord }, model).broken?.byte;
    expect([placeIn(1), placeIn(64), placeIn(0)]).toEqual([29, 29, undefined]);
  });
});

test("a record that is none, as an edited log may hold, counts as none", () => {
  const { segments } = createPrefixes().recordOf(plain, model);
  const broken = [
    3,
    "x",
    null,
    {},
    [],
    { model: 1, segments },
    { model: "m", segments: 3 },
    { model: "m", segments: [] },
    { model: "m", segments: [{}, {}, {}] },
  ];
  const more = [
    segments.toReversed(),
    segments.slice(1),
    segments.map((one) => ({ ...one, bytes: -1 })),
    segments.map((one) => ({ ...one, bytes: "9" })),
    segments.map((one) => ({ ...one, parts: "xyz" })),
  ];
  for (const before of [...broken, ...more.map((list) => ({ model: "one/alpha", segments: list }))])
    expect(createPrefixes().recordOf({ ...plain, before: before as unknown as PrefixRecord }, model)).toEqual(createPrefixes().recordOf(plain, model));
  const odd = { model: "one/alpha", shares: {}, segments, tokens: -1 };
  expect(createPrefixes().recordOf({ ...plain, before: odd }, model).expectedReadTokens).toBeUndefined();
});
