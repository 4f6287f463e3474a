import type { RequestListener } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { ClawError } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { checkedUrl } from "../src/checked-fetch.ts";
import { listenForCallback } from "../src/loopback.ts";
import { type Served, browse, serve, startIdentityServer, startResource } from "./identity-server.ts";
import { memoryTokens, never, serverAt, settingOf } from "./setting.ts";

const show = (): void => undefined;
const failureOf = (attempt: Promise<unknown>): Promise<unknown> =>
  attempt.then(
    () => "none",
    (error: unknown) => (ClawError.is(error, "AUTHORIZATION_FAILED") ? (error.data.kind ?? error.message) : error),
  );

/** An authorization server whose metadata says such things. */
const speaking = (said: (origin: string) => object, more: RequestListener = (_request, response) => void response.writeHead(404).end()): Promise<Served> =>
  serve((origin) => (request, response) => {
    if (request.url?.startsWith("/.well-known/oauth-authorization-server") !== true) return more(request, response);
    return void response.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify({
        issuer: origin,
        authorization_endpoint: `${origin}/authorize`,
        token_endpoint: `${origin}/token`,
        registration_endpoint: `${origin}/register`,
        response_types_supported: ["code"],
        code_challenge_methods_supported: ["S256"],
        ...said(origin),
      }),
    );
  });

async function logInAt(
  identity: Served,
  more: Parameters<typeof settingOf>[0] = {},
): Promise<{ readonly failure: unknown; readonly opened: readonly string[] }> {
  await using resource = await startResource(() => identity.origin);
  const { broker, opened } = settingOf({ callbackTimeoutMs: 500, ...more });
  return { failure: await failureOf(broker.logIn(serverAt(resource.origin), show, never())), opened };
}

const register: RequestListener = (request, response) => {
  if (request.url === "/register")
    response
      .writeHead(201, { "content-type": "application/json" })
      .end(JSON.stringify({ client_id: "c1", redirect_uris: ["http://127.0.0.1/oauth/callback"] }));
  else response.writeHead(404).end();
};

