import type { Question, ToolCallView } from "@claw/kernel";
import { bytesOf, invocationOf, memoryTerminal } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import { answerFrom, formOf, terminalAsker } from "../src/question.ts";
import { printWith } from "./print.ts";

const call = (input: ToolCallView["input"]): ToolCallView => ({
  id: "c1",
  session: "s",
  cwd: "/",
  roots: ["/"],
  tool: "bash",
  effect: "execute",
  paths: [],
  input,
});

const permission: Question = {
  session: "s",
  text: "starts a program",
  freeText: false,
  call: call({ command: "npm test" }),
  options: [
    { id: "allow-once", label: "Allow once", kind: "allow-once" },
    { id: "allow-always", label: "Always allow bash(npm test)", kind: "allow-always" },
    { id: "reject-once", label: "Deny", kind: "reject-once" },
  ],
};
const choice: Question = {
  session: "s",
  text: "Which database?",
  freeText: true,
  options: [
    { id: "pg", label: "PostgreSQL" },
    { id: "lite", label: "SQLite" },
  ],
};

/** A person whose lines come when they are typed. */
function person() {
  const waiting: Uint8Array[] = [];
  let wake = Promise.withResolvers<void>();
  async function* input(): AsyncGenerator<Uint8Array, void> {
    for (;;) {
      const line = waiting.shift();
      if (line === undefined) {
        await wake.promise;
        wake = Promise.withResolvers();
      } else yield line;
    }
  }
  return {
    input: input(),
    types(text: string): void {
      waiting.push(new TextEncoder().encode(text));
      wake.resolve();
    },
  };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = new AbortController().signal;

test("a permission is asked for on standard error, with all of the call and its keys", async () => {
  const who = person();
  const terminal = memoryTerminal({ interactive: true, input: who.input });
  const answer = terminalAsker(terminal, tick).ask(permission, never);
  await tick();
  await tick();
  who.types("y\n");
  expect(await answer).toEqual({ id: "allow-once" });
  expect([terminal.out, terminal.err]).toEqual([
    "",
    `
Permission approval required
  bash: starts a program
  command: npm test
  y or 1  Allow once
  a or 2  Always allow bash(npm test)
  n or 3  Deny
Approve this tool call? [y/N]: `,
  ]);
});

test("every key, number and word means its option; an empty line is a no; anything else means nothing", () => {
  const ids = ["y", "Y", "yes", "1", "a", "always", "2", "n", "no", "3", "", "  ", "maybe", "4", "yy", "0"].map((line) => [line, answerFrom(line, permission)]);
  expect(ids).toEqual([
    ...["y", "Y", "yes", "1"].map((line) => [line, { id: "allow-once" }]),
    ...["a", "always", "2"].map((line) => [line, { id: "allow-always" }]),
    ...["n", "no", "3", "", "  "].map((line) => [line, { id: "reject-once" }]),
    ...["maybe", "4", "yy", "0"].map((line) => [line, undefined]),
  ]);
  expect(["1", "2", "", " MariaDB \t", "3"].map((line) => answerFrom(line, choice))).toEqual([
    { id: "pg" },
    { id: "lite" },
    undefined,
    { text: "MariaDB" },
    { text: "3" },
  ]);
});

test("where always is not offered its key means nothing", () => {
  const once: Question = { ...permission, options: permission.options.filter(({ kind }) => kind !== "allow-always") };
  expect(answerFrom("a", once)).toBeUndefined();
});

test("a call is shown whole, and nothing in it is hidden", () => {
  const long = Array.from({ length: 100 }, (_, index) => `echo ${index}`).join("\n");
  expect(formOf({ ...permission, call: call({ command: long }) })).toContain(
    long
      .split("\n")
      .map((line) => `  │ ${line}`)
      .join("\n"),
  );
  const hostile = "ls\u001b[1A\r\u0007 \u202etxt.exe\u200b\u2028\u0085 \u{e0041}";
  const form = formOf({ ...permission, text: "\u001b[2J", call: call({ command: hostile, deep: { list: ["\u001b"] } }) });
  expect(form).toContain("  command: ls\\x1b[1A\\x0d\\x07 \\u{202e}txt.exe\\u{200b}\\u{2028}\\x85 \\u{e0041}\n");
  expect(form).toContain('  deep: {"list":["\\u001b"]}\n');
  expect(/[^\n\P{Cc}]|\p{Cf}/u.test(form)).toBe(false);
});

test("what was typed before the question is no answer to it", async () => {
  const who = person();
  who.types("y\n");
  who.types("y\n");
  const terminal = memoryTerminal({ interactive: true, input: who.input });
  const answer = terminalAsker(terminal, tick).ask(permission, never);
  for (let turn = 0; turn < 5; turn += 1) await tick();
  expect(terminal.err).toContain("Approve this tool call?");
  who.types("n\n");
  expect(await answer).toEqual({ id: "reject-once" });
});

test("nonsense is asked about again, three times, and then nobody has answered", async () => {
  const who = person();
  const terminal = memoryTerminal({ interactive: true, input: who.input });
  const answer = terminalAsker(terminal, tick).ask(permission, never);
  for (const line of ["what?\n", "sure thing\n", "hm\n"]) {
    for (let turn = 0; turn < 4; turn += 1) await tick();
    who.types(line);
  }
  expect(await answer).toBeUndefined();
  expect(terminal.err.match(/answer with y, a, n/g)?.length).toBe(3);
});

test("the end of the input is no answer", async () => {
  const terminal = memoryTerminal({ interactive: true, input: [] });
  expect(await terminalAsker(terminal, tick).ask(permission, never)).toBeUndefined();
});

test("a line that comes in pieces is one answer", async () => {
  const who = person();
  const answer = terminalAsker(memoryTerminal({ interactive: true, input: who.input }), tick).ask(choice, never);
  for (const piece of ["Post", "gr\u00e9", "s\r\n"]) {
    for (let turn = 0; turn < 4; turn += 1) await tick();
    who.types(piece);
  }
  expect(await answer).toEqual({ text: "Postgr\u00e9s" });
});

test("two questions are asked one after the other, and an aborted one does not answer the next", async () => {
  const who = person();
  const terminal = memoryTerminal({ interactive: true, input: who.input });
  const asker = terminalAsker(terminal, tick);
  const controller = new AbortController();
  const first = asker.ask(permission, controller.signal);
  const second = asker.ask(choice, never);
  for (let turn = 0; turn < 4; turn += 1) await tick();
  expect(terminal.err).not.toContain("Which database?");
  controller.abort(new Error("stopped"));
  await expect(first).rejects.toThrow("stopped");
  for (let turn = 0; turn < 5; turn += 1) await tick();
  expect(terminal.err).toContain("Which database?\n  1  PostgreSQL\n  2  SQLite\nAnswer: ");
  who.types("2\n");
  expect(await second).toEqual({ id: "lite" });
});

test("only where somebody can answer is there an asker", () => {
  const frontend = printWith();
  expect(frontend.asker?.(invocationOf(memoryTerminal({ interactive: true, input: bytesOf([]) })))).toBeDefined();
  expect(frontend.asker?.(invocationOf(memoryTerminal({ interactive: false })))).toBeUndefined();
});
