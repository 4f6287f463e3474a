import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isNearby } from "../src/offline.ts";
import { bypasses, proxyFor } from "../src/proxy.ts";
import { type Authority, authority, client, elsewhere, proxy, serve, until } from "./loopback.ts";

describe("which proxy", () => {
  const at = (address: string, environment: Record<string, string>): string | undefined => proxyFor(new URL(address), environment);

  test("the variable of the scheme decides, in lower case before upper case", () => {
    const environment = { http_proxy: "http://a:1", HTTP_PROXY: "http://b:1", HTTPS_PROXY: "http://c:1" };
    expect([
      at("http://x.test", environment),
      at("https://x.test", environment),
      at("https://x.test", { HTTP_PROXY: "http://b:1" }),
      at("http://x.test", { http_proxy: " " }),
    ]).toEqual(["http://a:1/", "http://c:1/", undefined, undefined]);
  });

  test("a proxy needs no scheme, and one that cannot be used is refused without showing its password", () => {
    expect(at("http://x.test", { http_proxy: "user:pass@proxy.corp:3128" })).toBe("http://user:pass@proxy.corp:3128/");
    for (const value of ["socks5://u:hunter2@h:1", "http://u:hunter2@:::"]) {
      expect(() => at("http://x.test", { HTTP_PROXY: value })).toThrow(
        expect.objectContaining({ code: "SETTINGS_INVALID", message: expect.not.stringContaining("hunter2") }),
      );
    }
  });

  test.each([
    ["htp://x", "HTTP_PROXY begins with htp://, and only http:// and https:// proxies can be used"],
    ["socks5://u:hunter2@h:1", "HTTP_PROXY begins with socks5://, and only http:// and https:// proxies can be used"],
    ["proxy.corp:99999", "HTTP_PROXY has the port 99999, and ports are 1 to 65535"],
    ["http://proxy.corp:0/", "HTTP_PROXY has the port 0, and ports are 1 to 65535"],
    ["proxy.corp:abc", "HTTP_PROXY is no address of a proxy"],
    ["http://:8080", "HTTP_PROXY is no address of a proxy"],
    ["http//proxy.corp:8080", "HTTP_PROXY is no address of a proxy"],
    ["http:/proxy.corp", "HTTP_PROXY is no address of a proxy"],
    ["a proxy", "HTTP_PROXY is no address of a proxy"],
  ])("one that is written as %s is told in a sentence, with what to write", (value, message) => {
    expect(() => at("http://x.test", { HTTP_PROXY: value })).toThrow(
      expect.objectContaining({ code: "SETTINGS_INVALID", message, fix: "set HTTP_PROXY to http://host:port" }),
    );
  });

  test.each([
    ["http://model.test", "model.test", true],
    ["http://a.model.test", "model.test", true],
    ["http://a.model.test", ".model.test", true],
    ["http://a.model.test", "*.model.test", true],
    ["http://evilmodel.test", "model.test", false],
    ["http://model.test.evil.com", "model.test", false],
    ["http://model.test", "other.test, MODEL.TEST", true],
    ["http://model.test", "other.test model.test", true],
    ["http://model.test:8080", "model.test:8080", true],
    ["http://model.test", "model.test:8080", false],
    ["https://model.test", "model.test:443", true],
    ["http://model.test", "*", true],
    ["http://10.1.2.3", "10.0.0.0/8", true],
    ["http://11.1.2.3", "10.0.0.0/8", false],
    ["http://10.1.2.3", "10.1.2.3", true],
    ["http://110.1.2.3", "10.1.2.3", false],
    ["http://[::1]:80", "::1", true],
    ["http://[fd00::5]", "fd00::/8", true],
    ["http://10.1.2.3", "10.0.0.0/99, fd00::/8", false],
    ["http://model.test", "", false],
    ["http://model.test", ",. ,*.", false],
  ])("%s with NO_PROXY=%s: straight %s", (address, list, straight) => {
    expect(bypasses(new URL(address), list)).toBe(straight);
  });
});

