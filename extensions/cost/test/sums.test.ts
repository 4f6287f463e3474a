import type { EntryBody, LogEntry, Price } from "@claw/kernel";
import { SessionStoreService } from "@claw/kernel";
import { load } from "@claw/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { apportion } from "../src/apportion.ts";
import { byExtension, splitOf } from "../src/by-extension.ts";
import { chargesOf } from "../src/charges.ts";
import extension from "../src/index.ts";
import { sumOf } from "../src/totals.ts";
import { compacted, reply, write } from "./logs.ts";

const tokens = fc.nat(2_000_000);
const usage = fc.record(
  {
    inputTokens: tokens,
    outputTokens: tokens,
    cacheReadTokens: tokens,
    cacheWriteTokens: tokens,
    reasoningTokens: tokens,
    costUsd: fc.nat(5_000_000_000).map((nano) => nano / 1e9),
  },
  { requiredKeys: ["inputTokens", "outputTokens"] },
);
const model = fc.constantFrom("one/alpha", "two/beta", "local/x");
const shares = fc.dictionary(fc.constantFrom("person", "model", "acme/a", "acme/b", "__proto__"), fc.nat(50_000_000));
const prefix = fc.record({ shares, expectedReadTokens: tokens }, { requiredKeys: ["shares"] });
const entry: fc.Arbitrary<EntryBody> = fc.oneof(
  fc.record({ usage, wasted: usage, prefix, model }, { requiredKeys: [] }).map(reply),
  fc.option(usage, { nil: undefined }).map(compacted),
  fc.constant<EntryBody>({ type: "note", text: "x", author: "acme/a" }),
);

type Line = Readonly<Record<string, unknown>>;
const added = ["requests", "inputTokens", "cacheReadTokens", "cacheWriteTokens", "outputTokens", "unpriced", "unreported"] as const;
const numberOf = (line: Line, name: string): number => (line[name] as number | undefined) ?? 0;
const sum = (lines: readonly Line[], name: string): number => lines.reduce((all, line) => all + numberOf(line, name), 0);
const nanos = (lines: readonly Line[]): number => lines.reduce((all, line) => all + Math.round(numberOf(line, "costUsd") * 1e9), 0);

test("whatever the logs hold, the lines of every answer add up to its total, and all totals are what the logs hold", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(entry, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (logs) => {
      await using claw = await load(extension);
      const ids: string[] = [];
      for (const [index, log] of logs.entries()) ids.push(await write(claw.service(SessionStoreService), index + 1, log, { from: index * 10 }));
      const paid = logs
        .flat()
        .flatMap((one) => (one.type === "reply" ? [one.usage, one.wasted] : one.type === "compacted" ? [one.usage] : []))
        .filter((one) => one !== undefined)
        .map((one): Line => ({ ...one }));
      const said = async (...argv: readonly string[]): Promise<{ readonly lines: readonly Line[]; readonly total: Line }> => {
        const emitted = (await claw.command("cost", [...argv, "--json"])).emitted as readonly Line[];
        return { lines: emitted.slice(0, -1), total: emitted.at(-1) ?? {} };
      };
      const whole = await said();
      for (const name of ["inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"] as const) expect(whole.total[name]).toBe(sum(paid, name));
      expect(nanos([whole.total])).toBe(nanos(paid));
      for (const by of ["session", "model", "extension"]) {
        const { lines, total } = await said("--by", by);
        expect(total).toEqual(whole.total);
        for (const name of by === "extension" ? added.slice(1, 5) : added) expect([name, sum(lines, name)]).toEqual([name, numberOf(total, name)]);
        expect(nanos(lines)).toBe(nanos([total]));
      }
      const each = await Promise.all(ids.map((id) => said(id)));
      for (const { lines, total } of each) {
        for (const name of added) expect([name, sum(lines, name)]).toEqual([name, numberOf(total, name)]);
        expect(nanos(lines)).toBe(nanos([total]));
      }
      for (const name of added) expect([name, each.reduce((all, { total }) => all + numberOf(total, name), 0)]).toEqual([name, numberOf(whole.total, name)]);
    }),
    { numRuns: 25 },
  );
});

