import { existsSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { attempts, type Outcome, tryAll } from "./escape-run.ts";
import type { Person } from "./escape-world.ts";

/** Without bubblewrap there is nothing to test, except where the tests must have been run. */
export const hasWall = process.platform === "linux" && (existsSync("/usr/bin/bwrap") || process.env["CI"] !== undefined);

/** Every attempt inside and, as far as it harms nothing, outside. */
export function describeEscapes(who: "root" | "user", person: Person, skipped: boolean): void {
  const inside = attempts.filter(({ only }) => only !== "user" || who === "user");
  const outside = attempts.filter(({ only, notOutside }) => notOutside === undefined && (only === undefined || only === who));

  describe.skipIf(skipped)(`a program that ${who === "root" ? "root" : "a plain user"} runs inside the sandbox`, () => {
    let walled: ReadonlyMap<string, Outcome>;
    let free: ReadonlyMap<string, Outcome>;
    const byName = (outcomes: readonly Outcome[]): ReadonlyMap<string, Outcome> => new Map(outcomes.map((outcome) => [outcome.name, outcome]));

    beforeAll(async () => {
      walled = byName(await tryAll(inside, person, true));
      free = byName(await tryAll(outside, person, false));
    }, 300_000);

    test.each(inside.map(({ name }) => name))("does not %s", (name) => {
      expect(walled.get(name)).toMatchObject({ escaped: false });
    });

    test("was really started, each time", () => {
      expect([...walled.values()].filter(({ code }) => code === undefined).map(({ name }) => name)).toEqual([]);
    });

    test("would mostly get out without it", () => {
      const failed = [...free.values()].filter(({ escaped }) => !escaped).map(({ name }) => name);
      expect(failed.length, `not outside either: ${failed.join("; ")}`).toBeLessThanOrEqual(outside.length * 0.2);
      expect(outside.length - failed.length).toBeGreaterThanOrEqual(60);
    });
  });
}
