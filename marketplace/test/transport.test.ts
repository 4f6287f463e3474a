import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTransport } from "../src/transport/open-transport.ts";
import type { NetworkOptions } from "../src/transport/transport.ts";
import { type Authority, type MarketplaceServer, newAuthority, serveFolder, startProxy } from "./marketplace-server.ts";
import { laterRefusalOf, refusalOf } from "./refusal.ts";
import { temporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";

const { signal } = new AbortController();
const mebibyte = 1024 * 1024;
const digits = Buffer.from("0123456789".repeat(100));

let authority: Authority;
let folder: TemporaryFolder;
beforeAll(() => {
  authority = newAuthority();
  folder = temporaryFolder({ "shop/index.json": digits, "shop/acme/a.json": "a", "secret.txt": "not for you" });
});
afterAll(() => folder[Symbol.dispose]());

describe("a web server", () => {
  let server: MarketplaceServer;
  const options = (more: Partial<NetworkOptions> = {}): NetworkOptions => ({ offline: false, ca: authority.ca, timeoutMs: 2000, ...more });
  const get = (path = "index.json", more: Partial<NetworkOptions> = {}, maxBytes = mebibyte): Promise<Uint8Array | undefined> =>
    openTransport(`${server.url}/shop`, options(more)).get(path, maxBytes, signal);
  const refusal = (path?: string, more?: Partial<NetworkOptions>, maxBytes?: number): Promise<string> => laterRefusalOf(get(path, more, maxBytes));

  beforeEach(async () => {
    server = await serveFolder(folder.path, authority);
    return async () => server[Symbol.asyncDispose]();
  });

  test("answers with the bytes of a file, and with nothing where there is none", async () => {
    server.misbehave("/shop/gone", { kind: "status", status: 410 });
    expect([await get(), await get("acme/a.json"), await get("nothing"), await get("gone")]).toEqual([digits, Buffer.from("a"), undefined, undefined]);
  });

  test("is asked for the bytes as they are, by one address in its one form, over one connection", async () => {
    const transport = openTransport(`${server.url}/shop/index.json?x#y`, options());
    await transport.get("index.json", mebibyte, signal);
    await transport.get(`${server.url}/shop/acme/a.json#part`, mebibyte, signal);
    expect([transport.base, server.paths(), server.asked[0]?.headers["accept-encoding"], server.connections()]).toEqual([
      `${server.url}/shop/`,
      ["/shop/index.json", "/shop/acme/a.json"],
      "identity",
      1,
    ]);
  });

  test("that compresses its answer is refused: what a few bytes become is for nobody to bear", async () => {
    server.misbehave("/shop/index.json", { kind: "gzip" });
    expect(await refusal()).toBe("E_CONTENT_ENCODING");
  });

  test("is cut off at the limit, whether it says how much there is or not", async () => {
    expect([await refusal("index.json", {}, 1000), await refusal("index.json", {}, 999)]).toEqual(["accepted", "E_META_TOO_LARGE"]);
    server.misbehave("/shop/index.json", { kind: "endless" });
    expect(await refusal()).toBe("E_META_TOO_LARGE");
  });

  test.each([{ kind: "silent" }, { kind: "stalls" }, { kind: "drips", pauseMs: 10 }] as const)("that $kind is not waited for", async (how) => {
    server.misbehave("/shop/index.json", how);
    expect(await refusal("index.json", { timeoutMs: 60 })).toBe("E_TIMEOUT");
  });

  test("may take longer over an archive, as long as something comes", async () => {
    const slow = temporaryFolder({ "shop/a.tgz": "0123456789" });
    await using slower = await serveFolder(slow.path, authority);
    slower.misbehave("/shop/a.tgz", { kind: "drips", pauseMs: 60 });
    const transport = openTransport(`${slower.url}/shop`, options({ timeoutMs: 400 }));
    expect([await laterRefusalOf(transport.get("a.tgz", mebibyte, signal)), await laterRefusalOf(transport.get("a.tgz", 2 * mebibyte, signal))]).toEqual([
      "E_TIMEOUT",
      "accepted",
    ]);
    slower.misbehave("/shop/a.tgz", { kind: "stalls" });
    expect(await laterRefusalOf(transport.get("a.tgz", 2 * mebibyte, signal))).toBe("E_TIMEOUT");
    slow[Symbol.dispose]();
  });

  test("that hangs up, before or in the middle of its answer, could not be asked", async () => {
    server.misbehave("/shop/index.json", { kind: "hang-up" });
    const before = await refusal();
    server.misbehave("/shop/index.json", { kind: "short", by: 10 });
    expect([before, await refusal()]).toEqual(["NETWORK_FAILED", "NETWORK_FAILED"]);
  });

  test.each([500, 503, 403, 401, 204, 206, 304, 300])("that answers %i has failed", async (status) => {
    server.misbehave("/shop/index.json", { kind: "status", status });
    expect(await refusal()).toBe("E_HTTP_STATUS");
  });

  test("whose certificate nobody vouches for is not asked", async () => {
    const transport = openTransport(server.url, { offline: false, timeoutMs: 2000 });
    expect([await laterRefusalOf(transport.get("shop/index.json", mebibyte, signal)), server.paths()]).toEqual(["NETWORK_FAILED", []]);
  });

  test("is asked by nobody who has changed their mind", async () => {
    server.misbehave("/shop/index.json", { kind: "silent" });
    const controller = new AbortController();
    const asked = openTransport(`${server.url}/shop`, options()).get("index.json", mebibyte, controller.signal);
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await expect(asked).rejects.toThrow("enough");
    await expect(openTransport(`${server.url}/shop`, options()).get("index.json", mebibyte, controller.signal)).rejects.toThrow("enough");
  });

  describe("that redirects", () => {
    const redirect = (from: string, to: string, status?: number): void =>
      server.misbehave(from, { kind: "redirect", to, ...(status === undefined ? {} : { status }) });

    test.each([301, 302, 303, 307, 308])("with %i is followed to the same host", async (status) => {
      redirect("/shop/index.json", "acme/a.json", status);
      expect(await get()).toEqual(Buffer.from("a"));
    });

    test("is followed three times and no further", async () => {
      for (const [from, to] of [
        ["1", "2"],
        ["2", "3"],
        ["3", "acme/a.json"],
      ] as const)
        redirect(`/shop/${from}`, `/shop/${to}`);
      expect(await get("1")).toEqual(Buffer.from("a"));
      redirect("/shop/0", "/shop/1");
      redirect("/shop/loop", "/shop/loop");
      expect([await refusal("0"), await refusal("loop")]).toEqual(["E_REDIRECT", "E_REDIRECT"]);
    });

    test("to what is not https, or to nowhere, is not followed", async () => {
      const codes = [];
      for (const to of [server.url.replace("https", "http"), "file:///etc/passwd", "data:,x", "javascript:x", "https://"]) {
        redirect("/shop/index.json", to);
        codes.push(await refusal());
      }
      expect(codes).toEqual(Array.from({ length: 5 }, () => "E_REDIRECT"));
      server.misbehave("/shop/index.json", { kind: "status", status: 302 });
      expect(await refusal()).toBe("E_REDIRECT");
    });

    test("to another host, or another port of it, is followed only where that is a listed mirror", async () => {
      await using other = await serveFolder(folder.path, authority);
      redirect("/shop/index.json", `${other.url}/shop/acme/a.json`);
      expect([await refusal(), other.paths()]).toEqual(["E_URL_HOST", []]);
      expect(await get("index.json", { mirrors: [`${other.url}/some/folder`] })).toEqual(Buffer.from("a"));
      redirect("/shop/index.json", `https://name@127.0.0.1:${server.port}/shop/acme/a.json`);
      redirect("/shop/acme/b.json", "//evil.example/x");
      expect([await refusal(), await refusal("acme/b.json")]).toEqual(["E_URL_HOST", "E_URL_HOST"]);
    });

    test("gets credentials at its own address and not where it leads, not even on itself", async () => {
      await using mirror = await serveFolder(folder.path, authority);
      const headers = { authorization: "Bearer secret", "x-token": "secret" };
      redirect("/shop/here", "acme/a.json");
      redirect("/shop/there", `${mirror.url}/shop/acme/a.json`);
      const more = { headers, mirrors: [mirror.url] };
      await get("acme/a.json", more);
      await get("here", more);
      await get("there", more);
      await get(`${mirror.url}/shop/acme/a.json`, more);
      expect(
        [...server.asked, ...mirror.asked].map(({ path, headers: { authorization = "none", "x-token": token = "none" } }) => [path, authorization, token]),
      ).toEqual([
        ["/shop/acme/a.json", "Bearer secret", "secret"],
        ["/shop/here", "Bearer secret", "secret"],
        ["/shop/acme/a.json", "none", "none"],
        ["/shop/there", "Bearer secret", "secret"],
        ["/shop/acme/a.json", "none", "none"],
        ["/shop/acme/a.json", "none", "none"],
      ]);
    });
  });

  test.each([
    "../secret.txt",
    "/secret.txt",
    "acme/../../secret.txt",
    "%2e%2e/secret.txt",
    "..\\secret.txt",
    "//evil.example/index.json",
    "https://evil.example/index.json",
    "https://127.0.0.1/shop/index.json",
    "file:///etc/passwd",
    "https://name:word@127.0.0.1/",
    "http://[",
  ])("is not asked for %s", async (path) => {
    expect([await refusal(path, { mirrors: ["https://mirror.example"] }), server.paths()]).toEqual(["E_URL_HOST", []]);
  });

  test("an address below it with a port of its own is its own", async () => {
    expect(await get(`https://127.0.0.1:${server.port}/shop/acme/a.json`)).toEqual(Buffer.from("a"));
  });
});

describe("without encryption", () => {
  test("a marketplace is asked on this machine where that is wanted, and elsewhere only by the person's word", async () => {
    await using server = await serveFolder(folder.path);
    const open = (address: string, more: Partial<NetworkOptions> = {}): string => refusalOf(() => openTransport(address, { offline: false, ...more }));
    expect([
      open(server.url),
      open(server.url, { insecureLoopback: true }),
      open("http://localhost:1", { insecureLoopback: true }),
      open("http://[::1]:1", { insecureLoopback: true }),
      open("http://localhost.evil.example", { insecureLoopback: true }),
      open("http://ext.acme.example", { insecureLoopback: true }),
      open("http://ext.acme.example", { insecure: true }),
    ]).toEqual(["E_INSECURE", "accepted", "accepted", "accepted", "E_INSECURE", "E_INSECURE", "accepted"]);
    expect(await openTransport(server.url, { offline: false, insecureLoopback: true }).get("shop/acme/a.json", 10, signal)).toEqual(Buffer.from("a"));
  });

  test("no credentials leave this machine", async () => {
    const transport = openTransport("http://ext.acme.example", { offline: false, insecure: true, headers: { authorization: "secret" } });
    expect(await laterRefusalOf(transport.get("index.json", 10, signal))).toBe("E_INSECURE");
  });
});

test("other addresses than those of servers and folders are none of a marketplace", () => {
  const open = (address: string): string => refusalOf(() => openTransport(address, { offline: false, insecure: true }));
  expect([open("ftp://ext.acme.example"), open("data:,x"), open("ext.acme.example"), open(""), open("https://name:word@ext.acme.example")]).toEqual([
    "E_URL_SCHEME",
    "E_URL_SCHEME",
    "E_URL_SCHEME",
    "E_URL_SCHEME",
    "E_URL_HOST",
  ]);
});

test("offline, only this machine is asked", async () => {
  await using server = await serveFolder(folder.path, authority);
  const offline = { offline: true, ca: authority.ca };
  expect([
    await laterRefusalOf(openTransport("https://ext.acme.example", offline).get("index.json", 10, signal)),
    await openTransport(`${server.url}/shop`, offline).get("acme/a.json", 10, signal),
    await openTransport(pathToFileURL(join(folder.path, "shop")).href, offline).get("acme/a.json", 10, signal),
  ]).toEqual(["NETWORK_OFFLINE", Buffer.from("a"), Buffer.from("a")]);
});

describe("a proxy", () => {
  const through = (port: number, more: Readonly<Record<string, string>> = {}): NetworkOptions => ({
    offline: false,
    ca: authority.ca,
    timeoutMs: 2000,
    environment: { HTTPS_PROXY: `http://user:word@127.0.0.1:${port}`, ...more },
  });

  test("is asked for a tunnel, inside which the marketplace proves who it is", async () => {
    await using server = await serveFolder(folder.path, authority);
    await using proxy = await startProxy("user:word");
    const transport = openTransport(`https://ext.acme.test:${server.port}/shop`, through(proxy.port));
    expect([await transport.get("acme/a.json", 10, signal), proxy.asked, server.asked[0]?.headers["proxy-authorization"]]).toEqual([
      Buffer.from("a"),
      [`CONNECT ext.acme.test:${server.port}`],
      undefined,
    ]);
    const stranger = openTransport(`https://other.acme.test:${server.port}/shop`, through(proxy.port));
    expect(await laterRefusalOf(stranger.get("acme/a.json", 10, signal))).toBe("NETWORK_FAILED");
  });

  test("is left out for the names in NO_PROXY, and for this machine when claw is offline", async () => {
    await using server = await serveFolder(folder.path, authority);
    await using proxy = await startProxy();
    const local = openTransport(`${server.url}/shop`, through(proxy.port, { NO_PROXY: "127.0.0.1" }));
    const offline = openTransport(`${server.url}/shop`, { ...through(proxy.port), offline: true });
    expect([await local.get("acme/a.json", 10, signal), await offline.get("acme/a.json", 10, signal), proxy.asked]).toEqual([
      Buffer.from("a"),
      Buffer.from("a"),
      [],
    ]);
  });

  test("that wants other credentials, or says nothing, is a failure of the network", async () => {
    await using strict = await startProxy("other:word");
    await using hanging = await startProxy(undefined, "hang");
    const ask = (port: number, more: Partial<NetworkOptions> = {}): Promise<string> =>
      laterRefusalOf(openTransport("https://ext.acme.test", { ...through(port), ...more }).get("x", 10, signal));
    expect([
      await ask(strict.port),
      await ask(hanging.port, { timeoutMs: 50 }),
      await ask(1, { environment: { HTTPS_PROXY: "socks5://127.0.0.1:1" } }),
    ]).toEqual(["NETWORK_FAILED", "E_TIMEOUT", "NETWORK_FAILED"]);
  });
});

describe("a folder", () => {
  const open = (path = folder.path) => openTransport(`${pathToFileURL(path).href}/shop`, { offline: true });
  const refusal = (path: string, maxBytes = mebibyte): Promise<string> => laterRefusalOf(open().get(path, maxBytes, signal));

  test("answers with the bytes of a file, and with nothing where there is none", async () => {
    expect([await open().get("index.json", 1000, signal), await open().get("no", 10, signal), await open().get("index.json/no", 10, signal)]).toEqual([
      digits,
      undefined,
      undefined,
    ]);
    expect(await refusal("index.json", 999)).toBe("E_META_TOO_LARGE");
  });

  test.each(["../secret.txt", "/etc/passwd", "file:///etc/passwd", "%2e%2e/secret.txt", "https://evil.example/x", "http://localhost/x"])(
    "is not left for %s",
    async (path) => {
      expect(await refusal(path)).toBe("E_URL_HOST");
    },
  );

  test("is not left by an encoded slash", async () => {
    expect(await refusal("..%2fsecret.txt")).toBe("E_URL_HOST");
  });

  test("is not left by a link, and nothing in it is reached by one; a link to the folder itself is the person's own", async () => {
    symlinkSync(join(folder.path, "secret.txt"), join(folder.path, "shop/link.txt"));
    symlinkSync(folder.path, join(folder.path, "shop/up"));
    symlinkSync(join(folder.path, "shop/acme"), join(folder.path, "shop/inside"));
    symlinkSync(folder.path, join(folder.path, "elsewhere"));
    expect([await refusal("link.txt"), await refusal("up/secret.txt"), await refusal("inside/a.json")]).toEqual([
      "PATH_OUTSIDE",
      "PATH_OUTSIDE",
      "PATH_OUTSIDE",
    ]);
    expect(await open(join(folder.path, "elsewhere")).get("acme/a.json", 10, signal)).toEqual(Buffer.from("a"));
  });

  test("holds files only: a folder or a pipe in their place is refused, and nobody waits for it", async () => {
    mkdirSync(join(folder.path, "shop/folder"));
    execFileSync("mkfifo", [join(folder.path, "shop/pipe")]);
    expect([await refusal("folder"), await refusal("pipe")]).toEqual(["PATH_NOT_FILE", "PATH_NOT_FILE"]);
  });

  test("on another machine is none", async () => {
    expect(await laterRefusalOf(openTransport("file://server/share", { offline: false }).get("index.json", 10, signal))).toBe("E_URL_HOST");
  });
});
