import type { RequestListener } from "node:http";
import type { ClawError } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { loginFrom, loginKey, loginText, renewed } from "../src/login.ts";
import { type Served, serve } from "./identity-server.ts";
import { type Setting, memoryTokens, never, serverAt, settingOf } from "./setting.ts";

const refreshToken = "refresh-0123456789-0123456789";
const server = serverAt("https://notes.example");
const key = loginKey("notes", new URL("https://notes.example"));

/** A login that has run out, at a server whose token endpoint answers so. */
async function expired(answer: RequestListener, more: object = {}): Promise<Setting & { readonly identity: Served; readonly values: Map<string, string> }> {
  const identity = await serve(() => answer);
  const { origin } = identity;
  const metadata = { issuer: origin, authorization_endpoint: `${origin}/a`, token_endpoint: `${origin}/token`, response_types_supported: ["code"] };
  const login = renewed(
    { issuer: origin, metadata, client: { client_id: "c" }, resource: "https://notes.example/mcp" },
    { access_token: "old", token_type: "Bearer", expires_in: 1, refresh_token: refreshToken },
    new Date(0),
  );
  const store = memoryTokens();
  store.values.set(key, loginText({ ...login, ...more }));
  return { ...settingOf({ store }), identity, values: store.values };
}

const json =
  (status: number, said: object): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(said));
const failureOf = (attempt: Promise<unknown>): Promise<ClawError> =>
  attempt.then(
    (value) => Promise.reject(new Error(`no failure: ${JSON.stringify(value)}`)),
    (error: unknown) => error as ClawError,
  );
/** All that an error says, to the last of its causes. */
function wholeOf(error: unknown): string {
  const { message = "", stack = "", data, cause } = error as Partial<ClawError>;
  return [message, stack, JSON.stringify(data), cause === undefined ? "" : wholeOf(cause)].join("\n");
}

describe("a renewal", () => {
  test("keeps the refresh token when the answer has none", async () => {
    const { broker, identity, values } = await expired(json(200, { access_token: "new", token_type: "bearer", expires_in: 60 }));
    await using _identity = identity;
    expect(await broker.headers(server, never())).toEqual({ authorization: "Bearer new" });
    expect(loginFrom(values.get(key))?.refreshToken).toBe(refreshToken);
  });

  test.each<readonly [string, RequestListener]>([
    ["as an error of its own", json(400, { error: "invalid_request", error_description: `what is ${refreshToken}?` })],
    ["in a page", (_request, response) => void response.writeHead(500).end(`<p>refresh_token=${refreshToken}</p>`)],
    ["instead of JSON", (_request, response) => void response.writeHead(200).end(refreshToken)],
  ])("whose refresh token the server repeats %s shows nothing of it, and the login stays", async (_how, answer) => {
    const { broker, identity, values, log } = await expired(answer);
    await using _identity = identity;
    const before = values.get(key);
    const error = await failureOf(broker.headers(server, never()));
    expect([error.code, values.get(key)]).toEqual(["AUTHORIZATION_FAILED", before]);
    expect(`${wholeOf(error)}${log.join("\n")}`).not.toContain(refreshToken.slice(0, 9));
    expect(error.message.length).toBeLessThan(400);
  });

  test("that fails is told in 256 bytes of the server's words, which a person can see, and in whole characters", async () => {
    const { broker, identity } = await expired(json(400, { error: "invalid_request", error_description: `\u001B[31m\u202E${"é😀".repeat(500)}` }));
    await using _identity = identity;
    const words = (await failureOf(broker.headers(server, never()))).message.split("failed: ")[1] ?? "";
    expect(words).toMatch(/^é😀é😀[é😀]+…$/u);
    expect([Buffer.byteLength(words) <= 256, Buffer.byteLength(words) > 245]).toEqual([true, true]);
  });

  test.each(["a\r\nx-evil: 1", "tökén", "", "two words"])("does not take a token that no header holds: %j", async (access_token) => {
    const { broker, identity, values } = await expired(json(200, { access_token, token_type: "Bearer", refresh_token: "next" }));
    await using _identity = identity;
    const before = values.get(key);
    expect(await failureOf(broker.headers(server, never()))).toMatchObject({ code: "AUTHORIZATION_FAILED", data: { server: "notes" } });
    expect(values.get(key)).toBe(before);
  });

  test("by a kind of token that claw does not know is refused", async () => {
    const { broker, identity } = await expired(json(200, { access_token: "new", token_type: "DPoP" }));
    await using _identity = identity;
    expect(await failureOf(broker.headers(server, never()))).toMatchObject({ code: "AUTHORIZATION_FAILED", data: { kind: "token_type" } });
  });

  test("at a slow server is not waited for once nobody wants it, and what it brings is kept all the same", async () => {
    const { promise: asked, resolve } = Promise.withResolvers<() => void>();
    const { broker, identity, values } = await expired((_request, response) =>
      resolve(() => json(200, { access_token: "late", token_type: "Bearer", refresh_token: "rotated" })(_request, response)),
    );
    await using _identity = identity;
    const over = new AbortController();
    const failure = failureOf(broker.headers(server, over.signal));
    const answer = await asked;
    over.abort(new Error("enough"));
    expect((await failure).message).toBe("enough");
    answer();
    await expect.poll(() => loginFrom(values.get(key))?.refreshToken).toBe("rotated");
  });

  test("that nobody wants any more is not begun", async () => {
    const { broker, identity } = await expired(json(500, {}));
    await using _identity = identity;
    expect((await failureOf(broker.headers(server, AbortSignal.abort(new Error("enough"))))).message).toBe("enough");
    expect(identity.seen).toEqual([]);
  });
});