describe("through it", () => {
  let ca: Authority;
  beforeAll(() => void (ca = authority()));
  afterAll(() => ca[Symbol.dispose]());

  test("https goes through a tunnel with the credentials, and the connection is kept", async () => {
    await using server = await serve((_request, response) => void response.end("behind"), ca);
    await using gate = await proxy("user:p@ss");
    using http = client({ environment: { https_proxy: `http://user:p%40ss@127.0.0.1:${gate.port}`, NODE_EXTRA_CA_CERTS: ca.file } });
    for (let turn = 0; turn < 3; turn += 1) expect(await (await http.fetch(`https://model.test:${server.port}/v1`)).text()).toBe("behind");
    expect([gate.asked, server.connections()]).toEqual([[`CONNECT model.test:${server.port}`], 1]);
  });

  test("http is asked of the proxy in the absolute form", async () => {
    await using gate = await proxy("user:pass");
    using http = client({ environment: { HTTP_PROXY: `http://user:pass@127.0.0.1:${gate.port}` } });
    expect(await (await http.fetch("http://model.test/v1?x=1")).text()).toBe("by proxy");
    expect(gate.asked).toEqual(["http://model.test/v1?x=1"]);
  });

  test("a proxy may itself be reached by TLS, with the authorities that Node itself was started with", async () => {
    await using server = await serve((_request, response) => void response.end("behind"), ca);
    await using gate = await proxy("user:pass", "connect", ca);
    const url = `https://model.test:${server.port}/v1`;
    const HTTPS_PROXY = `https://user:pass@127.0.0.1:${gate.port}`;
    expect(await elsewhere(url, { HTTPS_PROXY, NODE_EXTRA_CA_CERTS: ca.file })).toBe("behind");
    expect(await elsewhere(url, { HTTPS_PROXY })).toContain("is signed by no authority that is trusted here");
    expect(gate.asked).toEqual([`CONNECT model.test:${server.port}`]);
  });

  test("NO_PROXY goes straight", async () => {
    await using gate = await proxy(undefined);
    using http = client({ environment: { HTTP_PROXY: gate.url, no_proxy: "model.invalid" } });
    await expect(http.fetch("http://model.invalid/")).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    expect(gate.asked).toEqual([]);
    expect(await (await http.fetch("http://other.invalid/")).text()).toBe("by proxy");
  });

  test("what is said to this machine is not said to a proxy", async () => {
    await using server = await serve((_request, response) => void response.end("straight"));
    await using gate = await proxy(undefined);
    using http = client({ environment: { HTTP_PROXY: gate.url, HTTPS_PROXY: gate.url } });
    for (const host of ["127.0.0.1", "localhost"])
      expect([await (await http.fetch(`http://${host}:${server.port}`, { headers: { authorization: "Bearer a-key" } })).text(), gate.asked]).toEqual([
        "straight",
        [],
      ]);
  });

  test.each([
    ["http://169.254.169.254", true],
    ["http://169.254.170.2", true],
    ["http://[fe80::1]", true],
    ["http://[fd00:ec2::254]", true],
    ["http://metadata.google.internal", true],
    ["http://127.0.0.1:9", true],
    ["http://169.254.169.254.example.com", false],
    ["http://metadata.google.internal.example.com", false],
    ["http://[fd00:ec3::1]", false],
    ["http://10.0.0.1", false],
  ])("%s is for no proxy: %s", (address, expected) => {
    expect(isNearby(new URL(address).hostname)).toBe(expected);
  });

  test("a proxy that wants a password says so, once, and a busy one may be asked again", async () => {
    await using strict = await proxy("user:pass");
    using denied = client({ environment: { HTTPS_PROXY: `http://user:wrong@127.0.0.1:${strict.port}` } });
    await expect(denied.fetch("https://model.test/")).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      retryable: false,
      message: `the proxy 127.0.0.1:${strict.port} answered 407 when asked for model.test`,
      fix: expect.stringContaining("HTTPS_PROXY"),
    });
    await using busy = await proxy(undefined, "503");
    using later = client({ environment: { HTTPS_PROXY: busy.url } });
    await expect(later.fetch("https://model.test/")).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: true });
  });

  test("an abort closes the socket to a proxy that never answers, and so does the time limit", async () => {
    await using gate = await proxy(undefined, "hang");
    const controller = new AbortController();
    using http = client({ environment: { HTTPS_PROXY: gate.url }, connectTimeoutMs: 60_000 });
    const waiting = http.fetch("https://model.test/", { signal: controller.signal });
    await until(() => gate.asked.length === 1);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    await until(() => gate.sockets.size === 0);

    using impatient = client({ environment: { HTTPS_PROXY: gate.url }, connectTimeoutMs: 100 });
    await expect(impatient.fetch("https://model.test/")).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      retryable: true,
      message: "model.test could not be connected to within 0.1 s",
    });
    await until(() => gate.sockets.size === 0);
  });

  test("a proxy that is not there is named without its credentials", async () => {
    const port = await serve(() => undefined).then(async (server) => (await server[Symbol.asyncDispose](), server.port));
    using http = client({ environment: { HTTPS_PROXY: `http://user:hunter2@127.0.0.1:${port}` } });
    await expect(http.fetch("https://model.test/")).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      message: `the proxy 127.0.0.1:${port} refused the connection`,
      fix: expect.stringContaining("HTTPS_PROXY"),
    });
  });
});
