import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Authority, authority, client, elsewhere, serve } from "./loopback.ts";

let ca: Authority;
beforeAll(() => void (ca = authority()));
afterAll(() => ca[Symbol.dispose]());

test("a certificate of an authority that nobody trusts is refused at once, with what to do", async () => {
  await using server = await serve((_request, response) => void response.end(), ca);
  using http = client();
  await expect(http.fetch(server.url)).rejects.toMatchObject({
    code: "NETWORK_FAILED",
    retryable: false,
    fix: expect.stringContaining("NODE_EXTRA_CA_CERTS"),
    message: `the certificate of 127.0.0.1:${server.port} is signed by no authority that is trusted here (UNABLE_TO_VERIFY_LEAF_SIGNATURE)`,
  });
  expect(server.requests.length).toBe(0);
});

test.each(["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"])("%s adds an authority", async (variable) => {
  await using server = await serve((_request, response) => void response.end("trusted"), ca);
  using http = client({ environment: { [variable]: ca.file } });
  expect(await (await http.fetch(server.url)).text()).toBe("trusted");
});

test("the authorities of the system are read when asked for, and still do not trust ours", async () => {
  await using server = await serve((_request, response) => void response.end(), ca);
  using http = client({ systemAuthorities: true });
  await expect(http.fetch(server.url)).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: false });
});

test.skipIf(process.platform !== "linux")("the authorities of the system are the same, whether the setting or Node's own flag asks for them", async () => {
  await using server = await serve((_request, response) => void response.end("trusted"), ca);
  // What the system trusts, Node reads from this file when it is there; an empty environment of ours reads it from nowhere else.
  const system = { SSL_CERT_FILE: ca.file };
  const ours = { environment: {} };
  expect(await elsewhere(server.url, system, { ...ours, systemAuthorities: true })).toBe("trusted");
  expect(await elsewhere(server.url, system, ours, ["--use-system-ca"])).toBe("trusted");
  expect(await elsewhere(server.url, system, ours)).toContain("is signed by no authority that is trusted here");
});

test("a certificate for another name is refused even when its authority is trusted", async () => {
  await using server = await serve((_request, response) => void response.end(), ca);
  using http = client({ environment: { NODE_EXTRA_CA_CERTS: ca.file } });
  await expect(http.fetch(`https://localhost:${server.port}`)).rejects.toMatchObject({
    code: "NETWORK_FAILED",
    retryable: false,
    message: `the certificate of localhost:${server.port} is for another name`,
  });
});

test("a file of authorities that is missing or is none is told by name before anything is sent", async () => {
  using missing = client({ environment: { NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem" } });
  await expect(missing.fetch("https://127.0.0.1:1")).rejects.toMatchObject({
    code: "SETTINGS_INVALID",
    message: "NODE_EXTRA_CA_CERTS: /nowhere/ca.pem cannot be read (ENOENT)",
  });
  const none = `${ca.file}.txt`;
  writeFileSync(none, "no certificate");
  using empty = client({ environment: { SSL_CERT_FILE: none } });
  await expect(empty.fetch("https://127.0.0.1:1")).rejects.toMatchObject({
    code: "SETTINGS_INVALID",
    message: `SSL_CERT_FILE: ${none} has no certificate in PEM form`,
  });
});

test("plain http needs no authorities at all", async () => {
  await using server = await serve((_request, response) => void response.end("plain"));
  using http = client({ environment: { NODE_EXTRA_CA_CERTS: "/nowhere/ca.pem" } });
  expect(await (await http.fetch(server.url)).text()).toBe("plain");
});
