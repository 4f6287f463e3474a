import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loginFrom } from "../src/login.ts";
import { type Served, serve, startIdentityServer, startResource } from "./identity-server.ts";
import { memoryTokens, never, serverAt, settingOf } from "./setting.ts";

let identity: Served;
let resource: Served;
beforeAll(async () => {
  identity = await startIdentityServer();
  resource = await startResource(() => identity.origin);
});
afterAll(async () => {
  await identity[Symbol.asyncDispose]();
  await resource[Symbol.asyncDispose]();
});
const show = (): void => undefined;
const formOf = (body: string): Readonly<Record<string, string>> => Object.fromEntries(new URLSearchParams(body));
const tokenRequests = (): readonly Readonly<Record<string, string>>[] =>
  identity.seen.filter(({ url, method }) => method === "POST" && url === "/token").map(({ body }) => formOf(body));

describe("a login at a real authorization server", () => {
  test("ends with a token for this server, which is kept, given out, and gone after logging out", async () => {
    const store = memoryTokens();
    const { broker, pages, opened } = settingOf({ store });
    const server = serverAt(resource.origin);
    expect(await broker.headers(server, never())).toEqual({});
    const shown: string[] = [];
    await broker.logIn(server, (url) => void shown.push(url.href), never());
    const { authorization = "" } = await broker.headers(server, never());
    expect(authorization).toMatch(/^Bearer \S{20,}$/);
    expect(pages.at(-1)).toContain("You are logged in");
    expect(shown).toEqual(opened);
    const asked = new URL(opened[0] ?? "").searchParams;
    expect([asked.get("code_challenge_method"), asked.get("resource"), asked.get("state")?.length, asked.get("scope")]).toEqual([
      "S256",
      `${resource.origin}/mcp`,
      43,
      "notes offline_access",
    ]);
    expect(tokenRequests().at(-1)).toMatchObject({
      grant_type: "authorization_code",
      resource: `${resource.origin}/mcp`,
      code_verifier: expect.stringMatching(/^.{43,128}$/) as string,
    });

    expect(await broker.logOut(server, never())).toBe(true);
    const revoked = identity.seen.filter(({ url }) => url.endsWith("/revocation")).map(({ body }) => formOf(body)["token_type_hint"]);
    expect(revoked).toEqual(["refresh_token", "access_token"]);
    expect([await broker.headers(server, never()), store.values.size, await broker.logOut(server, never())]).toEqual([{}, 0, false]);
  });

  test("is renewed when it runs out, once, however many ask", async () => {
    const store = memoryTokens();
    let now = Date.now();
    const { broker } = settingOf({ store, now: () => new Date(now) });
    const server = serverAt(resource.origin);
    await broker.logIn(server, show, never());
    const first = await broker.headers(server, never());
    now += 3_600_000;
    const before = tokenRequests().length;
    const all = await Promise.all(Array.from({ length: 6 }, () => broker.headers(server, never())));
    expect(new Set(all.map(({ authorization }) => authorization)).size).toBe(1);
    expect(all[0]).not.toEqual(first);
    expect(
      tokenRequests()
        .slice(before)
        .map((form) => form["grant_type"]),
    ).toEqual(["refresh_token"]);
  });

  test("that the server ends has to be begun again, and nothing but a login opens a browser", async () => {
    const store = memoryTokens();
    let now = Date.now();
    const { broker, opened } = settingOf({ store, now: () => new Date(now) });
    const server = serverAt(resource.origin);
    await broker.logIn(server, show, never());
    // A refresh token that was used already: the server takes it for stolen.
    const [key = "", text = ""] = [...store.values][0] ?? [];
    now += 3_600_000;
    await broker.headers(server, never());
    store.values.set(key, text);
    await expect(broker.headers(server, never())).rejects.toMatchObject({ code: "REAUTH_REQUIRED", fix: "claw mcp login notes" });
    expect(opened.length).toBe(1);
    expect(store.values.get(key)).toBe(text);
  });

  test("is tried once more after a refusal, when another token may be had", async () => {
    const { broker } = settingOf();
    const server = serverAt(resource.origin);
    expect(await broker.challenged(server, { status: 401 }, never())).toBe(false);
    await broker.logIn(server, show, never());
    const first = await broker.headers(server, never());
    expect(await broker.challenged(server, { status: 401 }, never())).toBe(true);
    expect(await broker.headers(server, never())).not.toEqual(first);
    await expect(
      broker.challenged(server, { status: 403, authenticate: 'Bearer error="insufficient_scope", scope="notes admin"' }, never()),
    ).rejects.toMatchObject({
      code: "REAUTH_REQUIRED",
      message: expect.stringContaining("notes admin") as string,
    });
  });

  test("belongs to an address: the same name elsewhere has none", async () => {
    const { broker } = settingOf();
    await broker.logIn(serverAt(resource.origin), show, never());
    expect(await broker.headers(serverAt("https://evil.example"), never())).toEqual({});
    expect(await broker.headers(serverAt(resource.origin, "other"), never())).toEqual({});
    expect(await broker.headers({ name: "notes", transport: "stdio", command: "x" }, never())).toEqual({});
  });

  test("takes the client and the scopes that the person set", async () => {
    const { broker } = settingOf({ clients: { notes: { clientId: "given", isConfidential: true } }, clientSecret: async () => undefined });
    await expect(broker.logIn(serverAt(resource.origin), show, never())).rejects.toMatchObject({ code: "AUTHORIZATION_FAILED", fix: "set MCP_CLIENT_SECRET" });
    const registered = identity.seen.filter(({ url }) => url === "/reg").length;
    const wide = settingOf({ clients: { notes: { scopes: ["openid", "notes"] } } });
    await wide.broker.logIn(serverAt(resource.origin), show, never());
    expect(new URL(wide.opened[0] ?? "").searchParams.get("scope")).toBe("openid notes offline_access");
    expect(identity.seen.filter(({ url }) => url === "/reg").length).toBe(registered + 1);
  });

  test("shows no token, code or verifier in its log, its errors or on its pages", async () => {
    const store = memoryTokens();
    const { broker, log, pages } = settingOf({ store });
    const server = serverAt(resource.origin);
    await broker.logIn(server, show, never());
    const login = loginFrom([...store.values.values()][0]);
    const form = tokenRequests().at(-1) ?? {};
    await broker.logOut(server, never());
    const said = JSON.stringify([log, pages]);
    for (const secret of [login?.accessToken, login?.refreshToken, form["code"], form["code_verifier"]]) {
      expect(secret?.length).toBeGreaterThan(20);
      expect(said.includes(secret ?? "")).toBe(false);
    }
  });

  test("of a server that is reached by a WebSocket is asked for over HTTP", async () => {
    const { broker } = settingOf();
    const server = { name: "notes", transport: "ws", url: `${resource.origin.replace("http:", "ws:")}/mcp` };
    await broker.logIn(server, show, never());
    expect((await broker.headers(server, never()))["authorization"]).toMatch(/^Bearer \S{20,}$/);
    await expect(broker.logIn({ ...server, url: "ws://notes.example/mcp" }, show, never())).rejects.toMatchObject({ data: { kind: "url" } });
  });

  test("asks for what the last refusal wanted, though another process heard it", async () => {
    const store = memoryTokens();
    const server = serverAt(resource.origin);
    const first = settingOf({ store });
    await first.broker.logIn(server, show, never());
    const authenticate = 'Bearer error="insufficient_scope", scope="openid"';
    await expect(first.broker.challenged(server, { status: 403, authenticate }, never())).rejects.toMatchObject({ code: "REAUTH_REQUIRED" });
    const second = settingOf({ store });
    await second.broker.logIn(server, show, never());
    expect(new URL(second.opened[0] ?? "").searchParams.get("scope")?.split(" ").toSorted()).toEqual(["notes", "offline_access", "openid"]);
    expect(loginFrom([...store.values.values()][0])?.wanted).toBeUndefined();
  });

  test("finds a server that says only in its refusal where its tokens come from", async () => {
    await using quiet = await serve((origin) => (request, response) => {
      if (request.url === "/about")
        response
          .writeHead(200, { "content-type": "application/json" })
          .end(JSON.stringify({ resource: `${origin}/mcp`, authorization_servers: [identity.origin] }));
      else if (request.url === "/mcp" && request.method === "POST")
        response.writeHead(401, { "www-authenticate": `Bearer resource_metadata="${origin}/about", scope="openid"` }).end();
      else response.writeHead(404).end();
    });
    const { broker, opened } = settingOf();
    await broker.logIn(serverAt(quiet.origin), show, never());
    expect(new URL(opened[0] ?? "").searchParams.get("scope")).toBe("openid offline_access");
    expect(await broker.headers(serverAt(quiet.origin), never())).toHaveProperty("authorization");
  });
});
