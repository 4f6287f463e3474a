import { proxyEnvironment } from "@claw/kernel/kit";

/** Where the sandbox has the proxy's socket, and the node that joins connections to it. */
const SOCKET = "/run/claw/proxy.sock";
const NODE = "/run/claw/node";
const PORT = 3128;
const HEX_PORT = PORT.toString(16).toUpperCase().padStart(4, "0");

export interface ForwarderFacts {
  readonly token: string;
  /** The proxy's socket outside. */
  readonly socket: string;
  /** Absolute: a node whose file can be bound. */
  readonly node: string;
  /** Absolute, as the sandbox sees it; starts faster than node. */
  readonly socat?: string;
}

export interface Forwarded {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Arguments of bubblewrap. */
  readonly binds: readonly string[];
}

/** The command, with a port of the sandbox's own loopback joined to the proxy's socket before it starts, and told of it. */
export function forwarded(command: readonly string[], { token, socket, node, socat }: ForwarderFacts): Forwarded {
  const forwarder =
    socat === undefined
      ? [NODE, "--max-old-space-size=64", "-e", JOINING]
      : [socat, "-t600", `TCP4-LISTEN:${PORT},bind=127.0.0.1,reuseaddr,fork,max-children=256`, `UNIX-CONNECT:${SOCKET}`];
  return {
    command: ["/bin/sh", "-c", STARTING, "claw-forwarder", ...forwarder, ...command],
    environment: proxyEnvironment(PORT, token),
    binds: ["--ro-bind", socket, SOCKET, ...(socat === undefined ? ["--ro-bind", node, NODE] : [])],
  };
}

const JOINING = `
const { createServer, connect } = require("node:net");
createServer({ allowHalfOpen: true }, (near) => {
  const far = connect({ path: ${JSON.stringify(SOCKET)}, allowHalfOpen: true });
  for (const [from, to] of [[near, far], [far, near]]) {
    from.on("error", () => to.destroy());
    from.pipe(to);
  }
}).listen(${PORT}, "127.0.0.1");
`;

/**
 * The forwarder is nobody's child that the command could wait for, and holds none of its streams; the command takes the
 * shell's place, so that its status and its signals are its own. That the port listens is read from the kernel.
 */
const STARTING = `
(NODE_OPTIONS= "$1" "$2" "$3" "$4" </dev/null >/dev/null 2>&1 &)
shift 4
claw_listens() {
  while read -r claw_1 claw_2 claw_3 claw_4 claw_5; do
    case "$claw_2 $claw_4" in *:${HEX_PORT}" 0A") return 0;; esac
  done </proc/net/tcp
  return 1
}
claw_tries=0
until claw_listens; do
  claw_tries=$((claw_tries + 1))
  [ $claw_tries -lt 2000 ] || { echo "claw: the way to the network proxy did not open" >&2; exit 126; }
  sleep 0.004 2>/dev/null || :
done
unset claw_1 claw_2 claw_3 claw_4 claw_5 claw_tries
exec "$@"
`;
