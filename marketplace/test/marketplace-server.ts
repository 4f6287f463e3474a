import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer, type IncomingHttpHeaders, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { connect, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A certificate authority of one's own, and the certificate that it gave to this machine. */
export interface Authority {
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
}

/** The names that the certificate is for; the second one is nobody's, and found through a proxy only. */
export const certifiedNames = ["localhost", "ext.acme.test"] as const;

/** Makes a certificate authority and a certificate with openssl. */
export function newAuthority(): Authority {
  const folder = mkdtempSync(join(tmpdir(), "claw-authority-"));
  const openssl = (...argv: readonly string[]): unknown => execFileSync("openssl", argv, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  try {
    openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority");
    openssl("req", "-new", ...key, "-keyout", "host.key", "-out", "host.csr", "-subj", "/CN=localhost");
    writeFileSync(join(folder, "names"), `subjectAltName=IP:127.0.0.1,${certifiedNames.map((name) => `DNS:${name}`).join(",")}\n`);
    openssl("x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "host.pem", "-days", "2", "-extfile", "names");
    const read = (name: string): string => readFileSync(join(folder, name), "utf8");
    return { ca: read("ca.pem"), key: read("host.key"), cert: read("host.pem") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a server does instead of sending the file. */
export type Misbehaviour =
  | { readonly kind: "redirect"; readonly to: string; readonly status?: number }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** The file, compressed, and said to be. */
  | { readonly kind: "gzip" }
  /** Takes the request and says nothing. */
  | { readonly kind: "silent" }
  /** Begins and then stops. */
  | { readonly kind: "stalls" }
  /** One byte at a time, with a pause after each. */
  | { readonly kind: "drips"; readonly pauseMs: number }
  | { readonly kind: "endless" }
  /** Says that it has so many bytes more than it sends, and hangs up. */
  | { readonly kind: "short"; readonly by: number }
  | { readonly kind: "hang-up" };

export interface Asked {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

/** A web server on this machine that serves a folder. */
export interface MarketplaceServer extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Every request there was, in order. */
  readonly asked: readonly Asked[];
  readonly paths: () => readonly string[];
  /** Does something else for a path from now on; `undefined` ends that. A path begins with a slash. */
  misbehave(path: string, how: Misbehaviour | undefined): void;
  /** How many connections there have been. */
  connections(): number;
}

/** Serves a folder: with a certificate by HTTPS, without one by HTTP. */
export async function serveFolder(folder: string, authority?: Authority): Promise<MarketplaceServer> {
  const misbehaviours = new Map<string, Misbehaviour>();
  const asked: Asked[] = [];
  const listener: RequestListener = ({ url = "/", headers }, response) => {
    asked.push({ path: url, headers });
    const path = new URL(url, "http://localhost").pathname;
    const how = misbehaviours.get(path);
    const file = fileOf(folder, path);
    if (how !== undefined) misbehave(how, file, response);
    else if (file === undefined) response.writeHead(404).end("nothing here");
    else response.writeHead(200, { "content-length": file.length }).end(file);
  };
  const server = authority === undefined ? createPlainServer(listener) : createServer({ key: authority.key, cert: authority.cert }, listener);
  const { port, connections, close } = await listening(server);
  return {
    url: `${authority === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    asked,
    paths: () => asked.map(({ path }) => path),
    connections,
    misbehave: (path, how) => void (how === undefined ? misbehaviours.delete(path) : misbehaviours.set(path, how)),
    [Symbol.asyncDispose]: close,
  };
}

function fileOf(folder: string, path: string): Buffer | undefined {
  try {
    return readFileSync(join(folder, decodeURIComponent(path)));
  } catch {
    return undefined;
  }
}

function misbehave(how: Misbehaviour, file: Buffer | undefined, response: ServerResponse): void {
  const bytes = file ?? Buffer.from("{}");
  switch (how.kind) {
    case "redirect":
      response.writeHead(how.status ?? 302, { location: how.to }).end();
      return;
    case "status":
      response.writeHead(how.status).end("no");
      return;
    case "bytes":
      response.end(how.bytes);
      return;
    case "gzip":
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(bytes));
      return;
    case "silent":
      return;
    case "stalls":
      response.write(bytes.subarray(0, 1));
      return;
    case "drips": {
      let at = 0;
      const drip = setInterval(() => (at < bytes.length ? response.write(bytes.subarray(at, (at += 1))) : response.end()), how.pauseMs);
      response.once("close", () => clearInterval(drip));
      return;
    }
    case "endless": {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, " ")));
      };
      response.on("drain", more);
      more();
      return;
    }
    case "short":
      response.writeHead(200, { "content-length": bytes.length + how.by });
      response.write(bytes, () => response.destroy());
      return;
    case "hang-up":
      response.destroy();
      return;
    default:
      how satisfies never;
  }
}

/** A proxy that wants these credentials and takes every name for this machine. */
export interface TestProxy extends AsyncDisposable {
  readonly port: number;
  /** `CONNECT host:port`, in order. */
  readonly asked: readonly string[];
}

export async function startProxy(credentials?: string, answer: "connect" | "hang" = "connect"): Promise<TestProxy> {
  const asked: string[] = [];
  const server = createPlainServer((_, response) => response.writeHead(500).end());
  server.on("connect", ({ url = "", headers }: { readonly url?: string; readonly headers: IncomingHttpHeaders }, caller: Socket) => {
    asked.push(`CONNECT ${url}`);
    caller.on("error", () => undefined);
    const expected = credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;
    if (expected !== undefined && headers["proxy-authorization"] !== expected) return caller.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    // A socket that nobody reads does not hear that the other side has gone.
    if (answer === "hang") return caller.on("end", () => caller.end()).resume();
    const upstream = connect(Number(url.split(":").at(-1)), "127.0.0.1", () => {
      caller.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      upstream.pipe(caller);
      caller.pipe(upstream);
    });
    upstream.on("error", () => caller.destroy());
    return undefined;
  });
  const { port, close } = await listening(server);
  return { port, asked, [Symbol.asyncDispose]: close };
}

async function listening(server: Server): Promise<{ readonly port: number; readonly connections: () => number; readonly close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  let connections = 0;
  server.on("connection", (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
