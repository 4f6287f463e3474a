import { ClawError, type ModelEvent } from "@claw/kernel";
import fc from "fast-check";
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { withoutSecrets } from "../src/secrets.ts";
import { ask, end, folder, heard, player, recorder, says, text } from "./fakes.ts";

const environment = { MY_API_KEY: "hunter2-hunter2", DB_PASSWORD_PROD: "pa$$w.rd+(1)", AWS_SECRET_ACCESS_KEY: "abcdEFGH1234", GITHUB_TOKEN: "short", EDITOR: "not-a-secret", PATH: "/usr/bin" };

test.each([
  ["the value is hunter2-hunter2!", "the value is {{secret}}!"],
  ["pa$$w.rd+(1)", "{{secret}}"],
  ["x=abcdEFGH1234;", "x={{secret}};"],
  ["short words and not-a-secret stay", "short words and not-a-secret stay"],
  ["key sk-ant-api03-Zz09_-aaaaaaaa.", "key {{secret}}."],
  ["sk-proj-abcdefghij0123456789", "{{secret}}"],
  ["sk-fading-circle-before is a class", "sk-fading-circle-before is a class"],
  ["AKIAIOSFODNN7EXAMPLE", "{{secret}}"],
  ["ghp_0123456789abcdefghijABCDEFGHIJ012345", "{{secret}}"],
  [`AIza${"x".repeat(35)}`, "{{secret}}"],
  ["postgres://user:hunter@db.test/x", "postgres://user:{{secret}}@db.test/x"],
  ["-----BEGIN EC PRIVATE KEY-----\nMHc\n-----END EC PRIVATE KEY-----\n", "{{secret}}\n"],
  ["ask-anthropic and task-123", "ask-anthropic and task-123"],
])("%j is written as %j", (before, after) => {
  expect(withoutSecrets(environment).text(before)).toBe(after);
});

test("a secret that holds another leaves nothing behind", () => {
  const { text: clean } = withoutSecrets({ A_KEY: "aaaaaaaa", B_KEY: "aaaaaaaabbbb" });
  expect(clean("aaaaaaaabbbb aaaaaaaa")).toBe("{{secret}} {{secret}}");
});

test("no key enters a cassette, wherever a request or a reply holds it, in pieces too", async () => {
  await using files = await folder();
  const key = "hunter2-hunter2";
  const call: ModelEvent = { type: "block", block: { type: "tool-call", id: key, name: key, input: { [key]: [key, { deep: `a${key}b` }] }, malformed: key, luggage: { one: { signature: key } } } };
  const request = ask(key, {
    system: [{ type: "text", text: `system ${key}` }], session: key, model: "alpha", tools: [{ name: key, description: key, input: { [key]: key } }],
    messages: [{ role: "user", content: [{ type: "tool-result", call: key, content: [{ type: "text", text: `cat .env\nK=${key}` }] }, { type: "document", mediaType: "application/pdf", data: key, name: key }] }],
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

test("a signature that happens to look like a key stays a signature", () => {
  expect(withoutSecrets({}).opaque("AKIAIOSFODNN7EXAMPLE")).toBe("AKIAIOSFODNN7EXAMPLE");
});

test("no value of a secret variable is ever left in a text", () => {
  const secret = fc.string({ unit: "grapheme-ascii", minLength: 8, maxLength: 20 }).map((value) => value.trim()).filter((value) => value.length >= 8 && !"{{secret}}".includes(value));
  fc.assert(fc.property(fc.array(secret, { minLength: 1, maxLength: 3 }), fc.array(fc.string(), { minLength: 2, maxLength: 4 }), (secrets, around) => {
    const variables = Object.fromEntries(secrets.map((value, at) => [`N${at}_TOKEN`, value]));
    const cleaned = withoutSecrets(variables).text(secrets.map((value, at) => `${around[at % around.length]} ${value}`).join(" "));
    const alone = secrets.filter((value) => !secrets.some((other) => other !== value && (other.includes(value) || value.includes(other))));
    return alone.every((value) => !cleaned.includes(` ${value}`));
  }));
});
