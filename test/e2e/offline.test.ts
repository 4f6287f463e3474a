import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { call, place, say } from "./claw.ts";
import { devExtension, withTool } from "./dev-extension.ts";
import { expectFailure } from "./failure.ts";

/** Every way to the network that a library has which knows nothing of claw. */
const ways = `
import { lookup as lookupByName, promises, Resolver } from "node:dns";
import { createSocket } from "node:dgram";
import { connect as connectHttp2 } from "node:http2";
import { get } from "node:http";
import { request as requestSecure } from "node:https";
import { connect as connectByName, Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { promisify } from "node:util";

const ended = (emitter, ready) => new Promise((resolve, reject) => emitter.once(ready, () => resolve("reached")).once("error", reject));
const closing = async (emitter, ready) => { try { return await ended(emitter, ready); } finally { (emitter.destroy ?? emitter.close).call(emitter); } };
const asked = (ask) => new Promise((resolve, reject) => ask((error) => (error ? reject(error) : resolve("reached"))));
const sending = async (send) => { const socket = createSocket("udp4"); try { return await asked((done) => send(socket, done)); } finally { socket.close(); } };
const rejecting = (error) => { throw error.cause ?? error; };

const ways = ({ host, port, udp, path }) => ({
  ...(path === undefined ? {} : { "net.connect to a path": () => closing(connectByName(path), "connect") }),
  "net.connect": () => closing(connectByName(port, host), "connect"),
  "net.connect with options": () => closing(connectByName({ port, host }), "connect"),
  "Socket.connect": () => closing(new Socket().connect({ port: String(port), host, autoSelectFamily: true }), "connect"),
  "net.connect with a lookup of its own": () =>
    closing(connectByName({ port, host: "localhost", lookup: (_name, options, done) => (options.all ? done(null, [{ address: host, family: 4 }]) : done(null, host, 4)) }), "connect"),
  "tls.connect": () => closing(connectTls({ port, host }), "secureConnect"),
  "http.get": () => closing(get({ host, port }), "response"),
  "https.request": () => closing(requestSecure({ host, port }).end(), "response"),
  "http2.connect": () => closing(connectHttp2("http://" + host + ":" + port), "connect"),
  fetch: () => fetch("http://" + host + ":" + port + "/").then(() => "reached", rejecting),
  WebSocket: () => closing(Object.assign(new WebSocket("ws://" + host + ":" + port), { once(name, heard) { this.addEventListener(name === "connect" ? "open" : name, (event) => heard(event.error)); return this; } }), "connect"),
  "dgram.send": () => sending((socket, done) => socket.send("x", udp, host, done)),
  "dgram.send of a part": () => sending((socket, done) => socket.send(Buffer.from("xyz"), 1, 1, udp, host, done)),
  "dgram.send with a lookup of its own": () => {
    const socket = createSocket({ type: "udp4", lookup: (_name, _options, done) => done(null, host, 4) });
    return asked((done) => socket.send("x", udp, "localhost", done)).finally(() => socket.close());
  },
  "dgram.connect": () => sending((socket, done) => socket.connect(udp, host, (error) => (error ? done(error) : socket.send("x", done)))),
});
const names = {
  "dns.lookup": () => asked((done) => lookupByName("offline.example", done)),
  "promisify(dns.lookup)": () => promisify(lookupByName)("offline.example"),
  "dns.promises.lookup": () => promises.lookup("offline.example"),
  "dns.promises.resolve4": () => promises.resolve4("offline.example"),
  "Resolver.resolveTxt": () => asked((done) => new Resolver().resolveTxt("offline.example", done)),
  "net.connect to a name": () => closing(connectByName(443, "offline.example"), "connect"),
};
const tried = async (all) => {
  const results = {};
  for (const [name, run] of Object.entries(all)) {
    try {
      await run();
      results[name] = "reached";
    } catch (error) {
      results[name] = (error.code ?? "") === "NETWORK_OFFLINE" ? error.message : "failed: " + error.message;
    }
  }
  return results;
};
`;

const manifest = withTool("reach", { input: { type: "object", additionalProperties: true } });
const activate = 'claw.provide(Tools, "reach", async ({ target, named }) => JSON.stringify(await tried({ ...ways(target), ...(named ? names : {}) })));';

/** A server that counts who comes, at one address of this machine. */
async function counter(host: string) {
  const heard = { connections: 0, datagrams: 0 };
  const server = createServer((socket) => {
    heard.connections += 1;
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"));
  });
  const datagrams = createSocket("udp4").on("message", () => void (heard.datagrams += 1));
  server.listen(0, host);
  datagrams.bind(0, host);
  await Promise.all([once(server, "listening"), once(datagrams, "listening")]);
  return {
    heard,
    target: { host, port: (server.address() as AddressInfo).port, udp: datagrams.address().port },
    [Symbol.asyncDispose]: async () => {
      datagrams.close();
      server.close();
    },
  };
}

/** An address of this machine that is not its loopback: whoever connects to it would leave a machine of another address. */
const ownAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

