import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Http } from "@claw/kernel";
import { Connections, type Network } from "../src/connections.ts";
import { createFetch } from "../src/fetch.ts";
import { userAgentOf } from "../src/user-agent.ts";
import { createWebSocket } from "../src/web-socket.ts";

/** A server on this machine, the sockets it has open, and the requests it got. */
export interface Loopback extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly sockets: ReadonlySet<Socket>;
  readonly requests: readonly IncomingMessage[];
  /** How many connections there have been. */
  connections(): number;
}

export async function serve(listener: RequestListener, tls?: { readonly key: string; readonly cert: string }): Promise<Loopback> {
  const requests: IncomingMessage[] = [];
  const heard: RequestListener = (request, response) => {
    requests.push(request);
    listener(request, response);
  };
  return started(tls === undefined ? createServer(heard) : createSecureServer(tls, heard), requests, tls === undefined ? "http" : "https");
}

async function started(server: Server, requests: readonly IncomingMessage[], scheme: string): Promise<Loopback> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    sockets,
    requests,
    url: `${scheme}://127.0.0.1:${port}`,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

export interface Proxy extends Loopback {
  /** `CONNECT host:port` and the absolute addresses it was asked for. */
  readonly asked: readonly string[];
}

/** A proxy that wants credentials and takes every name for this machine. */
export async function proxy(
  credentials: string | undefined,
  answer: "connect" | "hang" | "503" = "connect",
  tls?: { readonly key: string; readonly cert: string },
): Promise<Proxy> {
  const asked: string[] = [];
  const allowed = (request: IncomingMessage): boolean =>
    credentials === undefined || request.headers["proxy-authorization"] === `Basic ${Buffer.from(credentials).toString("base64")}`;
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? "");
    if (allowed(request)) response.end("by proxy");
    else response.writeHead(407).end();
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.on("connect", (request: IncomingMessage, caller: Socket) => {
    asked.push(`CONNECT ${request.url}`);
    caller.on("error", () => undefined);
    if (!allowed(request)) return caller.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    // A socket that nobody reads does not hear that the other side has gone.
    if (answer === "hang") return caller.on("end", () => caller.end()).resume();
    if (answer === "503") return caller.end("HTTP/1.1 503 Busy\r\n\r\n");
    const upstream = connect(Number(request.url?.split(":").at(-1)), "127.0.0.1", () => {
      caller.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(caller).pipe(upstream);
    });
    upstream.on("error", () => caller.destroy());
    caller.on("close", () => upstream.destroy());
    return undefined;
  });
  return { ...(await started(server, [], tls === undefined ? "http" : "https")), asked };
}

/** A certificate authority of our own and a certificate of it for `model.test` and 127.0.0.1. */
export interface Authority extends Disposable {
  readonly file: string;
  readonly key: string;
  readonly cert: string;
}

export function authority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "claw-ca-"));
  const at = (name: string): string => join(folder, name);
  const openssl = (...argv: readonly string[]): void => void execFileSync("openssl", argv, { stdio: "pipe" });
  openssl(
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-days",
    "2",
    "-subj",
    "/CN=claw test authority",
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
  );
  openssl(
    "req",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-subj",
    "/CN=model.test",
    "-keyout",
    at("leaf.key"),
    "-out",
    at("leaf.csr"),
  );
  writeFileSync(at("leaf.ext"), "subjectAltName=DNS:model.test,IP:127.0.0.1\n");
  openssl(
    "x509",
    "-req",
    "-in",
    at("leaf.csr"),
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    at("leaf.ext"),
    "-out",
    at("leaf.pem"),
  );
  return {
    file: at("ca.pem"),
    key: readFileSync(at("leaf.key"), "utf8"),
    cert: readFileSync(at("leaf.pem"), "utf8"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** `fetch` with connections of its own. */
export function client(
  network: Partial<Network> & { readonly connectTimeoutMs?: number; readonly userAgent?: string; readonly wantedBy?: string } = {},
): Disposable & Required<Pick<Http, "fetch" | "webSocket">> {
  const { environment = {}, offline = false, systemAuthorities = false, connectTimeoutMs = 5000, userAgent, wantedBy } = network;
  const connections = new Connections({ environment, offline, systemAuthorities });
  const options = { connections, offline, connectTimeoutMs, agent: userAgentOf("claw/1.0.0", userAgent), ...(wantedBy === undefined ? {} : { wantedBy }) };
  return { fetch: createFetch(options), webSocket: createWebSocket(options), [Symbol.dispose]: () => connections[Symbol.dispose]() };
}

/** What a process of its own, with an environment of its own, is answered, or why it is not. */
export async function elsewhere(
  url: string,
  environment: Readonly<Record<string, string>>,
  network: Partial<Network> = {},
  node: readonly string[] = [],
): Promise<string> {
  const argv = [...node, "--conditions=claw-source", join(import.meta.dirname, "one-request-process.ts"), url, JSON.stringify(network)];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { env: { PATH: process.env["PATH"], ...environment } });
  return stdout.trim();
}

/** Waits for something that another socket's end decides; fails after some seconds. */
export async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
  throw new Error(`never came true: ${String(holds)}`);
}
