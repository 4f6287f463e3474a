import { load } from "@claw/testing";
import { expect, test } from "vitest";
import extension from "../src/index.js";

test("a protected write is asked about", async () => {
  await using claw = await load(extension, { config: { protected: ["/etc"] } });
  expect(await claw.classify("protected-paths", { effect: "write", paths: ["/etc/hosts"] }))
    .toEqual({ decision: "ask", reason: "/etc/hosts is protected" });
});

test("a read, and a write elsewhere, are none of its business", async () => {
  await using claw = await load(extension, { config: { protected: ["/etc"] } });
  expect(await claw.classify("protected-paths", { effect: "read", paths: ["/etc/hosts"] })).toBeUndefined();
  expect(await claw.classify("protected-paths", { effect: "write", paths: ["/etcetera/x"] })).toBeUndefined();
});
