import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { toolExtension } from "./fixtures.ts";

test("a model that gives every reply's calls the same id sees every call and its own result", async () => {
  let ran = 0;
  const again = { calls: [{ id: "call_0", name: "reader" }] };
  await using claw = await testKernel({ extensions: [toolExtension("reader", async () => `result ${(ran += 1)}`)], script: [again, again, again, "done"] });
  await claw.prompt(await claw.open(), "go");
  const blocks = (claw.model.requests.at(-1)?.messages ?? []).flatMap(({ content }) => content);
  const calls = blocks.flatMap((block) => (block.type === "tool-call" ? [block.id] : []));
  expect(calls).toEqual(["call_0", "call_0_2", "call_0_3"]);
  expect(blocks.flatMap((block) => (block.type === "tool-result" ? [[block.call, block.content]] : []))).toEqual(
    calls.map((id, index) => [id, [{ type: "text", text: `result ${index + 1}` }]]),
  );
});

test("calls of one reply that share an id, or have none, get one of their own", async () => {
  await using claw = await testKernel({
    extensions: [toolExtension("reader", async () => "read")],
    script: [
      {
        calls: [
          { id: "a", name: "reader" },
          { id: "a", name: "reader" },
          { id: "", name: "reader" },
          { id: "a_2", name: "reader" },
        ],
      },
      "done",
    ],
  });
  const events = await claw.prompt(await claw.open(), "go");
  const ids = events.flatMap((event) => (event.type === "tool-result" ? [event.call] : []));
  expect([ids.length, new Set(ids).size, ids.includes("")]).toEqual([4, 4, false]);
});
