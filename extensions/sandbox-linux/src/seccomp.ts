/** The filter of system calls (safety.md §3.4), as the bytes of a classic BPF program that `bwrap --seccomp` takes. */

/** What a filter is built for. */
export interface SeccompOptions {
  readonly architecture: "x64" | "arm64";
  /** Refuses unix sockets, too; pairs of them, by which programs talk to their own children, stay. */
  readonly strict: boolean;
  /** Lets programs trace one another. */
  readonly debug: boolean;
  /** Refuses the internet altogether, where no network of its own can be had. */
  readonly offline: boolean;
}

interface Table {
  /** AUDIT_ARCH_… of linux/audit.h. */
  readonly audit: number;
  readonly ioctl: number;
  readonly socket: number;
  readonly clone: number;
  readonly clone3: number;
  readonly ioUring: readonly number[];
  readonly tracing: readonly number[];
  readonly refused: readonly number[];
}

// Of arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
const tables: Readonly<Record<SeccompOptions["architecture"], Table>> = {
  x64: {
    audit: 0xc000003e,
    ioctl: 16,
    socket: 41,
    clone: 56,
    clone3: 435,
    ioUring: [425, 426, 427],
    // ptrace process_vm_readv process_vm_writev
    tracing: [101, 310, 311],
    refused: [
      // mount umount2 pivot_root chroot open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr
      165, 166, 155, 161, 428, 429, 430, 431, 432, 433, 442,
      // unshare setns
      272, 308,
      // pidfd_getfd add_key request_key keyctl bpf perf_event_open userfaultfd open_by_handle_at
      438, 248, 249, 250, 321, 298, 323, 304,
      // kexec_load kexec_file_load init_module finit_module delete_module
      246, 320, 175, 313, 176,
      // settimeofday clock_settime adjtimex clock_adjtime
      164, 227, 159, 305,
      // swapon swapoff reboot acct iopl ioperm syslog quotactl
      167, 168, 169, 163, 172, 173, 103, 179,
    ],
  },
  arm64: {
    audit: 0xc00000b7,
    ioctl: 29,
    socket: 198,
    clone: 220,
    clone3: 435,
    ioUring: [425, 426, 427],
    tracing: [117, 270, 271],
    refused: [
      40, 39, 41, 51, 428, 429, 430, 431, 432, 433, 442, 97, 268, 438, 217, 218, 219, 280, 241, 282, 265, 104, 294, 105, 273, 106, 170, 112, 171, 266, 224, 225,
      142, 89, 116, 60,
    ],
  },
};

const errno = { EPERM: 1, ENOSYS: 38, EAFNOSUPPORT: 97 } as const;
const answer = { allow: 0x7fff0000, kill: 0x80000000, errno: (code: number): number => 0x00050000 | code } as const;
/** Where seccomp_data keeps things; arguments are 64 bits wide, little-endian. */
const offset = { number: 0, architecture: 4, argument: (index: number): number => 16 + 8 * index } as const;

/** CLONE_NEWTIME … CLONE_NEWNET: every flag that asks for a namespace. */
const namespaces = 0x00000080 | 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;
const terminalInput = [0x5412, 0x541c]; // TIOCSTI, TIOCLINUX
const families = { unix: [1], internet: [2, 10], netlink: [16] } as const;
/** Calls of the x32 way of calling have this bit. */
const x32 = 0x40000000;

interface Step {
  readonly code: number;
  readonly value: number;
  /** Names of the places to go on at; the next step when absent. */
  readonly hit?: string;
  readonly miss?: string;
}

const load = (at: number): Step => ({ code: 0x20, value: at });
const give = (value: number): Step => ({ code: 0x06, value });
const same = (value: number, hit: string): Step => ({ code: 0x15, value, hit });
const differs = (value: number, miss: string): Step => ({ code: 0x15, value, miss });
const atLeast = (value: number, hit: string): Step => ({ code: 0x35, value, hit });
const hasBits = (value: number, hit: string): Step => ({ code: 0x45, value, hit });

/** The program as bytes: eight for each instruction, `struct sock_filter`. */
export function seccompFilter(options: SeccompOptions): Buffer {
  const { architecture, strict, debug, offline } = options;
  const table = tables[architecture];
  const allowed = [...(strict ? [] : families.unix), ...(offline ? [] : [...families.internet, ...families.netlink])];
  const steps: (Step | string)[] = [
    load(offset.architecture),
    differs(table.audit, "kill"),
    load(offset.number),
    ...(architecture === "x64" ? [atLeast(x32, "EPERM")] : []),
    ...[...table.refused, ...(debug ? [] : table.tracing)].map((number) => same(number, "EPERM")),
    ...table.ioUring.map((number) => same(number, "ENOSYS")),
    // glibc falls back to clone, whose flags can be looked at.
    same(table.clone3, "ENOSYS"),
    same(table.clone, "clone"),
    same(table.ioctl, "ioctl"),
    same(table.socket, "family"),
    give(answer.allow),
    "clone",
    load(offset.argument(0)),
    hasBits(namespaces, "EPERM"),
    give(answer.allow),
    "ioctl",
    load(offset.argument(1)),
    ...terminalInput.map((request) => same(request, "EPERM")),
    give(answer.allow),
    "family",
    load(offset.argument(0)),
    ...allowed.map((family) => same(family, "allow")),
    give(answer.errno(errno.EAFNOSUPPORT)),
    "allow",
    give(answer.allow),
    "EPERM",
    give(answer.errno(errno.EPERM)),
    "ENOSYS",
    give(answer.errno(errno.ENOSYS)),
    "kill",
    give(answer.kill),
  ];
  return assembled(steps);
}

/** Places are behind every jump to them: classic BPF only jumps forwards, at most 255 steps. */
function assembled(steps: readonly (Step | string)[]): Buffer {
  const places = new Map<string, number>();
  const program: Step[] = [];
  for (const step of steps) {
    if (typeof step === "string") places.set(step, program.length);
    else program.push(step);
  }
  const bytes = Buffer.alloc(program.length * 8);
  for (const [index, { code, value, hit, miss }] of program.entries()) {
    const distance = (place: string | undefined): number => {
      if (place === undefined) return 0;
      const to = (places.get(place) ?? -1) - index - 1;
      if (to < 0 || to > 255) throw new RangeError(`the filter cannot reach ${place} from step ${index}`);
      return to;
    };
    bytes.writeUInt16LE(code, index * 8);
    bytes.writeUInt8(distance(hit), index * 8 + 2);
    bytes.writeUInt8(distance(miss), index * 8 + 3);
    bytes.writeUInt32LE(value >>> 0, index * 8 + 4);
  }
  return bytes;
}
