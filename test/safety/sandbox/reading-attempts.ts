import { statSync } from "node:fs";
import { join } from "node:path";
import { type Attempt, call, SAY_BASH, says, type Place } from "./attempt.ts";

const read = (name: string, path: (place: Place) => string, secret: (place: Place) => string, options: Partial<Attempt> = {}): Attempt => ({
  name,
  by: "bash",
  program: (place) => `cat ${path(place)}`,
  escaped: (place, output) => output.includes(secret(place)),
  ...options,
});

/** Programs that read what they must not, and tell it in their output. */
export const readingAttempts: readonly Attempt[] = [
  read(
    "read an ssh key",
    ({ world }) => join(world.home, ".ssh/id_ed25519"),
    ({ world }) => world.secrets.key,
  ),
  read(
    "read the cloud's credentials",
    ({ world }) => join(world.home, ".aws/credentials"),
    ({ world }) => world.secrets.cloud,
  ),
  read(
    "read claw's credentials",
    ({ world }) => join(world.home, ".config/claw/credentials.json"),
    ({ world }) => world.secrets.claw,
  ),
  read(
    "read claw's sessions",
    ({ world }) => join(world.home, ".local/state/claw/sessions/one.jsonl"),
    ({ world }) => world.secrets.session,
  ),
  read(
    "read another workspace below the home folder",
    ({ world }) => join(world.home, "other/.env"),
    ({ world }) => world.secrets.other,
  ),
  read(
    "read the host's /tmp",
    ({ world }) => join(world.temporary, "secret"),
    ({ world }) => world.secrets.temporary,
  ),
  read(
    "read the host's /dev/shm",
    ({ world }) => `/dev/shm/${world.mark}-secret`,
    ({ world }) => world.secrets.sharedFile,
  ),
  read(
    "read the mail of others",
    ({ world }) => `/var/mail/${world.mark}`,
    ({ world }) => world.secrets.mail,
    { only: "root" },
  ),
  read(
    "read the person's files through the folder of another process",
    ({ world }) => `/proc/[0-9]*/cwd${world.home}/.ssh/id_ed25519 /proc/self/root${world.home}/.ssh/id_ed25519`,
    ({ world }) => world.secrets.key,
  ),
  {
    name: "see the machine's processes",
    by: "bash",
    program: ({ world }) => `[ -e /proc/${world.bystander}/status ] && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
  },
  {
    name: "see who talks to whom on this machine",
    by: "bash",
    program: () => "cat /proc/net/tcp",
    escaped: ({ world }, output) => output.includes(world.ports.tcp.toString(16).toUpperCase().padStart(4, "0")),
  },
  {
    name: "see the machine's abstract sockets",
    by: "bash",
    program: () => "cat /proc/net/unix",
    escaped: ({ world }, output) => output.includes(`@${world.mark}`),
  },
  {
    name: "read the kernel's log",
    by: "bash",
    program: () => `dmesg | grep -q . && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
    only: "root",
  },
  {
    ...read(
      "read the passwords",
      () => "/etc/shadow",
      () => "",
    ),
    escaped: (_place, output) => /^root:[^:]*:\d+:/m.test(output),
    only: "root",
  },
  read(
    "read the environment of another process",
    ({ world }) => `/proc/${world.bystander}/environ`,
    ({ world }) => world.secrets.environment,
  ),
  read(
    "read the environment of every process",
    () => "/proc/[0-9]*/environ /proc/[0-9]*/task/*/environ",
    ({ world }) => world.secrets.environment,
  ),
  read(
    "read the environment of who started it",
    () => "/proc/$PPID/environ /proc/1/environ",
    ({ world }) => world.secrets.parent,
  ),
  read(
    "read the arguments of another process",
    () => "/proc/[0-9]*/cmdline",
    ({ world }) => world.secrets.argument,
  ),
  {
    name: "read a file that another process has open",
    by: "bash",
    // Files alone: what is read of a stranger's pipe is taken from him.
    program: () => 'for one in /proc/[0-9]*/fd/9 /proc/[0-9]*/fd/200; do [ -f "$one" ] && cat "$one"; done',
    escaped: ({ world }, output) => output.includes(world.secrets.descriptor),
  },
  read(
    "read a descriptor that was left open",
    () => "/dev/fd/9",
    ({ world }) => world.secrets.descriptor,
  ),
  read(
    "read a descriptor with a high number that was left open",
    () => "/dev/fd/200",
    ({ world }) => world.secrets.descriptor,
  ),
  read(
    "read through the root of another process",
    ({ world }) => `/proc/[0-9]*/root${world.home}/.ssh/id_ed25519`,
    ({ world }) => world.secrets.key,
  ),
  {
    name: "link a key into the workspace",
    by: "bash",
    program: ({ world }) => `ln '${world.home}/.ssh/id_linked' taken`,
    escaped: ({ world }) => statSync(join(world.home, ".ssh/id_linked")).nlink > 1,
  },
  {
    name: "read another process's memory through /proc",
    by: "perl",
    program: ({ world }) => `${open(world.bystander)}
      sysseek($memory, hex($from), 0); sysread($memory, my $bytes, hex($to) - hex($from)); print $bytes =~ /(memory-\\w+)/ ? $1 : "refused: $!";`,
    escaped: (place, output) => output.includes(place.world.secrets.memory),
  },
  {
    name: "read another process's memory by a system call",
    by: "perl",
    program: ({ world }) => `my ($from, $to) = (0, 0);
      open(my $maps, "<", "/proc/${world.bystander}/maps") or die "refused: $!";
      while (<$maps>) { ($from, $to) = ($1, $2) if /^(\\w+)-(\\w+) .*\\[heap\\]/ }
      my $bytes = "\\0" x (hex($to) - hex($from));
      my $local = pack("pQ", $bytes, length $bytes); my $remote = pack("QQ", hex($from), length $bytes);
      ${call("process_vm_readv")}, ${world.bystander}, $local, 1, $remote, 1, 0); print $bytes =~ /(memory-\\w+)/ ? $1 : "refused: $!";`,
    escaped: (place, output) => output.includes(place.world.secrets.memory),
  },
  {
    name: "read a file by its handle",
    by: "perl",
    program: ({ world }) => `my $handle = pack("Ii", 128, 0) . ("\\0" x 128); my $mount = pack("i", 0); my $path = "${world.handled}";
      ${call("name_to_handle_at")}, -100, $path, $handle, $mount, 0) >= 0 or die "refused: $!";
      open(my $root, "<", "/"); my $fd = ${call("open_by_handle_at")}, fileno($root), $handle, 0); $fd >= 0 or die "refused: $!";
      open(my $file, "<&=", $fd); print <$file>;`,
    escaped: (place, output) => output.includes(place.world.secrets.handled),
    only: "root",
  },
  {
    name: "use a program with the set-user bit",
    by: "bash",
    program: ({ world }) => `'${world.setuser}' '${world.rootOnly}'`,
    escaped: (place, output) => output.includes(place.world.secrets.rootOnly),
    only: "user",
  },
  {
    name: "open the machine's devices",
    by: "bash",
    program: () =>
      `for device in kmsg vda sda nvme0n1 mem fuse kvm loop-control vsock net/tun vhost-vsock; do [ -c /dev/$device ] || [ -b /dev/$device ] && (exec 5<>/dev/$device) 2>&1 && printf "ESCA%s\\n" PED; done`,
    escaped: says("ESCAPED"),
  },
];

function open(pid: number): string {
  return `my ($from, $to) = (0, 0); open(my $maps, "<", "/proc/${pid}/maps") or die "refused: $!";
    while (<$maps>) { ($from, $to) = ($1, $2) if /^(\\w+)-(\\w+) .*\\[heap\\]/ }
    open(my $memory, "<", "/proc/${pid}/mem") or die "refused: $!"; binmode $memory;`;
}
