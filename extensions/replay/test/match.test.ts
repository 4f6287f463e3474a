import type { Message, ModelRequest } from "@claw/kernel";
import { expect, test } from "vitest";
import { ask, end, folder, heard, player, recorder, says, text, type Machine } from "./fakes.ts";

/** Records one exchange for each request and plays them to others. */
async function replayOf(
  recorded: readonly ModelRequest[],
  asked: readonly ModelRequest[],
  here: Machine = {},
  there: Machine = {},
): Promise<readonly unknown[]> {
  await using files = await folder();
  {
    await using cassette = recorder(files.at("c"), there);
    for (const [at, request] of recorded.entries()) await heard(cassette, request, says([text(`reply ${at + 1}`), end]));
  }
  const replay = player(files.at("c"), here);
  const answers: unknown[] = [];
  for (const request of asked) {
    const { events, error } = await heard(replay, request);
    answers.push(
      error === undefined
        ? events.map((event) => (event.type === "text-delta" ? event.text : "")).join("")
        : Object.assign({}, error, { message: (error as Error).message.replace(files.at("c"), "C") }),
    );
  }
  return answers;
}

const result = (said: string): Message => ({ role: "user", content: [{ type: "tool-result", call: "call_1", content: [{ type: "text", text: said }] }] });
const said = (role: Message["role"], words: string): Message => ({ role, content: [{ type: "text", text: words }] });

test("equal requests are answered in the order of the recording, others in any order", async () => {
  expect(await replayOf([ask("a"), ask("a"), ask("b")], [ask("b"), ask("a"), ask("a")])).toEqual(["reply 3", "reply 1", "reply 2"]);
});

test("the system prompt, the model, the effort and what tools say of themselves are not compared", async () => {
  const tool = { name: "x", description: "old", input: {} };
  const now = ask("a", {
    system: [{ type: "text", text: "it is Sunday" }],
    model: "beta",
    effort: "high",
    maxTokens: 9,
    session: "s2",
    tools: [{ ...tool, description: "new" }],
  });
  expect(await replayOf([ask("a", { tools: [tool], session: "s1" })], [now])).toEqual(["reply 1"]);
});

test.each([
  ["✔ adds (1.234ms)", "✔ adds (0.9ms)"],
  ["(1.2 s)", "(37 s)"],
  ["ℹ duration_ms 84.219", "ℹ duration_ms 7"],
  ['{"duration_ms": 84.2}', '{"duration_ms": 7}'],
  ["Finished in 1.2 seconds", "Finished in 1,204.7 seconds"],
  ["real 0m1.204s", "real 12m0.7s"],
  ["at 2026-11-22T08:00:00.123Z", "at 2025-01-02T03:04:05Z"],
  ["Date: Sun Nov 22 18:33:12 2026 +0000", "Date: Mon Jan 5 01:02:03 2026 +0200"],
  ["-rw-r--r-- 1 u u 5 Nov 22 18:33 a", "-rw-r--r-- 1 u u 5 Dec  1 08:00 a"],
  ["Start at 18:33:12", "Start at 01:02:03"],
  ["session 019af0a1-0000-7000-8000-0123456789ab", "session 019af0a2-1111-7000-8000-ba9876543210"],
  ["started as pid 4711", "started as pid 12"],
  ["listening on 127.0.0.1:43211", "listening on 127.0.0.1:5173"],
  ["wrote /tmp/claw-Xy12/out.txt", "wrote /tmp/claw-Zz9/out.txt"],
])("%j and %j are the same to a replay", async (then, now) => {
  expect(await replayOf([ask(then)], [ask(now)])).toEqual(["reply 1"]);
});

test.each([
  ["3 tests passed", "4 tests passed"],
  ["line 12", "line 13"],
  ["version 1.2.3", "version 1.2.4"],
  ["a.txt:3:7", "a.txt:4:7"],
  ["/tmp/a/one.txt", "/tmp/b/two.txt"],
  ["300 songs", "200 songs"],
])("%j and %j are not", async (then, now) => {
  expect(await replayOf([ask(then)], [ask(now)])).toMatchObject([{ code: "CASSETTE_MISMATCH" }]);
});

test("a request that was not recorded names the nearest one and where they part", async () => {
  const begin = [said("user", "fix the test"), said("assistant", "I will read it"), result("const a = 1;")];
  const other = [said("user", "tell a joke")];
  const now = [...begin.slice(0, 2), result("const a = 2;")];
  const [error] = await replayOf([ask("", { messages: other }), ask("", { messages: begin })], [ask("", { messages: now })]);
  expect(error).toEqual(
    expect.objectContaining({
      code: "CASSETTE_MISMATCH",
      retryable: false,
      fix: "record the session again: --record FILE",
      message:
        'C: this request was not recorded; the nearest is number 2 of 2, which differs at messages[2].content[0].content[0].text: recorded "const a = 1;", now "const a = 2;"',
      data: expect.objectContaining({ nearest: 2, difference: 'messages[2].content[0].content[0].text: recorded "const a = 1;", now "const a = 2;"' }),
    }),
  );
});

