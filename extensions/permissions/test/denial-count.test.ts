import { expect, test } from "vitest";
import { denialCount } from "../src/denial-count.ts";

test("after three denials in a row, or twenty in all, a session's classifiers are not heard any more", () => {
  const denials = denialCount();
  const deny = (session: string, times: number): void => {
    for (let time = 0; time < times; time += 1) denials.count(session, true);
  };
  deny("row", 2);
  denials.count("row", false);
  deny("row", 2);
  expect(denials.isOpen("row")).toBe(true);
  deny("row", 1);
  expect([denials.isOpen("row"), denials.isOpen("other")]).toEqual([false, true]);

  for (let time = 0; time < 19; time += 1) {
    deny("total", 1);
    denials.count("total", false);
  }
  expect(denials.isOpen("total")).toBe(true);
  deny("total", 1);
  denials.count("total", false);
  expect(denials.isOpen("total")).toBe(false);
});
