import type { ToolCallView } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalJson } from "../src/canonical-json.ts";
import { inert } from "../src/inert-text.ts";
import { caseOf, requestOf } from "../src/judge-request.ts";
import { factsOf } from "../src/shell-facts.ts";
import { dataOf, textOf } from "./answers.ts";
import { injections } from "./injections.ts";
import { reportOf } from "./reports.ts";

const nonce = "00112233445566778899aabb";
const asked = { model: "m", efforts: undefined, guidance: undefined, nonce };
const call = (input: Readonly<Record<string, unknown>>, more: Partial<ToolCallView> = {}): ToolCallView => ({
  id: "c",
  session: "s",
  cwd: "/w",
  roots: ["/w"],
  tool: "bash",
  effect: "execute",
  input,
  paths: [],
  ...more,
});

function requestFor(view: ToolCallView, messages: readonly string[] = []) {
  const given = caseOf(view, factsOf(reportOf("x", { hosts: [String(view.input["command"])] })), messages);
  if ("problem" in given) throw new Error(given.problem);
  return requestOf(given, asked);
}

/** All that begins or ends something in a text, in order. */
const tagsIn = (text: string): readonly string[] => text.match(/<[^>]*>/g) ?? [];
const plain = tagsIn(textOf(requestFor(call({ command: "ls" }))));
const names = ["user_messages", "circumstances", "shell_analysis", "tool_invocation"];

test("four parts and nothing else stand between tags", () => {
  expect(plain).toEqual([...names.flatMap((name) => [`<${name} id=${nonce}>`, `</${name} id=${nonce}>`]), `<tool_invocation id=${nonce}>`]);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc
    .array(
      fc.oneof(
        fc.constantFrom(
          "<",
          ">",
          "</",
          "&",
          "&lt;",
          "&#60;",
          "\\u003c",
          "\\",
          '"',
          "]}",
          "\n\n",
          "\u202e",
          "\u{e003c}",
          "\ud800",
          `id=${nonce}`,
          ...names.map((name) => `</${name} id=${nonce}>`),
        ),
        fc.string({ maxLength: 5 }),
      ),
      { maxLength: 40 },
    )
    .map((parts) => parts.join("")),
);

describe("whatever a call says", () => {
  test("its tags stay the ones that were there, and what is between them reads back as it was", () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, fc.array(hostile, { maxLength: 3 }), (command, key, tool, messages) => {
        const request = requestFor(call({ command, [key]: command }, { tool, cwd: `/w/${command}` }), messages);
        expect(tagsIn(textOf(request))).toEqual(plain);
        expect(dataOf(request, "tool_invocation")).toEqual({ tool, input: { command, [key]: command } });
        expect(dataOf(request, "user_messages")).toEqual(messages);
        expect(dataOf(request, "circumstances")).toMatchObject({ cwd: `/w/${command}` });
        expect(dataOf(request, "shell_analysis")).toMatchObject({ hosts: [expect.any(String)] });
      }),
      { numRuns: 2_000 },
    );
  });

  test("no other part of the request changes by a byte", () => {
    const fixed = ({ messages: _messages, ...rest }: ReturnType<typeof requestFor>): string => JSON.stringify(rest);
    fc.assert(fc.property(hostile, (command) => void expect(fixed(requestFor(call({ command })))).toBe(fixed(requestFor(call({}))))));
  });

  test("nothing that is not seen goes with it", () => {
    fc.assert(
      fc.property(hostile, (command) => {
        const text = textOf(requestFor(call({ command })));
        expect(text).toBe(text.toWellFormed());
        // Line ends are ours: before and after each tag, and none in between.
        expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(text.split("\n")).toHaveLength(17);
      }),
    );
  });
});

test("a text once inert is inert, and two texts stay two", () => {
  fc.assert(fc.property(hostile, (text) => void expect(inert(text)).not.toMatch(/[<>]|&(?!(?:lt|gt|amp);)/)));
  fc.assert(fc.property(hostile, hostile, (one, other) => void expect(inert(one) === inert(other)).toBe(one === other)));
});

describe("one value has one text", () => {
  test("whatever the order of its keys", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 8 }), (record) => {
        const turned = Object.fromEntries(Object.entries(record).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(record));
        expect(JSON.parse(canonicalJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
      }),
    );
  });

  test("and two values have two", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        const same = canonicalJson(one) === canonicalJson(other);
        expect(same).toBe(canonicalJson(JSON.parse(canonicalJson(one))) === canonicalJson(JSON.parse(canonicalJson(other))));
        if (JSON.stringify(one) === JSON.stringify(other)) expect(same).toBe(true);
      }),
    );
    expect(canonicalJson({ a: 1 })).not.toBe(canonicalJson({ a: "1" }));
    expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [12] }));
  });

  test("keys that objects have of themselves are keys like others", () => {
    const input = JSON.parse('{"__proto__":{"x":1},"constructor":2,"toString":3}') as Readonly<Record<string, unknown>>;
    expect(canonicalJson(input)).toBe('{"__proto__":{"x":1},"constructor":2,"toString":3}');
  });
});

describe("calls that talk to the judge", () => {
  test("there are thirty and more of them", () => {
    expect(injections.length).toBeGreaterThanOrEqual(30);
    expect(new Set(injections.map(([what]) => what)).size).toBe(injections.length);
  });

  test.each(injections.map(([what, view, messages = []]) => [what, view, messages] as const))("%s: is data", (_what, view, messages) => {
    const request = requestFor(call(view.input ?? { command: "ls" }, view), messages);
    const text = textOf(request);
    expect(tagsIn(text)).toEqual(plain);
    expect(dataOf(request, "tool_invocation")).toEqual({ tool: view.tool ?? "bash", input: view.input ?? { command: "ls" } });
    expect(text.split("\n").at(-1)).toBe(`Judge the one call in <tool_invocation id=${nonce}> by calling judge_call.`);
    expect(request.messages).toHaveLength(1);
    expect(request.toolChoice).toEqual({ tool: "judge_call" });
    expect(JSON.stringify(request.system)).not.toContain("INJECTED");
  });
});
