import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { endpointOf, headersOf, isLoopbackName, settingFailure } from "../kit/endpoint.ts";
import { ClawError } from "../src/errors.ts";

const of = { extension: "claw/x", fix: "write it well" };

describe("where requests go", () => {
  test.each([
    ["https://api.example.com", "https://api.example.com", "api.example.com"],
    ["https://api.example.com:443/v1///", "https://api.example.com/v1", "api.example.com"],
    ["HTTPS://API.Example.com:8443/a/b", "https://api.example.com:8443/a/b", "api.example.com:8443"],
    ["http://127.0.0.1:8080", "http://127.0.0.1:8080", "127.0.0.1:8080"],
    ["http://[::1]:8080/v1/", "http://[::1]:8080/v1", "[::1]:8080"],
    ["http://localhost", "http://localhost", "localhost"],
    ["http://0x7f.1", "http://127.0.0.1", "127.0.0.1"],
  ])("is as %s says", (given, url, host) => {
    expect(endpointOf(given, of)).toEqual({ url, host });
  });

  test.each([
    ["", '"" is no URL'],
    ["api.example.com", '"api.example.com" is no URL'],
    ["ftp://api.example.com", "ftp:// is neither https:// nor http://"],
    ["file:///etc/passwd", "file:// is neither https:// nor http://"],
    ["http://api.example.com", "the key would cross the network unencrypted to api.example.com: write https://"],
    ["http://127.0.0.1.example.com", "the key would cross the network unencrypted to 127.0.0.1.example.com: write https://"],
    ["http://localhost.example.com:1", "the key would cross the network unencrypted to localhost.example.com:1: write https://"],
    ["http://ollama.localhost:11434", "the key would cross the network unencrypted to ollama.localhost:11434: write https://"],
    ["http://0.0.0.0", "the key would cross the network unencrypted to 0.0.0.0: write https://"],
    ["http://10.0.0.1", "the key would cross the network unencrypted to 10.0.0.1: write https://"],
    ["https://user@a.example", "a URL is no place for a password: use the headers beside it"],
    ["https://:pass@a.example", "a URL is no place for a password: use the headers beside it"],
    ["https://a.example/?key=1", "it has a query or a fragment"],
    ["https://a.example/#x", "it has a query or a fragment"],
  ])("is not %j", (given, problem) => {
    expect(() => endpointOf(given, of)).toThrow(
      expect.objectContaining({
        code: "E_CONFIG_SCHEMA",
        message: `claw/x: baseUrl: ${problem}`,
        data: { extension: "claw/x", problems: [`baseUrl: ${problem}`] },
        fix: "write it well",
      }),
    );
  });

  test("is complained about by the name of the property", () => {
    expect(() => endpointOf("nothing", { extension: "claw/x", property: "endpoints.eu" })).toThrow('claw/x: endpoints.eu: "nothing" is no URL');
  });

  test("never lets a key onto the network in the clear, whatever is written", () => {
    const piece = fc.constantFrom("http://", "https://", "127.0.0.1", "localhost", "[::1]", ".example", "a", "@", ":", "8080", "/", "\\", "?", "#", "%2e", " ");
    const address = fc.tuple(fc.constantFrom("http://", "https://", ""), fc.array(piece, { maxLength: 6 })).map(([scheme, rest]) => scheme + rest.join(""));
    fc.assert(
      fc.property(fc.oneof(address, fc.string()), (given) => {
        try {
          const { url, host } = endpointOf(given, of);
          expect([url.startsWith("https://") || isLoopbackName(new URL(url).hostname), url.endsWith("/"), new URL(url).host]).toEqual([true, false, host]);
        } catch (error) {
          expect(ClawError.is(error, "E_CONFIG_SCHEMA")).toBe(true);
        }
      }),
    );
  });
});

describe("headers that a person wrote", () => {
  test("are what headers can be", () => {
    expect(headersOf({ "X-Team": "a b\té", "x-empty": "" }, of)).toEqual({ "X-Team": "a b\té", "x-empty": "" });
  });

  test.each([
    ["", "a"],
    ["x team", "a"],
    ["x:team", "a"],
    ["x\r\nevil", "a"],
    ["ünï", "a"],
  ])("are not named %j", (name, value) => {
    expect(() => headersOf({ [name]: value }, of)).toThrow(`claw/x: headers: ${JSON.stringify(name)} is no name of a header`);
  });

  test.each(["secret\r\nevil: 1", "secret\n", "secret\0", "secret€", "secret\u007f"])("do not hold %j, which no message repeats", (value) => {
    const failure: unknown = (() => {
      try {
        return headersOf({ "x-a": value }, of);
      } catch (error) {
        return error;
      }
    })();
    expect([failure, JSON.stringify([String(failure), failure]).includes("secret")]).toEqual([
      expect.objectContaining({ code: "E_CONFIG_SCHEMA", message: "claw/x: headers: the value of x-a holds characters that no header may have" }),
      false,
    ]);
  });
});

test.each([
  ["localhost", true],
  ["a.localhost", false],
  ["127.0.0.1", true],
  ["127.255.0.9", true],
  ["[::1]", true],
  ["notlocalhost", false],
  ["localhost.example", false],
  ["1127.0.0.1", false],
  ["127.0.0.1.example", false],
  ["[::2]", false],
  ["0.0.0.0", false],
])("%s is a name of this machine: %s", (hostname, expected) => {
  expect(isLoopbackName(hostname)).toBe(expected);
});

test("a setting that is wrong is an error with what to do, if there is anything to do", () => {
  const { code, message, data, fix } = settingFailure("claw/x", "a is wrong", "right it");
  expect({ code, message, data, fix }).toEqual({
    code: "E_CONFIG_SCHEMA",
    message: "claw/x: a is wrong",
    data: { extension: "claw/x", problems: ["a is wrong"] },
    fix: "right it",
  });
  expect(settingFailure("claw/x", "a is wrong").fix).toBeUndefined();
});

test("an address that is none is told without the password in it", () => {
  expect(() => endpointOf("https://user:hunter2@host:99999/v1", { extension: "acme/x" })).toThrow(/^(?!.*hunter2)/);
  expect(() => endpointOf("https://user:hunter2@host:99999/v1", { extension: "acme/x" })).toThrow("//…@host:99999");
});
