import { expect, test } from "vitest";
import { place } from "./claw.ts";

const line = (command: string): string => `${JSON.stringify({ tool: "bash", input: { command } })}\n`;
const answers = (text: string): readonly { readonly verdict: string; readonly reads: readonly string[] }[] =>
  text
    .trimEnd()
    .split("\n")
    .map((one) => JSON.parse(one) as { verdict: string; reads: readonly string[] });

test("claw perm test --json answers a line as soon as it is written, while others are still to come", async () => {
  await using here = await place();
  const running = here.start(["perm", "test", "--json"], { input: "open" });
  running.write(line("cat a"));
  await running.seen('"verdict":"allow"');
  running.write(line("make"));
  await running.seen('"verdict":"ask"');
  // The last line needs no end.
  running.write(line("cat b").trimEnd());
  running.end();
  const ran = await running.ended;
  expect([ran.code, ran.stderr, answers(ran.stdout).map(({ verdict }) => verdict)]).toEqual([0, "", ["allow", "ask", "allow"]]);
});

test("it answers every line in its order, whatever is between them, and exits with 2 when one was none", async () => {
  await using here = await place();
  const odd = ["", "{", "\u0000", "x".repeat(17 * 1024 * 1024), "[".repeat(100_000), line(`echo ${"\u0000".repeat(1024 * 1024)}`).trimEnd()];
  const input = odd.map((one, index) => `${one}\r\n${line(`cat f${index}`)}`).join("");
  const ran = await here.run(["perm", "test", "--json"], { input });
  const said = answers(ran.stdout);
  expect([ran.code, said.length]).toEqual([2, 12]);
  expect(said.filter((_, index) => index % 2 === 1).map(({ reads }) => reads)).toEqual(odd.map((_, index) => [`${here.project}/f${index}`]));
  expect(said.filter((_, index) => index % 2 === 0).map(({ verdict }) => verdict)).toEqual(["deny", "deny", "deny", "deny", "deny", "ask"]);
});

test("it judges nothing more once nobody reads its answers", async () => {
  await using here = await place();
  const running = here.start(["perm", "test", "--json"], { input: "open" });
  running.write(line("ls"));
  await running.seen('"verdict":"allow"');
  running.child.stdout?.destroy();
  // More than it would answer within the time that a test waits; its input stays open.
  running.write(line("find src -name x.ts").repeat(500_000));
  expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
});

test("it takes the folders of --add-dir for the session's, unless a line says what counts", async () => {
  await using here = await place();
  here.write("../lib/a", "x");
  const reading = { tool: "bash", input: { command: "cat ../lib/a" } };
  const input = [reading, { ...reading, workspace: "." }, { ...reading, settings: {} }].map((one) => JSON.stringify(one)).join("\n");
  const ran = await here.run(["perm", "test", "--json", "--add-dir", "../lib"], { input });
  expect(answers(ran.stdout).map(({ verdict }) => verdict)).toEqual(["allow", "ask", "ask"]);
});
