import { describe, expect, test } from "vitest";
import { seccompFilter } from "../src/seccomp.ts";
import { runFilter } from "./bpf-machine.ts";

const [ALLOW, KILL, EPERM, ENOSYS, EAFNOSUPPORT] = [0x7fff0000, 0x80000000, 0x00050001, 0x00050026, 0x00050061];
/** Names and numbers as the kernel's tables have them: x86_64, then the generic one of arm64. */
const refused: Readonly<Record<string, readonly [number, number]>> = {
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  pidfd_getfd: [438, 438],
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  open_by_handle_at: [304, 265],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  settimeofday: [164, 170],
  clock_settime: [227, 112],
  adjtimex: [159, 171],
  clock_adjtime: [305, 266],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  acct: [163, 89],
  syslog: [103, 116],
  quotactl: [179, 60],
};
const tracing = { ptrace: [101, 117], process_vm_readv: [310, 270], process_vm_writev: [311, 271] } as const;
const ordinary = {
  read: [0, 63],
  write: [1, 64],
  openat: [257, 56],
  execve: [59, 221],
  connect: [42, 203],
  socketpair: [53, 199],
  exit_group: [231, 94],
} as const;
const machines = [
  { architecture: "x64", audit: 0xc000003e, other: 0xc00000b7, at: 0, socket: 41, clone: 56, ioctl: 16 },
  { architecture: "arm64", audit: 0xc00000b7, other: 0xc000003e, at: 1, socket: 198, clone: 220, ioctl: 29 },
] as const;

describe.each(machines)("the filter of system calls for $architecture", ({ architecture, audit, other, at, socket, clone, ioctl }) => {
  const usual = { architecture, strict: false, debug: false, offline: false } as const;
  const answer = (number: number, given: readonly (number | bigint)[] = [], options: Partial<typeof usual> | Record<string, boolean> = {}): number =>
    runFilter(seccompFilter({ ...usual, ...options }), { number, architecture: audit, arguments: given.map(BigInt) });
  const family = (number: number, options: Record<string, boolean> = {}): number => answer(socket, [number, 1, 0], options);

  test.each(Object.entries(refused))("refuses %s", (_name, numbers) => {
    for (const options of [{}, { debug: true }, { strict: true }, { offline: true }]) expect(answer(numbers[at], [], options)).toBe(EPERM);
  });

  test.each(Object.entries(ordinary))("lets %s pass", (_name, numbers) => {
    for (const options of [{}, { strict: true, offline: true }]) expect(answer(numbers[at], [2], options)).toBe(ALLOW);
  });

  test.each(Object.entries(tracing))("refuses %s unless programs may trace one another", (_name, numbers) => {
    expect([answer(numbers[at]), answer(numbers[at], [], { debug: true })]).toEqual([EPERM, ALLOW]);
  });

  test("kills what calls in another machine's way", () => {
    for (const architectureOf of [other, 0x40000003, 0x40000028, 0]) {
      expect(runFilter(seccompFilter(usual), { number: 0, architecture: architectureOf })).toBe(KILL);
    }
  });

  test("does as if there were no io_uring and no clone3", () => {
    expect([425, 426, 427, 435].map((number) => answer(number))).toEqual([ENOSYS, ENOSYS, ENOSYS, ENOSYS]);
  });

  test("makes sockets of four families alone: unix unless strict, the internet unless offline", () => {
    const families = Array.from({ length: 50 }, (_, index) => index);
    const made = (options: Record<string, boolean>): readonly number[] => families.filter((number) => family(number, options) === ALLOW);
    expect([made({}), made({ strict: true }), made({ offline: true }), made({ strict: true, offline: true })]).toEqual([[1, 2, 10, 16], [2, 10, 16], [1], []]);
    expect(family(40)).toBe(EAFNOSUPPORT);
    expect(family(-1)).toBe(EAFNOSUPPORT);
  });

  test("lets nothing be typed into a terminal, however the request is written", () => {
    const requests = [0x5412, 0x541c, 0x1_0000_5412n, 0xffff_ffff_0000_541cn, 0x5401, 0x5413];
    expect(requests.map((request) => answer(ioctl, [0, request]))).toEqual([EPERM, EPERM, EPERM, EPERM, ALLOW, ALLOW]);
  });

  test("makes processes and threads, and no namespaces", () => {
    const namespaces = [0x80, 0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000];
    expect(namespaces.map((flag) => answer(clone, [flag | 17]))).toEqual(namespaces.map(() => EPERM));
    expect([17, 0x3d0f00, 0x1200011, 0x4111].map((flags) => answer(clone, [flags]))).toEqual([ALLOW, ALLOW, ALLOW, ALLOW]);
  });

  test("every jump leads to an instruction, and every way to an answer", () => {
    const program = seccompFilter(usual);
    expect(program.length % 8).toBe(0);
    const answers = new Set(Array.from({ length: 600 }, (_, number) => answer(number)));
    expect([...answers].sort()).toEqual([ALLOW, EPERM, ENOSYS, EAFNOSUPPORT].sort());
  });
});

test("x32 is another machine with the same name", () => {
  const program = seccompFilter({ architecture: "x64", strict: false, debug: false, offline: false });
  expect([0x40000000, 0x40000001, 0x400000ff, 0xffffffff].map((number) => runFilter(program, { number, architecture: 0xc000003e }))).toEqual([
    EPERM,
    EPERM,
    EPERM,
    EPERM,
  ]);
});
