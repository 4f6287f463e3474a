import { expect, test } from "vitest";
import type { Opinion } from "../src/contracts/permission.ts";
import { denialReason } from "../kit/denial-reason.ts";

const opinion = (decision: Opinion["decision"], reason: string): Opinion => ({ author: "a/b", stage: "decide", decision, reason });

test("a call was denied by the person, by the last refusal, by the last question that nobody answered, or by nobody's leave", () => {
  const opinions = [opinion("allow", "fine"), opinion("deny", "no"), opinion("block", "never"), opinion("ask", "sure?")];
  expect([
    denialReason({ opinions, answer: "reject-once" }),
    denialReason({ opinions, answer: "none" }),
    denialReason({ opinions: [opinion("ask", "one"), opinion("ask", "two"), opinion("allow", "fine")] }),
    denialReason({ opinions: [] }),
  ]).toEqual(["the person denied it", "never", "two", "nothing allows it"]);
});
