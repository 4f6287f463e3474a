import { ClawError, type ModelEvent } from "@claw/kernel";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { withoutSecrets } from "../src/secrets.ts";
import { ask, end, folder, heard, player, recorder, says, text } from "./fakes.ts";

const environment = {
  MY_API_KEY: "hunter2-hunter2",
  DB_PASSWORD_PROD: "pa$$w.rd+(1)",
  AWS_SECRET_ACCESS_KEY: "abcdEFGH1234",
  GITHUB_TOKEN: "short",
  EDITOR: "not-a-secret",
  PATH: "/usr/bin",
};

test("whatever the secret, the same stands in its place", () => {
  expect(withoutSecrets(environment).text("hunter2-hunter2, abcdEFGH1234 and postgres://user:hunter@db.test/x; short and not-a-secret stay")).toBe(
    "{{secret}}, {{secret}} and postgres://user:{{secret}}@db.test/x; short and not-a-secret stay",
  );
});

test("no key enters a cassette, wherever a request or a reply holds it, in pieces too", async () => {
  await using files = await folder();
  const key = "hunter2-hunter2";
  const call: ModelEvent = {
    type: "block",
    block: { type: "tool-call", id: key, name: key, input: { [key]: [key, { deep: `a${key}b` }] }, malformed: key, luggage: { one: { signature: key } } },
  };
  const request = ask(key, {
    system: [{ type: "text", text: `system ${key}` }],
    session: key,
    model: "alpha",
    tools: [{ name: key, description: key, input: { [key]: key } }],
    messages: [
      {
        role: "user",
        content: [
          { type: "tool-result", call: key, content: [{ type: "text", text: `cat .env\nK=${key}` }] },
          { type: "document", mediaType: "application/pdf", data: key, name: key },
        ],
      },
    ],
  });
  {
    await using cassette = recorder(files.at("c"), { environment });
    await heard(cassette, request, says([text("it is hunter2"), text("-hunter2"), call, { type: "end", reason: "stop", requestId: key }]));
    await heard(cassette, request, says([], new ClawError("MODEL_AUTH", `bad key ${key}`, { body: key }, { fix: key })));
  }
  const written = await readFile(files.at("c"), "utf8");
  expect([written.includes("hunter2"), written.split("{{secret}}").length > 12]).toEqual([false, true]);
  const { events } = await heard(player(files.at("c"), { environment }), request);
  expect(events[0]).toEqual(text("it is {{secret}}"));
});

test("a request that holds a key is found again where another key is set", async () => {
  await using files = await folder();
  {
    await using cassette = recorder(files.at("c"), { environment: { A_KEY: "first-secret" } });
    await heard(cassette, ask("A_KEY=first-secret"), says([end]));
  }
  expect(await heard(player(files.at("c"), { environment: { A_KEY: "other-secret" } }), ask("A_KEY=other-secret"))).toEqual({ events: [end] });
});