test("what is apportioned sums up, and nobody gets more than a whole above or below the exact part", () => {
  fc.assert(
    fc.property(fc.nat(Number.MAX_SAFE_INTEGER), fc.array(fc.nat(1_000_000_000), { minLength: 1, maxLength: 6 }), (total, weights) => {
      const all = weights.reduce((one, other) => one + other, 0);
      const parts = apportion(
        total,
        weights.map((weight, index) => [String(index), weight] as const),
      );
      if (all === 0) {
        expect(parts).toEqual([]);
        return;
      }
      expect(parts.reduce((sofar, [, part]) => sofar + BigInt(part), 0n)).toBe(BigInt(total));
      for (const [index, [, part]] of parts.entries()) {
        const exact = (BigInt(total) * BigInt(weights[index] ?? 0)) / BigInt(all);
        expect([exact, exact + 1n]).toContain(BigInt(part));
      }
    }),
  );
});

const price: Price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75, tiers: [{ inputTokensAbove: 1000, input: 6, output: 20 }] };

test("a cost is divided between input and output as the price divides it, whatever it is by now", () => {
  const nano = (input: number, output: number): number => (input + output) * 1000;
  expect(splitOf(nano(100 * 3 + 200 * 0.3 + 300 * 3.75, 10 * 15), { input: 100, read: 200, write: 300, output: 10 }, price)).toEqual({
    input: 1_485_000,
    output: 150_000,
  });
  // Above the tier's bound, where caches cost what input costs.
  expect(splitOf(nano(2000 * 6 + 10 * 6, 20), { input: 2000, read: 10, write: 0, output: 1 }, price)).toEqual({ input: 12_060_000, output: 20_000 });
  // Twice as dear since.
  expect(splitOf(nano(300, 150) / 2, { input: 100, read: 0, write: 0, output: 10 }, price)).toEqual({ input: 150_000, output: 75_000 });
  expect(splitOf(7, { input: 0, read: 0, write: 0, output: 10 }, undefined)).toEqual({ input: 0, output: 7 });
  expect(splitOf(7, { input: 10, read: 0, write: 0, output: 0 }, undefined)).toEqual({ input: 7, output: 0 });
  expect(splitOf(0, { input: 10, read: 0, write: 0, output: 1 }, undefined)).toEqual({ input: 0, output: 0 });
  expect(splitOf(7, { input: 10, read: 0, write: 0, output: 1 }, undefined)).toBeUndefined();
  expect(splitOf(7, { input: 10, read: 0, write: 0, output: 1 }, { input: 0, output: 0 })).toBeUndefined();
});

test("whatever stands in a log where numbers should, the sums are numbers", () => {
  fc.assert(
    fc.property(fc.array(fc.anything(), { minLength: 1, maxLength: 4 }), fc.array(fc.anything(), { minLength: 6, maxLength: 6 }), (odd, [a, b, c, d, e, f]) => {
      const bad = { inputTokens: a, outputTokens: b, cacheReadTokens: c, costUsd: d };
      const hostile = odd.flatMap((one) => [
        {
          type: "reply",
          seq: 1,
          at: "x",
          content: [],
          model: "m",
          ms: f,
          usage: one,
          wasted: bad,
          prefix: { shares: one, broken: one, expectedReadTokens: e },
        },
        { type: "reply", seq: 2, at: "x", content: [], model: "m", ms: 1, usage: bad, prefix: one, partial: true },
        { type: "compacted", seq: 3, at: "x", through: 0, summary: "s", usage: one, writtenBy: a },
      ]) as unknown as readonly LogEntry[];
      const charges = hostile.flatMap(chargesOf);
      const { input, read, write: written, output, nano = 0 } = sumOf(charges);
      for (const number of [input, read, written, output, nano]) expect(number).toBeGreaterThanOrEqual(0);
      const divided = byExtension(charges, () => price);
      expect(divided.reduce((all, [, share]) => all + share.input, 0)).toBe(input);
      expect(divided.reduce((all, [, share]) => all + (share.nano ?? 0), 0)).toBe(nano);
    }),
  );
});
