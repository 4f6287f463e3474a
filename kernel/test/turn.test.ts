import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { toolExtension } from "./fixtures.ts";

test("a turn runs the calls of a reply and goes on until the model is done", async () => {
  await using claw = await testKernel({
    extensions: [toolExtension("count", async () => "3")],
    script: [{ text: "Counting.", calls: [{ name: "count" }] }, "There are 3."],
  });
  const session = await claw.open();
  const events = await claw.prompt(session, "How many?");
  expect(events.filter(({ type }) => type !== "text-delta").map(({ type }) => type)).toEqual(["prompt", "reply", "judged", "tool-result", "reply", "turn-end"]);
  expect(claw.model.requests[1]?.messages).toEqual([
    { role: "user", content: [{ type: "text", text: "How many?" }] },
    {
      role: "assistant",
      content: [
        { type: "text", text: "Counting." },
        { type: "tool-call", id: "call_0_0", name: "count", input: {} },
      ],
    },
    { role: "user", content: [{ type: "tool-result", call: "call_0_0", content: [{ type: "text", text: "3" }] }] },
  ]);
});

test("a call of effect write is denied when nothing allows it, and the turn goes on", async () => {
  await using claw = await testKernel({
    extensions: [toolExtension("store", async () => "stored", { effect: "write" })],
    script: [{ calls: [{ name: "store" }] }, "It was denied."],
  });
  const session = await claw.open();
  const events = await claw.prompt(session, "Store it");
  const result = events.find((event) => event.type === "tool-result");
  expect(result).toMatchObject({
    outcome: "denied",
    content: [{ type: "text", text: "Permission denied for store: nothing allows store, whose effect is write" }],
  });
  expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "done" });
});

test("an unknown tool, malformed input and input that does not fit are answered and never run", async () => {
  let ran = 0;
  await using claw = await testKernel({
    extensions: [
      toolExtension("count", async () => String((ran += 1)), { input: { type: "object", required: ["path"], properties: { path: { type: "string" } } } }),
    ],
    script: [{ calls: [{ name: "cuont" }, { name: "count", malformed: '{"pa' }, { name: "count", input: { path: 3 } }] }, "Sorry."],
  });
  const session = await claw.open();
  const events = await claw.prompt(session, "Go");
  const texts = events.flatMap((event) => (event.type === "tool-result" ? event.content : [])).map((block) => (block.type === "text" ? block.text : ""));
  expect(texts[0]).toBe('Error: there is no tool "cuont"; did you mean count?');
  expect(texts[1]).toBe('Error: the input of count is no JSON object: "{\\"pa"');
  expect(texts[2]).toMatch(/^Error: the input does not fit count: path: /);
  expect(ran).toBe(0);
});