describe("an authorization server that", () => {
  test.each<readonly [string, (origin: string) => object]>([
    ["names a page of a script", () => ({ authorization_endpoint: "javascript:alert(1)" })],
    ["names a file", () => ({ authorization_endpoint: "file:///etc/passwd" })],
    ["names a program's address", () => ({ authorization_endpoint: "ms-settings:about" })],
    ["names a place without encryption", () => ({ authorization_endpoint: "http://login.example/authorize" })],
    ["puts a password into an address", () => ({ token_endpoint: "https://me:secret@login.example/token" })],
    ["is another than it was asked as", () => ({ issuer: "https://honest.example" })],
    ["knows no proof keys", () => ({ code_challenge_methods_supported: ["plain"] })],
    ["registers nobody", () => ({ registration_endpoint: undefined })],
  ])("%s is not logged in to, and nothing is opened", async (_what, said) => {
    await using identity = await speaking(said, register);
    const { failure, opened } = await logInAt(identity);
    expect([typeof failure, failure === "none", opened]).toEqual(["string", false, []]);
  });

  test("writes shell into its address gets one word of an address, and no shell", async () => {
    await using identity = await speaking((origin) => ({ authorization_endpoint: `${origin}/authorize?x=$(touch%20/tmp/x)\`id\`;&|"'` }), register);
    const addresses: string[] = [];
    const { opened } = await logInAt(identity, { open: async (url) => void addresses.push(url.href) });
    expect(opened).toEqual([]);
    expect(addresses.length).toBe(1);
    expect(addresses[0]).not.toMatch(/["' ]/);
  });

  test("sends its client round in circles, or to a stranger, is not followed", async () => {
    await using stranger = await speaking(() => ({}));
    await using identity = await serve(
      (origin) => (_request, response) => void response.writeHead(302, { location: `${stranger.origin}/${origin.length}` }).end(),
    );
    expect((await logInAt(identity)).failure).not.toBe("none");
    expect(stranger.seen).toEqual([]);
  });

  test("never ends what it says is cut off", async () => {
    let sent = 0;
    await using identity = await serve(() => (_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const more = (): void => {
        if (response.destroyed || sent >= 100_000_000) return;
        sent += 65_536;
        response.write("x".repeat(65_536), () => setImmediate(more));
      };
      more();
    });
    expect((await logInAt(identity)).failure).toBe("size");
    // What the system's buffers hold is on its way already.
    expect(sent).toBeLessThan(20_000_000);
  });

  test.each<readonly [string, boolean, Readonly<Record<string, string>>]>([
    ["as somebody else", true, { iss: "https://mixed.example" }],
    ["as somebody else, which it did not announce", false, { iss: "https://mixed.example" }],
    ["without its name, which it announced", true, {}],
  ])("answers %s (RFC 9207) gets no code", async (_how, isAnnounced, named) => {
    await using identity = await speaking(() => ({ authorization_response_iss_parameter_supported: isAnnounced }), register);
    const { failure } = await logInAt(identity, {
      open: async (url) => {
        const back = new URL(url.searchParams.get("redirect_uri") ?? "");
        back.search = new URLSearchParams({ state: url.searchParams.get("state") ?? "", code: "c", ...named }).toString();
        await browse(back);
      },
    });
    expect(failure).not.toBe("none");
    expect(identity.seen.filter(({ url }) => url === "/token")).toEqual([]);
  });

  test("is slow is left when nobody waits any more", async () => {
    await using identity = await serve(() => () => undefined);
    await using resource = await startResource(() => identity.origin);
    const over = new AbortController();
    const login = settingOf().broker.logIn(serverAt(resource.origin), show, over.signal);
    setTimeout(() => over.abort(new Error("enough")), 50);
    await expect(login).rejects.toThrow("enough");
  });
});

test("a client's secret goes to the issuer that the person named, and to no other", async () => {
  await using identity = await speaking((origin) => ({ issuer: origin }), register);
  const clientSecret = async (): Promise<string> => "hush-hush-hush";
  const client = { clientId: "given", isConfidential: true };
  const open = async (url: URL): Promise<void> => {
    const back = new URL(url.searchParams.get("redirect_uri") ?? "");
    back.search = new URLSearchParams({ state: url.searchParams.get("state") ?? "", code: "c" }).toString();
    await browse(back);
  };
  expect((await logInAt(identity, { clients: { notes: client }, clientSecret, open })).failure).toBe("issuer");
  expect((await logInAt(identity, { clients: { notes: { ...client, issuer: "https://honest.example" } }, clientSecret, open })).failure).toBe("issuer");
  expect(identity.seen.filter(({ url }) => url === "/token")).toEqual([]);
  await logInAt(identity, { clients: { notes: { ...client, issuer: identity.origin } }, clientSecret, open });
  expect(identity.seen.filter(({ url }) => url === "/token").length).toBe(1);
});

test("OAuth in the wild, a mix-up of issuers: a server that says it is another one is not logged in to", async () => {
  await using identity = await startIdentityServer();
  await using resource = await startResource(
    () => identity.origin,
    () => ({ resource: "https://bank.example/mcp" }),
  );
  expect(await failureOf(settingOf().broker.logIn(serverAt(resource.origin), show, never()))).toBe("resource");
});

test("whoever embeds claw may forbid an address, and it is not asked then", async () => {
  await using identity = await startIdentityServer();
  const { failure } = await logInAt(identity, { policy: (url) => url.origin !== identity.origin });
  expect(failure).toBe("url");
  expect(identity.seen).toEqual([]);
});

test("no request to one server carries what another gave", async () => {
  await using identity = await startIdentityServer();
  await using mine = await startResource(() => identity.origin);
  await using theirs = await startResource(() => identity.origin);
  const store = memoryTokens();
  const { broker } = settingOf({ store });
  await broker.logIn(serverAt(mine.origin), show, never());
  const { authorization = "" } = await broker.headers(serverAt(mine.origin), never());
  await broker.headers(serverAt(theirs.origin), never());
  await broker.challenged(
    serverAt(theirs.origin),
    { status: 401, authenticate: `Bearer resource_metadata="${theirs.origin}/.well-known/oauth-protected-resource/mcp"` },
    never(),
  );
  await broker.logIn(serverAt(theirs.origin), show, never());
  const token = authorization.slice("Bearer ".length);
  expect(JSON.stringify(theirs.seen)).not.toContain(token);
  expect((await broker.headers(serverAt(theirs.origin), never()))["authorization"]).not.toBe(authorization);
});

describe("the browser's way back", () => {
  const options = { server: "notes", port: 0, timeoutMs: 5_000, state: "s".repeat(43) };
  const at = (redirectUrl: string, query: object): Promise<Response> =>
    fetch(`${redirectUrl}?${new URLSearchParams(query as Record<string, string>).toString()}`);

  test("is not ended by whoever does not know the state, and a second visit is answered politely", async () => {
    await using listener = await listenForCallback(options);
    const arrived = listener.arrived(never());
    expect((await at(listener.redirectUrl, { code: "evil", state: "wrong" })).status).toBe(400);
    expect((await at(listener.redirectUrl, { error: "access_denied" })).status).toBe(400);
    expect((await fetch(new URL("/", listener.redirectUrl))).status).toBe(404);
    const page = await at(listener.redirectUrl, { code: "<script>", state: options.state, iss: "https://x.example" });
    expect([page.status, (await page.text()).includes("<script>"), page.headers.get("content-security-policy")]).toEqual([200, false, "default-src 'none'"]);
    expect((await at(listener.redirectUrl, { code: "again", state: options.state })).status).toBe(200);
    expect(await arrived).toEqual({ code: "<script>", issuer: "https://x.example" });
  });

  test.each(["//", "http://[", "/\\\\[", "/oauth/callback?state=%"])("outlives a request for %s", async (target) => {
    await using listener = await listenForCallback(options);
    const socket = connect(Number(new URL(listener.redirectUrl).port), "127.0.0.1");
    socket.write(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[04] /);
    expect((await at(listener.redirectUrl, { code: "c", state: options.state })).status).toBe(200);
  });

  test("brings a refusal in the server's words, bounded and visible", async () => {
    await using listener = await listenForCallback(options);
    const arrived = listener.arrived(never()).catch((cause: unknown) => cause);
    await at(listener.redirectUrl, { error: "access_denied", error_description: `\u001B[31mno${"x".repeat(5000)}`, state: options.state });
    const error = await arrived;
    expect(error).toMatchObject({ code: "AUTHORIZATION_FAILED", data: { kind: "access_denied" } });
    expect([(error as Error).message.length < 400, (error as Error).message.includes("\u001B")]).toEqual([true, false]);
  });

  test("is waited for only so long, and its port is free again", async () => {
    const listener = await listenForCallback({ ...options, timeoutMs: 50 });
    const { port } = new URL(listener.redirectUrl);
    await expect(listener.arrived(never())).rejects.toMatchObject({ data: { kind: "timeout" } });
    await expect(listenForCallback({ ...options, port: Number(port) })).rejects.toMatchObject({ data: { kind: "port" } });
    await listener[Symbol.asyncDispose]();
    await using _again = await listenForCallback({ ...options, port: Number(port) });
  });
});

test.each([
  ["https://x.example/a", true],
  ["http://127.0.0.1:1/a", true],
  ["http://localhost/a", true],
  ["http://x.example/a", false],
  ["http://127.0.0.1.x.example/a", false],
  ["https://me@x.example", false],
  ["data:text/html,x", false],
  ["//x.example", false],
  ["", false],
])("%s is gone to: %s", (url, expected) => {
  const check = (): URL => checkedUrl(url, "notes", () => true);
  if (expected) expect(check().href).toBe(new URL(url).href);
  else expect(check).toThrow(ClawError);
});
