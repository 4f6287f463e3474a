import { expect, test } from "vitest";
import { cacheBreakpoints } from "../kit/cache-breakpoints.ts";

test("breakpoints stand after the tools, the system prompt and the last two turns of the user", () => {
  expect([cacheBreakpoints([]), cacheBreakpoints(["user"]), cacheBreakpoints(["user", "assistant", "user", "assistant", "user"])]).toEqual([
    { tools: true, system: true, turns: [] },
    { tools: true, system: true, turns: [0] },
    { tools: true, system: true, turns: [2, 4] },
  ]);
});