test("a login for one part of a server is not shown to another part of it", async () => {
  const { broker, identity, values } = await expired(json(500, {}), { expiresAt: Date.now() + 3_600_000, resource: "https://notes.example/mine" });
  await using _identity = identity;
  const at = (path: string) => broker.headers({ ...server, url: `https://notes.example${path}` }, never());
  expect(await at("/mine/mcp")).toEqual({ authorization: "Bearer old" });
  expect([await at("/mcp"), await at("/mine-too"), await at("/")]).toEqual([{}, {}, {}]);
  expect(await broker.challenged({ ...server, url: "https://notes.example/mcp" }, { status: 401 }, never())).toBe(false);
  expect(values.size).toBe(1);
});

describe("a refusal for want of a scope", () => {
  const challenge = (said: string) => ({ status: 403, authenticate: said }) as const;
  const fresh = { expiresAt: Date.now() + 3_600_000, scope: "notes" };

  test("names what is wanted, so that it can be seen, and is remembered for the next login of whichever process", async () => {
    const { broker, identity, values } = await expired(json(500, {}), fresh);
    await using _identity = identity;
    const error = await failureOf(broker.challenged(server, challenge('Bearer error="insufficient_scope", scope="admin \u009b31mred"'), never()));
    expect([error.code, error.message.includes("admin"), /[\u0080-\u009f]/.test(error.message)]).toEqual(["REAUTH_REQUIRED", true, false]);
    expect(loginFrom(values.get(key))?.wanted).toBe("notes admin");
    expect(await broker.headers(server, never())).toEqual({ authorization: "Bearer old" });
  });

  test("is tried again when another process has logged in with it meanwhile", async () => {
    const { broker, identity, values } = await expired(json(500, {}), fresh);
    await using _identity = identity;
    await broker.headers(server, never());
    values.set(key, loginText({ ...(loginFrom(values.get(key)) as NonNullable<ReturnType<typeof loginFrom>>), accessToken: "wider", scope: "notes admin" }));
    expect(await broker.challenged(server, challenge('Bearer error="insufficient_scope", scope="admin"'), never())).toBe(true);
    expect(await broker.headers(server, never())).toEqual({ authorization: "Bearer wider" });
  });

  test.each(['Bearer error="access_denied"', 'Basic realm="x"'])("is told apart from a plain no: %s", async (said) => {
    const { broker, identity } = await expired(json(500, {}), fresh);
    await using _identity = identity;
    expect(await broker.challenged(server, challenge(said), never())).toBe(false);
  });
});