/** What the tool said of each way. */
async function reached(argv: readonly string[], input: object, through?: readonly string[]): Promise<Readonly<Record<string, string>>> {
  await using here = await place({ script: [call("reach", input), say("done")] });
  const dev = devExtension(here, "reacher", manifest, activate, ways);
  const ran = await here.run(["-p", "go", "--dev", dev, ...argv], through === undefined ? {} : { through });
  expect(ran).toMatchObject({ code: 0, stdout: "done\n" });
  const [result] = here.sent[1]?.turns.at(-1)?.blocks ?? [];
  const [text] = result?.type === "tool-result" ? result.blocks : [];
  return JSON.parse(text?.type === "text" ? text.text : "{}") as Readonly<Record<string, string>>;
}

describe.skipIf(ownAddress === undefined)("offline, a library that opens sockets of its own", () => {
  const host = ownAddress ?? "";

  test("reaches nothing but this machine, and the person is told who wanted to", async () => {
    await using server = await counter(host);
    const results = await reached(["--offline"], { target: server.target, named: true });
    const { "net.connect with a lookup of its own": ownLookup, WebSocket: socket, ...rest } = results;
    const there = (port: number): string => `claw is offline, so ${host}:${port} was not contacted (acme/reacher wanted to)`;
    const name = "claw is offline, so the name offline.example was not looked up (acme/reacher wanted to)";
    const { port, udp } = server.target;
    expect(rest).toEqual({
      "net.connect": there(port),
      "net.connect with options": there(port),
      "Socket.connect": there(port),
      "tls.connect": there(port),
      "http.get": there(port),
      "https.request": there(port),
      "http2.connect": there(port),
      fetch: there(port),
      "dgram.send": there(udp),
      "dgram.send of a part": there(udp),
      // To this machine's own name, whatever the lookup says: nobody else hears it.
      "dgram.send with a lookup of its own": "reached",
      "dgram.connect": there(udp),
      "dns.lookup": name,
      "promisify(dns.lookup)": name,
      "dns.promises.lookup": name,
      "dns.promises.resolve4": name,
      "Resolver.resolveTxt": name,
      "net.connect to a name": "claw is offline, so offline.example was not contacted (acme/reacher wanted to)",
    });
    expect([ownLookup?.startsWith("failed: "), socket === "reached"]).toEqual([true, false]);
    expect(server.heard).toEqual({ connections: 0, datagrams: 0 });
  });

  test("would have reached it without", async () => {
    await using server = await counter(host);
    const results = await reached([], { target: server.target });
    expect(Object.keys(results).filter((way) => !["tls.connect", "https.request", "WebSocket"].includes(way) && results[way] !== "reached")).toEqual([]);
    expect([server.heard.connections > 6, server.heard.datagrams]).toEqual([true, 4]);
  });
});

test("offline, this machine is as near as ever", async () => {
  await using server = await counter("127.0.0.1");
  await using aside = await place();
  const path = join(aside.root, "socket");
  const local = createServer((socket) => socket.end()).listen(path);
  await once(local, "listening");
  const results = await reached(["--offline"], { target: { ...server.target, path } });
  local.close();
  expect(Object.keys(results).filter((way) => !["tls.connect", "https.request", "WebSocket"].includes(way) && results[way] !== "reached")).toEqual([]);
  expect(Object.values(results).filter((said) => said.includes("offline"))).toEqual([]);
  expect([results["net.connect to a path"], server.heard.datagrams]).toEqual(["reached", 4]);
});

const canTrace = spawnSync("strace", ["-qq", "-o", "/dev/null", "true"]).status === 0;

test.skipIf(!canTrace || ownAddress === undefined)("offline, the operating system is asked for no way out", async () => {
  await using server = await counter(ownAddress ?? "");
  await using aside = await place();
  const trace = join(aside.root, "trace");
  const strace = ["strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", trace];
  const addresses = (): readonly string[] => [
    ...new Set(
      [...readFileSync(trace, "utf8").matchAll(/sa_family=AF_INET6?,.*?(?:inet_addr\("|inet_pton\(AF_INET6, ")([^"]+)"/g)].map(([, address = ""]) => address),
    ),
  ];
  await reached(["--offline"], { target: server.target, named: true }, strace);
  expect(addresses().filter((address) => !/^127\.|^::1$/.test(address))).toEqual([]);
  expect(addresses()).toContain("127.0.0.1");
  await reached([], { target: server.target }, strace);
  expect(addresses()).toContain(ownAddress);
});

test("offline, a provider's own library is refused in its extension's name, and what is asked through claw as before", async () => {
  await using here = await place({ env: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "https://nowhere.invalid" } });
  await expectFailure(here, ["-p", "hi", "--offline"], {
    exit: 7,
    code: "NETWORK_OFFLINE",
    says: "claw is offline, so nowhere.invalid was not contacted (claw/anthropic wanted to)",
    fix: "run without --offline",
  });
  const dev = devExtension(
    here,
    "remote",
    { provides: { provider: { remote: { description: "Models elsewhere", models: ["m"] } } } },
    `const model = { id: "m", contextWindow: 100000, tools: true, reasoning: false };
     claw.provide(Providers, "remote", {
       models: async () => [model],
       async *stream() { await new Promise((resolve, reject) => request("https://api.example.com/v1").once("response", resolve).once("error", reject).end()); },
     });`,
    'import { request } from "node:https";',
  );
  await expectFailure(here, ["-p", "hi", "--offline", "--dev", dev, "--model", "remote/m"], {
    exit: 7,
    code: "NETWORK_OFFLINE",
    says: "claw is offline, so api.example.com was not contacted (acme/remote wanted to)",
  });
});
