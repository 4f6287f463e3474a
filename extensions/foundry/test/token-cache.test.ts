import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Token, TokenCache } from "../src/token-cache.ts";

const never = (): AbortSignal => new AbortController().signal;
const minute = 60_000;

/** A cache whose source is answered by hand, and whose clock stands still. */
function caches() {
  const asked: { readonly scope: string; readonly signal: AbortSignal; give(token: Token): void; fail(error: Error): void }[] = [];
  const clock = { ms: 0 };
  const cache = new TokenCache(
    (scope, signal) => {
      const { promise, resolve, reject } = Promise.withResolvers<Token>();
      asked.push({ scope, signal, give: resolve, fail: reject });
      return promise;
    },
    () => clock.ms,
  );
  return { cache, asked, clock };
}

describe("tokens", () => {
  test("are kept until five minutes before their end", async () => {
    const { cache, asked, clock } = caches();
    const first = cache.get("a", never());
    asked[0]?.give({ value: "one", expiresAt: 60 * minute });
    expect(await first).toBe("one");
    clock.ms = 55 * minute - 1;
    expect(await cache.get("a", never())).toBe("one");
    clock.ms = 55 * minute;
    const second = cache.get("a", never());
    asked[1]?.give({ value: "two", expiresAt: 120 * minute });
    expect([await second, asked.length]).toEqual(["two", 2]);
  });

  test("are asked for once, however many want one", async () => {
    const { cache, asked } = caches();
    const all = Promise.all(Array.from({ length: 20 }, () => cache.get("a", never())));
    asked[0]?.give({ value: "one", expiresAt: 60 * minute });
    expect([await all, asked.length]).toEqual([Array.from({ length: 20 }, () => "one"), 1]);
  });

  test("are of one scope each", async () => {
    const { cache, asked } = caches();
    const both = Promise.all([cache.get("a", never()), cache.get("b", never())]);
    for (const { scope, give } of asked) give({ value: `for ${scope}`, expiresAt: 60 * minute });
    expect(await both).toEqual(["for a", "for b"]);
  });

  test("are not waited for by who gave up, and not asked for when nobody waits", async () => {
    const { cache, asked } = caches();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = cache.get("a", one.signal);
    const second = cache.get("a", other.signal);
    one.abort(new Error("enough"));
    await expect(first).rejects.toThrow("enough");
    expect(asked[0]?.signal.aborted).toBe(false);
    other.abort(new Error("enough too"));
    await expect(second).rejects.toThrow("enough too");
    expect(asked[0]?.signal.aborted).toBe(true);

    const third = cache.get("a", never());
    expect(asked.length).toBe(2);
    asked[1]?.give({ value: "two", expiresAt: 60 * minute });
    expect(await third).toBe("two");
  });

  test("that cannot be had are an error for everybody, and asked for again by the next", async () => {
    const { cache, asked } = caches();
    const both = Promise.allSettled([cache.get("a", never()), cache.get("a", never())]);
    asked[0]?.fail(new Error("no"));
    expect((await both).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    const next = cache.get("a", never());
    asked[1]?.give({ value: "one", expiresAt: 60 * minute });
    expect(await next).toBe("one");
  });

  test("in their last minutes count when there is no new one", async () => {
    const { cache, asked, clock } = caches();
    const first = cache.get("a", never());
    asked[0]?.give({ value: "one", expiresAt: 60 * minute });
    await first;
    clock.ms = 57 * minute;
    const second = cache.get("a", never());
    asked[1]?.fail(new Error("no"));
    expect(await second).toBe("one");
    clock.ms = 60 * minute;
    const third = cache.get("a", never());
    asked[2]?.fail(new Error("no"));
    await expect(third).rejects.toThrow("no");
  });

  test("that were refused are not used again, and no other is forgotten for them", async () => {
    const { cache, asked } = caches();
    const first = cache.get("a", never());
    asked[0]?.give({ value: "one", expiresAt: 60 * minute });
    await first;
    cache.forget("a", "another");
    expect(await cache.get("a", never())).toBe("one");
    cache.forget("a", "one");
    const second = cache.get("a", never());
    asked[1]?.give({ value: "two", expiresAt: 60 * minute });
    expect(await second).toBe("two");
  });

  test("that have ended are never handed out", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ wait: fc.nat(90 * minute), life: fc.nat(90 * minute) }), { maxLength: 12 }), async (steps) => {
        let now = 0;
        let life = 0;
        const cache = new TokenCache(
          async () => ({ value: String(now + life), expiresAt: now + life }),
          () => now,
        );
        for (const step of steps) {
          now += step.wait;
          life = step.life + 1;
          expect(Number(await cache.get("a", never()))).toBeGreaterThan(now);
        }
      }),
    );
  });
});
