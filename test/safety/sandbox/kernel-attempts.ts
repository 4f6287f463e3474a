import { existsSync } from "node:fs";
import { type Attempt, call, ifDone, says, SAY_BASH } from "./attempt.ts";

/** A system call that is refused wherever there is a wall. */
const ask = (name: string, expression: string, options: Partial<Attempt> = {}): Attempt => ({
  name,
  by: "perl",
  program: () => ifDone(expression),
  escaped: says("ESCAPED"),
  ...options,
});

/** The same, where another answer than "you may not" says that it was let through. */
const getsPast = (name: string, expression: string, options: Partial<Attempt> = {}): Attempt => ({
  name,
  by: "perl",
  program: () =>
    `use Errno qw(EPERM ENOSYS EACCES); my $result = ${expression}; print $result >= 0 || !($! == EPERM || $! == ENOSYS || $! == EACCES) ? "ESCA" . "PED" : "refused: $!";`,
  escaped: says("ESCAPED"),
  ...options,
});

const NEW_USER_AND_MOUNTS = 0x10020000;
const root = { only: "root" } as const;

/** Programs that ask the kernel for more than they have. */
export const kernelAttempts: readonly Attempt[] = [
  ask("mount a file system", `do { my @s = ("none", "/mnt", "tmpfs"); ${call("mount")}, $s[0], $s[1], $s[2], 0, 0) }`, {
    notOutside: "it would cover the machine's own folder",
  }),
  {
    name: "make a read-only mount writable",
    by: "perl",
    program: ({ world }) =>
      `my ($none, $path) = ("none", "${world.elsewhere}"); ${call("mount")}, $none, $path, 0, 32 | 4096, 0); ${call("mount")}, $none, "/", 0, 32 | 4096, 0); open(my $f, ">", "$path/remounted") or die "refused: $!";`,
    escaped: ({ world }) => existsSync(`${world.elsewhere}/remounted`),
    notOutside: "nothing is read-only there",
  },
  ask("take a mount away", `do { my $path = "/tmp"; ${call("umount2")}, $path, 2) }`, { notOutside: "it would" }),
  ask("make a mount by the new calls", `do { my $type = "tmpfs"; ${call("fsopen")}, $type, 0) }`, root),
  ask("copy a mount", `do { my $path = "/"; ${call("open_tree")}, -100, $path, 1) }`, root),
  getsPast("change what a mount allows", `do { my ($path, $what) = ("/", pack("QQQQ", 0, 1, 0, 0)); ${call("mount_setattr")}, -100, $path, 0, $what, 32) }`, {
    notOutside: "the machine's own would be changed",
  }),
  getsPast("end the accounts of processes", `${call("acct")}, 0)`, { notOutside: "it would" }),
  ask("watch all that is opened", `${call("fanotify_init")}, 4, 0)`, root),
  {
    name: "call the kernel as a program of 32 bits does",
    by: "python3",
    program: () =>
      'import ctypes, mmap; m = mmap.mmap(-1, 4096, prot=7); m.write(b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3"); print("ESCA" + "PED" if ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(m)))() > 0 else "refused")',
    escaped: says("ESCAPED"),
    ...(process.arch === "x64" ? {} : { notOutside: "there are none on this machine" }),
  },
  {
    name: "name a program for files of a kind",
    by: "bash",
    program: () => `mount -t binfmt_misc none /proc/sys/fs/binfmt_misc; [ -w /proc/sys/fs/binfmt_misc/register ] && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
    notOutside: "the machine's own would be mounted",
  },
  ask("change the root folder", `do { my $path = "/usr"; ${call("chroot")}, $path) }`, root),
  getsPast("swap the root folder", `do { my @p = ("/tmp", "/tmp"); ${call("pivot_root")}, $p[0], $p[1]) }`, root),
  ask("make namespaces of its own", `${call("unshare")}, ${NEW_USER_AND_MOUNTS})`),
  {
    name: "become root in namespaces of its own",
    by: "bash",
    program: () => `unshare --user --map-root-user --mount sh -c 'mount -t tmpfs none /mnt && ${SAY_BASH}'`,
    escaped: says("ESCAPED"),
  },
  {
    name: "make namespaces by clone",
    by: "bash",
    program: () =>
      `python3 -c 'import ctypes,os; libc=ctypes.CDLL(None); pid=libc.syscall(${process.arch === "arm64" ? 220 : 56}, 0x10000011, 0, 0, 0, 0); os._exit(0) if pid == 0 else print("ESCA"+"PED" if pid > 0 else "refused")'`,
    escaped: says("ESCAPED"),
  },
  {
    name: "enter the host's namespaces",
    by: "perl",
    program: ({ world }) => `open(my $f, "<", "/proc/${world.bystander}/ns/net") or die "refused: $!"; ${ifDone(`${call("setns")}, fileno($f), 0)`)}`,
    escaped: says("ESCAPED"),
    only: "root",
  },
  {
    name: "attack 89: name the program that dumps cores",
    by: "bash",
    program: () => `pattern=$(cat /proc/sys/kernel/core_pattern); printf '%s\\n' "$pattern" > /proc/sys/kernel/core_pattern && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
    ...root,
  },
  {
    name: "write the kernel's settings",
    by: "bash",
    program: () => `value=$(cat /proc/sys/net/ipv4/ip_forward); printf '%s\\n' "$value" > /proc/sys/net/ipv4/ip_forward && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
    ...root,
  },
  {
    name: "press the system request key",
    by: "bash",
    program: () => `[ -e /proc/sysrq-trigger ] && printf h > /proc/sysrq-trigger && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
    ...root,
  },
  {
    name: "write the machine's devices through /sys",
    by: "bash",
    program: () =>
      `for file in /sys/kernel/mm/ksm/run /sys/module/*/parameters/*; do value=$(cat "$file") && printf '%s\\n' "$value" > "$file" && ${SAY_BASH} && break; done`,
    escaped: says("ESCAPED"),
    ...root,
  },
  {
    name: "make a control group",
    by: "bash",
    program: ({ world }) => `for group in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir "$group/${world.mark}" && ${SAY_BASH}; rmdir "$group/${world.mark}"; done`,
    escaped: says("ESCAPED"),
    ...root,
  },
  ask("rename the machine", `do { my $name = \`uname -n\`; chomp $name; ${call("sethostname")}, $name, length $name) }`, root),
  ask("ask for a ring of system calls", `do { my $parameters = "\\0" x 120; ${call("io_uring_setup")}, 8, $parameters) }`),
  ask("load a program into the kernel", `do { my $attributes = pack("IIIII", 2, 4, 4, 1, 0) . ("\\0" x 100); ${call("bpf")}, 0, $attributes, 120) }`, root),
  ask(
    "watch the machine's counters",
    `do { my $event = pack("IIQQQQQ", 1, 112, 0, 0, 0, 0, 0b1100001) . ("\\0" x 56); ${call("perf_event_open")}, $event, 0, -1, -1, 0) }`,
  ),
  ask("handle its own page faults", `${call("userfaultfd")}, 1)`),
  ask("make a keyring", `${call("keyctl")}, 1, 0)`),
  getsPast("load a module", `do { my $image = "\\0" x 64; my $none = ""; ${call("init_module")}, $image, 64, $none) }`, root),
  getsPast("load another kernel", `${call("kexec_load")}, 0, 17, 0, 0)`, root),
  getsPast("swap to a file", `do { my $path = "/absent"; ${call("swapon")}, $path, 0) }`, root),
  getsPast("restart the machine", `${call("reboot")}, 1, 2, 3, 0)`, root),
  ask("set the clock", `do { my $time = pack("qq", time, 0); ${call("clock_settime")}, 0, $time) }`, { notOutside: "the machine's clock would jump" }),
];
