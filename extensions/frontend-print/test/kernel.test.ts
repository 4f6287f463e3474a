import { load } from "@claw/testing";
import { interruption, invocationOf, memoryTerminal } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import extension from "../src/index.ts";

const workspace = "0123456789abcdef";

test("over a real kernel the answer of the model is what is printed", async () => {
  await using claw = await load(extension, { script: [{ text: "Hello from the model." }] });
  const terminal = memoryTerminal();
  const frontend = await claw.frontend("print");
  const code = await frontend.run(
    claw.test.kernel.client,
    { ...invocationOf(terminal), cwd: claw.cwd, roots: [claw.cwd], workspace },
    new AbortController().signal,
  );
  expect([code, terminal.out, terminal.err]).toEqual([0, "Hello from the model.\n", ""]);
});

test("over a real kernel the stream of JSON ends in a result of the same session", async () => {
  await using claw = await load(extension, { script: [{ text: "Hello." }], config: { outputFormat: "stream-json", includePartialMessages: true } });
  const terminal = memoryTerminal();
  const frontend = await claw.frontend("print");
  expect(
    await frontend.run(claw.test.kernel.client, { ...invocationOf(terminal), cwd: claw.cwd, roots: [claw.cwd], workspace }, new AbortController().signal),
  ).toBe(0);
  const lines = terminal.out
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { readonly type: string; readonly session_id: string; readonly result?: string });
  expect([lines[0]?.type, lines.at(-1)?.type, lines.at(-1)?.result, new Set(lines.map(({ session_id }) => session_id)).size]).toEqual([
    "system",
    "result",
    "Hello.",
    1,
  ]);
});

test("over a real kernel an interruption is exit code 130, and the session can be gone on with", async () => {
  await using claw = await load(extension, { script: [{ text: "Hello.", hang: true }, "Hello again."] });
  const controller = new AbortController();
  const about = { cwd: claw.cwd, roots: [claw.cwd], workspace };
  const frontend = await claw.frontend("print");
  // Interrupts as soon as something is shown.
  const hasty = { ...memoryTerminal({ outputIsTerminal: true }), write: async () => controller.abort(interruption("SIGINT")) };
  expect(await frontend.run(claw.test.kernel.client, { ...invocationOf(hasty), ...about }, controller.signal)).toBe(130);
  const terminal = memoryTerminal();
  expect(await frontend.run(claw.test.kernel.client, { ...invocationOf(terminal), ...about, resume: "latest" }, new AbortController().signal)).toBe(0);
  expect(terminal.out).toBe("Hello again.\n");
});
