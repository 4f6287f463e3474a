import { HttpService } from "@claw/kernel";
import { load } from "@claw/testing";
import { expect, test } from "vitest";
import extension from "../src/index.ts";
import { isLoopback } from "../src/offline.ts";
import { client, proxy, serve } from "./loopback.ts";

test.each([
  ["http://localhost", true],
  ["http://LOCALHOST.", true],
  ["http://127.0.0.1", true],
  ["http://127.9.9.9", true],
  ["http://0x7f.1", true],
  ["http://2130706433", true],
  ["http://[::1]", true],
  ["http://[::ffff:127.0.0.1]", true],
  ["http://[::ffff:8.8.8.8]", false],
  ["http://0.0.0.0", false],
  ["http://10.0.0.1", false],
  ["http://example.com", false],
  ["http://127.0.0.1.example.com", false],
  ["http://localhost.example.com", false],
  ["http://notlocalhost", false],
  ["http://[::2]", false],
  ["http://1127.0.0.1.com", false],
  ["http://secret.localhost", false],
])("%s is this machine: %s", (address, expected) => {
  expect(isLoopback(new URL(address).hostname)).toBe(expected);
});

test("offline refuses every host but this machine, by name, before anything is looked up", async () => {
  await using server = await serve((_request, response) => void response.end("here"));
  await using gate = await proxy(undefined);
  using http = client({ offline: true, environment: { HTTP_PROXY: gate.url, HTTPS_PROXY: gate.url } });
  await expect(http.fetch("https://api.example.com/v1")).rejects.toMatchObject({
    code: "NETWORK_OFFLINE",
    retryable: false,
    message: "claw is offline, so api.example.com was not contacted",
    data: { host: "api.example.com" },
    fix: "run without --offline",
  });
  expect([await (await http.fetch(server.url)).text(), gate.asked]).toEqual(["here", []]);
});

test("offline says who wanted to go out, and the kernel hands each extension its own form of the service", async () => {
  await using claw = await load(extension);
  const http = claw.service(HttpService);
  expect(typeof http.forExtension?.("acme/tool").fetch).toBe("function");
  using offline = client({ offline: true, wantedBy: "acme/tool" });
  await expect(offline.fetch("https://api.example.com")).rejects.toMatchObject({
    message: "claw is offline, so api.example.com was not contacted (acme/tool wanted to)",
  });
});

test("the extension provides the service and leaves no connection behind", async () => {
  await using server = await serve((request, response) => void response.end(request.headers["user-agent"]));
  await using claw = await load(extension);
  const http = claw.service(HttpService);
  expect(await (await http.fetch(server.url)).text()).toBe("claw/1.0.0");
});
