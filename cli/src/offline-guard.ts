import dgram from "node:dgram";
import dns from "node:dns";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ClawError, runningExtension } from "@claw/kernel/host";
import type { Boot } from "./boot.ts";

/**
 * What holds of `--offline` below the service `http`, for libraries that open sockets of their own: nothing in this thread connects,
 * sends or looks up a name but on this machine, which the built-in fetch, http2, TLS and web sockets need too. It is no sandbox: a worker
 * thread, a child process and native code have a network of their own.
 */
export function guardOffline(booted: Boot): Disposable {
  const refuse = refusal(booted);
  const undo = [guardSockets(refuse), guardDatagrams(refuse), guardNames(refuse)];
  // `import { connect } from "node:net"` is another binding than the one changed here.
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      for (const each of undo) each();
      syncBuiltinESMExports();
    },
  };
}

/** Makes the error of what would have left this machine. */
type Refuse = (host: string, what: "contacted" | "looked up") => ClawError<"NETWORK_OFFLINE">;
type Method<T> = (this: T, ...args: unknown[]) => unknown;

const loopback = new net.BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

const isLocalName = (host: string): boolean => /^localhost\.?$/i.test(host);

function isHere(host: string): boolean {
  const address = host.replace(/%.*$/, "");
  const family = net.isIP(address);
  return family === 0 ? isLocalName(host) : loopback.check(address, family === 4 ? "ipv4" : "ipv6");
}

/** `\\.\pipe\…` is of this machine, `\\server\pipe\…` of another. */
const isLocalPath = (path: string): boolean => process.platform !== "win32" || !/^[\\/]{2}(?![.?][\\/])/.test(path);

function guardSockets(refuse: Refuse): () => void {
  return replaced<net.Socket>(
    net.Socket.prototype,
    "connect",
    (connect) =>
      function (...args) {
        const given = (Array.isArray(args[0]) ? args[0] : args) as readonly unknown[];
        const { path, lookup, ...options } = connectOptions(given);
        if (typeof path === "string" && path !== "") return isLocalPath(path) ? connect.apply(this, args) : failed(connect, this, refuse(path, "contacted"));
        const host = typeof options.host === "string" && options.host !== "" ? options.host : "localhost";
        if (!isHere(host)) return failed(connect, this, refuse(named(host, options.port), "contacted"));
        // A lookup of the caller's own may say of this machine's name what it likes.
        return lookup === undefined
          ? connect.apply(this, args)
          : connect.call(
              this,
              options,
              given.findLast((one) => typeof one === "function"),
            );
      },
  );
}

interface ConnectOptions {
  readonly path?: unknown;
  readonly host?: unknown;
  readonly port?: unknown;
  readonly lookup?: unknown;
}

/** The forms that `connect` has, as Node itself reads them: options, a path, or a port and a host. */
function connectOptions([first, second]: readonly unknown[]): ConnectOptions {
  if (typeof first === "object" && first !== null) return first;
  return typeof first === "string" && !(Number(first) >= 0) ? { path: first } : { port: first, host: second };
}

/** Node's own way to fail: a name that has no address. Whoever connects sees what it sees of any connection that fails. */
function failed(connect: Method<net.Socket>, socket: net.Socket, error: Error): unknown {
  const lookup = (_name: string, _options: object, answer: (error: Error) => void): void => answer(error);
  return connect.call(socket, { host: "refused.invalid", port: 1, lookup });
}

function guardDatagrams(refuse: Refuse): () => void {
  const later = (socket: dgram.Socket, args: readonly unknown[], error: Error): void => {
    const callback = args.at(-1);
    process.nextTick(() => (typeof callback === "function" ? (callback as Method<unknown>).call(socket, error) : socket.emit("error", error)));
  };
  const away = (port: unknown, address: unknown): Error | undefined =>
    typeof address !== "string" || isHere(address) ? undefined : refuse(named(address, port), "contacted");
  const undo = [
    // A lookup of the caller's own is asked of addresses too, and may say what it likes.
    replaced<void>(dgram, "createSocket", (create) => (type, heard) => create.call(undefined, withoutLookup(type), heard)),
    replaced<dgram.Socket>(
      dgram.Socket.prototype,
      "connect",
      (connect) =>
        function (...args) {
          const error = away(args[0], args[1]);
          return error === undefined ? connect.apply(this, args) : later(this, args, error);
        },
    ),
    replaced<dgram.Socket>(
      dgram.Socket.prototype,
      "connectSync",
      (connect) =>
        function (...args) {
          const error = away(args[0], args[1]);
          if (error !== undefined) throw error;
          return connect.apply(this, args);
        },
    ),
    replaced<dgram.Socket>(
      dgram.Socket.prototype,
      "send",
      (send) =>
        function (...args) {
          // As Node itself reads them: (message, offset, length, port, address) or (message, port, address).
          const isLong = Boolean(args[4]) || (Boolean(args[3]) && typeof args[3] !== "function");
          const error = isLong ? away(args[3], args[4]) : away(args[1], args[2]);
          return error === undefined ? send.apply(this, args) : later(this, args, error);
        },
    ),
  ];
  return () => undo.forEach((each) => each());
}

