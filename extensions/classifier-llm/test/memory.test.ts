import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheKey, decisionCache } from "../src/decision-cache.ts";
import { denialCount } from "../src/denial-count.ts";
import { joined } from "../src/user-messages.ts";

const allow = { decision: "allow", reason: "ok" } as const;
const deny = { decision: "deny", reason: "no" } as const;

describe("a key", () => {
  const parts = {
    invocation: '{"input":{"command":"ls"},"tool":"bash"}',
    circumstances: "{}",
    messages: "[]",
    analysis: "",
    mode: "auto",
    rules: "r",
    sandbox: "active bwrap",
    model: "m",
  };

  test.each(Object.keys(parts))("changes with one byte more, less or other of %s", (name) => {
    const value = parts[name as keyof typeof parts];
    const others = [`${value}x`, `x${value}`, value.slice(0, -1), `${value.slice(0, -1)}\u0000`].filter((other) => other !== value);
    for (const other of others) expect(cacheKey({ ...parts, [name]: other })).not.toBe(cacheKey(parts));
  });

  test("has no part that can be taken for another", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.string()), fc.dictionary(fc.string(), fc.string()), (one, other) => {
        const sorted = (record: object): string => JSON.stringify(Object.entries(record).sort());
        expect(cacheKey(one) === cacheKey(other)).toBe(sorted(one) === sorted(other));
      }),
    );
  });
});

describe("what is remembered", () => {
  test("lasts an hour", () => {
    let now = 1_000;
    const cache = decisionCache(() => now);
    cache.keep("a", allow);
    now += 60 * 60 * 1000 - 1;
    expect(cache.get("a")).toEqual(allow);
    now += 1;
    expect(cache.get("a")).toBeUndefined();
    now = 1_000;
    expect(cache.get("a")).toBeUndefined();
  });

  test("is never a question", () => {
    const cache = decisionCache(() => 0);
    cache.keep("a", { decision: "ask", reason: "?" });
    expect(cache.get("a")).toBeUndefined();
    cache.keep("a", deny);
    expect(cache.get("a")).toEqual(deny);
  });

  test("is 1,024 decisions at the most, and the ones used last", () => {
    const cache = decisionCache(() => 0);
    for (let count = 0; count < 1_024; count += 1) cache.keep(`k${count}`, allow);
    expect(cache.get("k0")).toEqual(allow);
    cache.keep("new", deny);
    expect(cache.get("k0")).toEqual(allow);
    expect(cache.get("k1")).toBeUndefined();
    expect(cache.get("k2")).toEqual(allow);
    expect(cache.get("new")).toEqual(deny);
  });
});

describe("denials are counted", () => {
  test("by session", () => {
    const count = denialCount();
    for (let times = 0; times < 3; times += 1) count.note("a", "deny");
    expect(count.stopped("a")).toBe("3 calls in a row were denied in this session");
    expect(count.stopped("b")).toBeUndefined();
  });

  test("in a row that an allow ends and a question does not", () => {
    const count = denialCount();
    for (const decision of ["deny", "deny", "allow", "deny", "deny", "ask"] as const) count.note("a", decision);
    expect(count.stopped("a")).toBeUndefined();
    count.note("a", "deny");
    expect(count.stopped("a")).toBeDefined();
  });

  test("and once they are too many, they stay so", () => {
    const count = denialCount();
    for (const decision of ["deny", "deny", "deny", "allow", "allow"] as const) count.note("a", decision);
    expect(count.stopped("a")).toBeDefined();
  });
});

test("messages of a log and those heard since are told once each, in their order", () => {
  expect(joined(["a", "b"], ["b", "c"])).toEqual(["a", "b", "c"]);
  expect(joined(["a", "b"], ["a", "b"])).toEqual(["a", "b"]);
  expect(joined(["a"], ["b"])).toEqual(["a", "b"]);
  expect(joined([], ["b"])).toEqual(["b"]);
  expect(joined(["a"], [])).toEqual(["a"]);
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.nat(), fc.nat(), (all, one, other) => {
      const [from, to] = [Math.min(one, other) % (all.length + 1), Math.max(one, other) % (all.length + 1)].sort((a, b) => a - b) as [number, number];
      expect(joined(all.slice(0, to), all.slice(from))).toEqual(all);
    }),
  );
});
