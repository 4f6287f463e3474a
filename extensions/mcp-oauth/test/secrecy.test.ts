import { inspect } from "node:util";
import { expect, test } from "vitest";
import { startResource } from "./identity-server.ts";
import { never, serverAt, settingOf } from "./setting.ts";
import { giving, json } from "./speaking-server.ts";

const show = (): void => undefined;
const tokens = { access_token: "access-1234567890-abcdefghij", token_type: "Bearer", expires_in: 3600, refresh_token: "refresh-1234567890+/abcdef==" };
const caught = (attempt: Promise<unknown>): Promise<Error> =>
  attempt.then(
    () => expect.unreachable(),
    (error: unknown) => error as Error,
  );
/** All that a log or a crash report could show of an error. */
const allOf = (error: Error): string => `${inspect(error, { depth: 10 })}${JSON.stringify(error)}`;

test.each<readonly [string, (form: Readonly<Record<string, string>>) => readonly [number, string]]>([
  ["as plain text", (form) => [500, `cannot handle ${JSON.stringify(form)}`]],
  ["as a form", (form) => [400, new URLSearchParams(form).toString()]],
  ["in an OAuth error", (form) => [400, JSON.stringify({ error: "invalid_request", error_description: `no: ${JSON.stringify(form)}` })]],
  ["in a field of its own", (form) => [401, JSON.stringify({ error: "invalid_client", error_description: "no", debug: form })]],
])("what an authorization server repeats of a login %s is in no error and no log", async (_how, reply) => {
  let sent: Readonly<Record<string, string>> = {};
  await using identity = await giving((form, response) => {
    sent = form;
    const [status, body] = reply(form);
    response.writeHead(status).end(body);
  });
  await using resource = await startResource(() => identity.origin);
  const { broker, log } = settingOf();
  const error = await caught(broker.logIn(serverAt(resource.origin), show, never()));
  expect(error).toMatchObject({ code: "AUTHORIZATION_FAILED" });
  for (const name of ["code", "code_verifier"]) {
    expect(sent[name]?.length).toBeGreaterThan(20);
    expect(`${allOf(error)}${log.join()}`).not.toContain(sent[name]);
  }
});

test.each([
  ["repeats them in a failure", 500],
  ["gives them in a form instead of JSON", 200],
])("tokens are in no error and no log of a server that %s", async (_how, status) => {
  let isFirst = true;
  let now = Date.now();
  await using identity = await giving((form, response) => {
    if (form["token"] !== undefined) return void response.writeHead(503).end(`what is ${form["token"]}?`);
    if (isFirst) json(response, 200, tokens);
    else response.writeHead(status).end(`refresh_token=${form["refresh_token"]}&or=${encodeURIComponent(form["refresh_token"] ?? "")}&access_token=x`);
    isFirst = false;
  });
  await using resource = await startResource(() => identity.origin);
  const { broker, log } = settingOf({ now: () => new Date(now) });
  const server = serverAt(resource.origin);
  await broker.logIn(server, show, never());
  now += 3_600_000;
  const error = await caught(broker.headers(server, never()));
  expect(error).toMatchObject({ code: "AUTHORIZATION_FAILED" });
  await broker.logOut(server, never());
  expect(log.length).toBe(2);
  const said = `${allOf(error)}${log.join()}`;
  for (const secret of [tokens.access_token, tokens.refresh_token, encodeURIComponent(tokens.refresh_token), tokens.refresh_token.slice(0, 12)])
    expect(said).not.toContain(secret);
});

test("what a server says is shown as far as 256 bytes, and as a person can see it", async () => {
  await using identity = await giving((_form, response) =>
    json(response, 400, { error: "invalid_request", error_description: `\u001B]0;x\u0007\u202E${"é€😀".repeat(400)}` }),
  );
  await using resource = await startResource(() => identity.origin);
  const { message } = await caught(settingOf().broker.logIn(serverAt(resource.origin), show, never()));
  const words = message.replace(/^logging in to the MCP server notes failed: /, "");
  expect(words).toContain("é€😀é€😀");
  expect(Buffer.byteLength(words)).toBeLessThanOrEqual(256);
  expect(words).not.toMatch(/[\u0000-\u001F\u202E\uFFFD]/);
});

test("what a server says of scopes is shown as a person can see it, too", async () => {
  await using identity = await giving((_form, response) => json(response, 200, { ...tokens, scope: `\u001B[2Jnotes ${"x".repeat(5000)}` }));
  await using resource = await startResource(() => identity.origin);
  const { broker } = settingOf();
  const server = serverAt(resource.origin);
  await broker.logIn(server, show, never());
  await broker.headers(server, never());
  const { message } = await caught(broker.challenged(server, { status: 403, authenticate: 'Bearer error="insufficient_scope", scope="admin"' }, never()));
  expect(message).toContain("admin");
  expect(message).not.toMatch(/[\u0000-\u001F\u0080-\u009F]/);
  expect(message.length).toBeLessThan(700);
});

test.each(["two\nlines", "with space", "", "é"])("a token that no header can carry is refused, and not repeated: %j", async (token) => {
  await using identity = await giving((_form, response) => json(response, 200, { ...tokens, access_token: token }));
  await using resource = await startResource(() => identity.origin);
  const { broker, opened } = settingOf();
  const error = await caught(broker.logIn(serverAt(resource.origin), show, never()));
  expect(error).toMatchObject({ code: "AUTHORIZATION_FAILED", data: { kind: "token" } });
  expect([opened.length, await broker.headers(serverAt(resource.origin), never())]).toEqual([1, {}]);
});