const withoutLookup = (type: unknown): unknown => (typeof type === "object" && type !== null ? { ...type, lookup: undefined } : type);

/** A lookup asks a server of names, and tells it the name. An address needs none, and this machine's own name is in a file. */
function guardNames(refuse: Refuse): () => void {
  const callbacks = [dns, dns.Resolver.prototype].flatMap((holder) =>
    askers(holder).map((name) =>
      replaced(
        holder,
        name,
        (ask) =>
          function (...args) {
            if (isKnown(name, args[0])) return ask.apply(this, args);
            const error = refuse(String(args[0]), "looked up");
            const callback = args.at(-1);
            if (typeof callback !== "function") throw error;
            process.nextTick(() => (callback as Method<unknown>)(error));
            return {};
          },
      ),
    ),
  );
  const promises = [dns.promises, dns.promises.Resolver.prototype].flatMap((holder) =>
    askers(holder).map((name) =>
      replaced(
        holder,
        name,
        (ask) =>
          function (...args) {
            return isKnown(name, args[0]) ? ask.apply(this, args) : Promise.reject(refuse(String(args[0]), "looked up"));
          },
      ),
    ),
  );
  return () => [...callbacks, ...promises].forEach((each) => each());
}

const askers = (holder: object): readonly string[] => Object.getOwnPropertyNames(holder).filter((name) => /^(?:lookup|resolve|reverse)/.test(name));

/** Whether a question is answered without asking anybody. */
function isKnown(question: string, asked: unknown): boolean {
  const name = String(asked ?? "");
  if (question === "lookup") return name === "" || isLocalName(name) || net.isIP(name) !== 0;
  return question === "lookupService" && isHere(name);
}

/** Puts a function in the place of another, with what else that one has: `promisify` reads some of it. Answers how to put it back. */
function replaced<T>(holder: object, name: string, by: (before: Method<T>) => Method<T>): () => void {
  const place = holder as Record<string, Method<T>>;
  const before = place[name];
  if (before === undefined) return () => undefined;
  place[name] = Object.defineProperties(by(before), Object.getOwnPropertyDescriptors(before));
  return () => void (place[name] = before);
}

const named = (host: string, port: unknown): string => {
  const address = host.includes(":") ? `[${host}]` : host;
  return port === undefined || Number(port) === 443 || Number(port) === 80 ? address : `${address}:${String(port)}`;
};

/** Whose doing it is: the extension that is running, or else the first in the stack whose file it is, but for the one that makes everybody's requests. */
function refusal({ plan, installed, args }: Boot): Refuse {
  const served = plan.owners.get("service:http");
  const dev = (args.flags.get("dev") ?? []).map((folder, index) => [installed.developed[index], resolve(folder)] as const);
  const folders = plan.extensions.map(({ id }) => [id, dev.find(([name]) => name === id)?.[1] ?? installed.package(id)?.folder] as const);
  const bases = folders.flatMap(([id, folder]) => (folder === undefined ? [] : [{ id, base: `${pathToFileURL(folder).href}/` }]));
  const inStack = (): string | undefined => {
    const before = Error.stackTraceLimit;
    Error.stackTraceLimit = 100;
    const lines = (new Error().stack ?? "").split("\n");
    Error.stackTraceLimit = before;
    return lines.map((line) => bases.find(({ base }) => line.includes(base))?.id).find((id) => id !== undefined && id !== served);
  };
  return (host, what) => {
    const by = runningExtension() ?? inStack();
    const subject = what === "contacted" ? host : `the name ${host}`;
    return new ClawError(
      "NETWORK_OFFLINE",
      `claw is offline, so ${subject} was not ${what}${by === undefined ? "" : ` (${by} wanted to)`}`,
      { host },
      { fix: "run without --offline" },
    );
  };
}