test("a difference in a long text shows the place and not the text", async () => {
  const long = (middle: string): string => `${"x".repeat(5000)}${middle}${"y".repeat(5000)}`;
  const [error] = (await replayOf([ask(long("one"))], [ask(long("two"))])) as readonly { readonly data: { readonly difference: string } }[];
  expect(error?.data.difference).toBe(
    `messages[0].content[0].text: recorded "…${"x".repeat(20)}one${"y".repeat(57)}…", now "…${"x".repeat(20)}two${"y".repeat(57)}…"`,
  );
});

test("other tools and further messages are differences", async () => {
  const tool = (name: string): ModelRequest["tools"][number] => ({ name, description: "", input: {} });
  expect(await replayOf([ask("a", { tools: [tool("bash")] })], [ask("a", { tools: [tool("grep"), tool("bash")] })])).toMatchObject([
    { data: { difference: 'tools[1]: recorded nothing, now "grep"' } },
  ]);
  const more = ask("a", { messages: [...ask("a").messages, said("assistant", "b")] });
  expect(await replayOf([ask("a")], [more])).toMatchObject([
    { data: { difference: 'messages[1]: recorded nothing, now {"content":[{"text":"b","type":"text"}],"role":"assistant"}' } },
  ]);
});

test("a request asked more often than it was recorded says so", async () => {
  expect(await replayOf([ask("a")], [ask("a"), ask("a")])).toMatchObject([
    "reply 1",
    { code: "CASSETTE_MISMATCH", message: "C: request 1 is asked again, and was recorded once" },
  ]);
  expect(await replayOf([ask("a"), ask("b")], [ask("a"), ask("c")])).toMatchObject(["reply 1", { data: { nearest: 2 } }]);
});

test("a session is played in another folder, for another person, and finds its files there", async () => {
  await using files = await folder();
  const there = { cwd: "/home/anna/project", home: "/home/anna" };
  const here = { cwd: "/srv/ci/checkout", home: "/home/bo" };
  const read = (cwd: string, home: string): ModelRequest => ask(`in ${cwd} of ${home}, not ${cwd}-old or ${cwd}.bak; run file://${cwd}/a.ts.`, { cwd });
  const call = (cwd: string, home: string) =>
    ({ type: "block", block: { type: "tool-call", id: "1", name: "read_file", input: { path: `${cwd}/src/a.ts`, also: [`${home}/.x`], [cwd]: 1 } } }) as const;
  {
    await using cassette = recorder(files.at("c"), { home: there.home });
    await heard(cassette, read(there.cwd, there.home), says([text(`reading ${there.cwd}`), text("/src"), call(there.cwd, there.home), end]));
  }
  const lines = JSON.stringify(await files.lines("c"));
  expect([lines.includes("/home/anna/project/"), lines.includes("{{cwd}}/src/a.ts"), lines.includes("{{home}}/.x")]).toEqual([false, true, true]);
  const asked = ask(`in ${here.cwd} of ${here.home}, not ${here.home}/project-old or ${here.home}/project.bak; run file://${here.cwd}/a.ts.`, {
    cwd: here.cwd,
  });
  expect(await heard(player(files.at("c"), { home: here.home }), asked)).toEqual({ events: [text(`reading ${here.cwd}/src`), call(here.cwd, here.home), end] });
});

test("a session's folder of spilled output is found again under its new name", async () => {
  await using files = await folder();
  const at = (home: string, key: string, session: string): string => `${home}/.local/state/claw/sessions/${key}/${session}`;
  const [then, now] = [
    at("/home/u", "0123456789abcdef", "019af0a1-0000-7000-8000-000000000001"),
    at("/home/bo", "fedcba9876543210", "019af0a1-0000-7000-8000-000000000002"),
  ];
  const event = (path: string) => ({ type: "block", block: { type: "tool-call", id: "1", name: "read_file", input: { path: `${path}/bash-1.txt` } } }) as const;
  {
    await using cassette = recorder(files.at("c"));
    await heard(cassette, ask(`whole output: ${then}/bash-1.txt`, { session: "019af0a1-0000-7000-8000-000000000001" }), says([event(then), end]));
  }
  const replay = player(files.at("c"), { home: "/home/bo" });
  expect(await heard(replay, ask(`whole output: ${now}/bash-1.txt`, { session: "019af0a1-0000-7000-8000-000000000002" }))).toEqual({
    events: [event(now), end],
  });
});

test("images are compared by what they show and not kept twice", async () => {
  await using files = await folder();
  const image = (data: string): ModelRequest =>
    ask("", { messages: [{ role: "user", content: [{ type: "tool-result", call: "1", content: [{ type: "image", mediaType: "image/png", data }] }] }] });
  {
    await using cassette = recorder(files.at("c"));
    await heard(cassette, image("QUJD"), says([end]));
  }
  expect(JSON.stringify(await files.lines("c"))).not.toContain("QUJD");
  expect((await heard(player(files.at("c")), image("QUJE"))).error).toMatchObject({ code: "CASSETTE_MISMATCH" });
  expect(await heard(player(files.at("c")), image("QUJD"))).toEqual({ events: [end] });
});
