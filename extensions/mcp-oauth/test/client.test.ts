import { expect, test } from "vitest";
import { startIdentityServer, startResource } from "./identity-server.ts";
import { memoryTokens, never, serverAt, settingOf } from "./setting.ts";
import { giving, json } from "./speaking-server.ts";

const show = (): void => undefined;
const clientSecret = async (): Promise<string> => "a+b %2F/=:&";
const given = {
  client_id: "given to claw",
  client_secret: await clientSecret(),
  redirect_uris: ["http://127.0.0.1/oauth/callback"],
  application_type: "native",
};

test.each(["client_secret_basic", "client_secret_post"])("a client with a secret says it as the server takes it, whatever it is made of: %s", async (way) => {
  await using identity = await startIdentityServer({
    clients: [{ ...given, grant_types: ["authorization_code", "refresh_token"], token_endpoint_auth_method: way }],
  });
  await using resource = await startResource(() => identity.origin);
  let now = Date.now();
  // The server takes more ways than this client may use: it names that one alone.
  const ways = async (...[where, init]: Parameters<typeof fetch>): Promise<Response> => {
    const response = await fetch(where, init);
    if (!String(where).includes("/.well-known/o") || String(where).includes("protected")) return response;
    return Response.json({ ...((await response.json()) as object), token_endpoint_auth_methods_supported: [way] });
  };
  const { broker, log } = settingOf({
    http: { fetch: ways },
    now: () => new Date(now),
    clients: { notes: { clientId: given.client_id, isConfidential: true, issuer: identity.origin } },
    clientSecret,
  });
  const server = serverAt(resource.origin);
  await broker.logIn(server, show, never());
  const first = await broker.headers(server, never());
  now += 3_600_000;
  const second = await broker.headers(server, never());
  expect([first, second]).toEqual([{ authorization: expect.any(String) as string }, { authorization: expect.any(String) as string }]);
  expect(second).not.toEqual(first);
  await broker.logOut(server, never());
  expect(log).toEqual([]);
});

test("a server that is elsewhere cannot send its client to what runs on this machine", async () => {
  const asked: string[] = [];
  const local = (async (where: string | URL) => {
    asked.push(new URL(where).origin);
    if (String(where).endsWith("oauth-protected-resource/mcp"))
      return Response.json({ resource: "https://notes.example/mcp", authorization_servers: ["http://127.0.0.1:9"] });
    return new Response(null, { status: 404 });
  }) as typeof fetch;
  const { broker } = settingOf({ http: { fetch: local } });
  await expect(broker.logIn(serverAt("https://notes.example"), show, never())).rejects.toMatchObject({ code: "AUTHORIZATION_FAILED", data: { kind: "url" } });
  expect(new Set(asked)).toEqual(new Set(["https://notes.example"]));
});

test.each(["authorization_endpoint", "token_endpoint", "registration_endpoint", "revocation_endpoint"])(
  "a server that is elsewhere cannot do so by its %s, either",
  async (endpoint) => {
    const asked: string[] = [];
    const at = "https://notes.example";
    const local = (async (where: string | URL) => {
      asked.push(new URL(where).origin);
      if (!String(where).includes("oauth-authorization-server")) return new Response(null, { status: 404 });
      const metadata = {
        issuer: `${at}/`,
        authorization_endpoint: `${at}/a`,
        token_endpoint: `${at}/t`,
        registration_endpoint: `${at}/r`,
        response_types_supported: ["code"],
      };
      return Response.json({ ...metadata, [endpoint]: "http://localhost:9/x" });
    }) as typeof fetch;
    const { broker, opened } = settingOf({ http: { fetch: local } });
    await expect(broker.logIn(serverAt(at), show, never())).rejects.toMatchObject({ code: "AUTHORIZATION_FAILED", data: { kind: "url" } });
    expect([new Set(asked), opened]).toEqual([new Set([at]), []]);
  },
);

test("CVE-2025-6514, an address that reaches a shell: what is opened has no sign that one would read, and says the same", async () => {
  const path = "/authorize/$(id)'|!*~";
  await using identity = await giving(
    (_form, response) => json(response, 200, { access_token: "a", token_type: "Bearer" }),
    (origin) => ({ authorization_endpoint: `${origin}${path}?x=\`id\`;$HOME` }),
  );
  await using resource = await startResource(() => identity.origin);
  const { broker, opened } = settingOf({ store: memoryTokens() });
  await broker.logIn(serverAt(resource.origin), show, never());
  expect(opened[0]).not.toMatch(/[$()`|^{}'"<>\\\s]/);
  const url = new URL(opened[0] ?? "");
  expect([decodeURIComponent(url.pathname), url.searchParams.get("x")]).toEqual([path, "`id`;$HOME"]);
});

test.each([
  [true, "https://me.example/claw.json", []],
  [false, "c1", ["/register"]],
])("a published document is the client where the server knows such (%s), and nothing is registered then", async (isKnown, client, registered) => {
  const clientMetadataUrl = "https://me.example/claw.json";
  await using identity = await giving(
    (_form, response) => json(response, 200, { access_token: "a", token_type: "Bearer" }),
    () => ({ client_id_metadata_document_supported: isKnown }),
  );
  await using resource = await startResource(() => identity.origin);
  const { broker, opened } = settingOf({ clientMetadataUrl });
  await broker.logIn(serverAt(resource.origin), show, never());
  expect(new URL(opened[0] ?? "").searchParams.get("client_id")).toBe(client);
  expect(identity.seen.map(({ url }) => url).filter((url) => url === "/register")).toEqual(registered);
  expect(new URLSearchParams(identity.seen.find(({ url }) => url === "/token")?.body).get("client_id")).toBe(client);
});
