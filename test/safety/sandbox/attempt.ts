import type { EscapeWorld } from "./escape-world.ts";

/** What a program finds where it runs, and what it may try to reach from there. */
export interface Place {
  readonly world: EscapeWorld;
  /** The name of the attempt, as it stands in paths and messages. */
  readonly id: string;
  /** A repository of its own, the only place that it may write. */
  readonly workspace: string;
}

/** One way out of the sandbox. */
export interface Attempt {
  readonly name: string;
  readonly by: "bash" | "perl" | "python3";
  program(place: Place): string;
  /** Whether it got out, as it is seen from outside. A word of the program's own counts against the wall, too. */
  escaped(place: Place, output: string): boolean;
  /** Why it is not tried without a wall. */
  readonly notOutside?: string;
  /** Whom it can be expected to serve without a wall. */
  readonly only?: "root" | "user";
  /** Started with a terminal that is somebody else's, too. */
  readonly terminal?: boolean;
  /** Without a repository, settings or anything else in its workspace. */
  readonly bare?: boolean;
}

export const SAY_BASH = 'printf "ESCA%s\\n" PED';
export const SAY_PERL = 'print "ESCA", "PED\\n"';

export const says =
  (word: string) =>
  (_place: Place, output: string): boolean =>
    output.includes(word);

/** System calls by their numbers, as both common machines have them. */
const numbers = {
  acct: [163, 89],
  fanotify_init: [300, 262],
  bpf: [321, 280],
  chroot: [161, 51],
  clock_settime: [227, 112],
  fsopen: [430, 430],
  init_module: [175, 105],
  io_uring_setup: [425, 425],
  kexec_load: [246, 104],
  keyctl: [250, 219],
  add_key: [248, 217],
  mount: [165, 40],
  mount_setattr: [442, 442],
  mq_open: [240, 180],
  mq_unlink: [241, 181],
  mq_timedsend: [242, 182],
  mq_timedreceive: [243, 183],
  name_to_handle_at: [303, 264],
  open_by_handle_at: [304, 265],
  open_tree: [428, 428],
  perf_event_open: [298, 241],
  pidfd_getfd: [438, 438],
  pidfd_open: [434, 434],
  pidfd_send_signal: [424, 424],
  pivot_root: [155, 41],
  prctl: [157, 167],
  process_vm_readv: [310, 270],
  ptrace: [101, 117],
  reboot: [169, 142],
  sethostname: [170, 161],
  setns: [308, 268],
  setpriority: [141, 140],
  swapon: [167, 224],
  umount2: [166, 39],
  unshare: [272, 97],
  userfaultfd: [323, 282],
} satisfies Readonly<Record<string, readonly [number, number]>>;

export const call = (name: keyof typeof numbers): string => `syscall(${numbers[name][process.arch === "arm64" ? 1 : 0]}`;

/** Perl that says so when a system call is not refused. */
export const ifDone = (expression: string): string => `my $result = ${expression};\nif ($result >= 0) { ${SAY_PERL} } else { print "refused: $!\\n" }\n`;
