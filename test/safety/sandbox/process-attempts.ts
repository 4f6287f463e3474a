import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Attempt, call, ifDone, SAY_BASH, says } from "./attempt.ts";

const niceOf = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]);
};

/** Programs that reach for other processes, or that stay when they should be gone. */
export const processAttempts: readonly Attempt[] = [
  { name: "end another process", by: "bash", program: ({ world }) => `kill -TERM ${world.victim}`, escaped: ({ world }) => world.victimEnded() },
  {
    name: "end every process there is",
    by: "bash",
    program: () => "kill -KILL -1",
    escaped: ({ world }) => !existsSync(`/proc/${world.bystander}`),
    notOutside: "it would",
  },
  {
    name: "slow another process down",
    by: "perl",
    program: ({ world }) => ifDone(`${call("setpriority")}, 0, ${world.bystander}, 19)`),
    escaped: ({ world }) => niceOf(world.bystander) === 19,
  },
  {
    name: "stop another process",
    by: "bash",
    program: ({ world }) => `kill -STOP ${world.bystander} && kill -CONT ${world.bystander} && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
  },
  {
    name: "signal another process by a descriptor of it",
    by: "perl",
    program: ({ world }) =>
      `my $pid = ${call("pidfd_open")}, ${world.bystander}, 0); $pid >= 0 or die "refused: $!"; ${ifDone(`${call("pidfd_send_signal")}, $pid, 0, 0, 0)`)}`,
    escaped: says("ESCAPED"),
  },
  {
    name: "limit what another process may use",
    by: "bash",
    program: ({ world }) => `prlimit --pid ${world.bystander} --core=0 && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
  },
  {
    name: "choose the processor of another process",
    by: "bash",
    program: ({ world }) => `taskset -p 1 ${world.bystander} && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
  },
  { name: "put another process's disk last", by: "bash", program: ({ world }) => `ionice -c 3 -p ${world.bystander} && ${SAY_BASH}`, escaped: says("ESCAPED") },
  {
    name: "have another process ended first when memory is short",
    by: "bash",
    program: ({ world }) => `echo 900 > /proc/${world.bystander}/oom_score_adj && ${SAY_BASH}`,
    escaped: says("ESCAPED"),
  },
  {
    name: "make memory of the host's",
    by: "bash",
    program: () => `id=$(ipcmk -M 4096 | grep -o '[0-9]*$'); echo "made $id"`,
    escaped: (_place, output) => {
      const made = /made (\d+)/.exec(output)?.[1];
      const isThere =
        made !== undefined &&
        readFileSync("/proc/sysvipc/shm", "latin1")
          .split("\n")
          .some((line) => line.trim().split(/\s+/)[1] === made);
      if (isThere) spawnSync("perl", ["-e", `shmctl(${made}, 0, 0)`]);
      return isThere;
    },
  },
  {
    name: "trace another process",
    by: "perl",
    program: ({ world }) => `${ifDone(`${call("ptrace")}, 16, ${world.bystander}, 0, 0)`)} ${call("ptrace")}, 17, ${world.bystander}, 0, 0);`,
    escaped: says("ESCAPED"),
  },
  {
    name: "take a descriptor of another process",
    by: "perl",
    program: ({
      world,
    }) => `my $pid = ${call("pidfd_open")}, ${world.bystander}, 0); $pid >= 0 or die "refused: $!"; my $fd = ${call("pidfd_getfd")}, $pid, 9, 0); $fd >= 0 or die "refused: $!";
      open(my $file, "<", "/proc/self/fd/$fd"); print <$file>;`,
    escaped: (place, output) => output.includes(place.world.secrets.descriptor),
  },
  {
    name: "attack 90: leave a daemon behind",
    by: "bash",
    program: () => "(setsid bash -c 'sleep 1.5; echo alive > late' </dev/null >/dev/null 2>&1 &)",
    escaped: ({ workspace }) => existsSync(join(workspace, "late")),
  },
  {
    name: "leave a daemon behind that hides from signals",
    by: "perl",
    program: () =>
      `use POSIX; exit if fork; setsid(); exit if fork; $SIG{$_} = "IGNORE" for qw(HUP TERM INT QUIT); POSIX::close($_) for 0 .. 2; sleep 2; open(my $f, ">", "later"); print $f "alive";`,
    escaped: ({ workspace }) => existsSync(join(workspace, "later")),
  },
  {
    name: "read memory shared with the host",
    by: "perl",
    program: ({ world }) => `shmread(${world.shared.memory}, my $bytes, 0, 64) or die "refused: $!"; print $bytes;`,
    escaped: (place, output) => output.includes(place.world.secrets.sharedMemory),
  },
  {
    name: "read a message queue of the host",
    by: "perl",
    program: ({ world }) => `my $name = "${world.shared.queue}"; my $queue = ${call("mq_open")}, $name, 0x800, 0, 0); $queue >= 0 or die "refused: $!";
      my $bytes = "\\0" x 8192; ${call("mq_timedreceive")}, $queue, $bytes, 8192, 0, 0); print $bytes =~ /(queue-\\w+)/ ? $1 : "refused: $!";`,
    escaped: (place, output) => output.includes(place.world.secrets.queue),
  },
  {
    name: "read a key of the kernel's keyring",
    by: "perl",
    program: ({
      world,
    }) => `my ($type, $name) = ("user", "${world.shared.key}"); my $key = ${call("keyctl")}, 10, -4, $type, $name, 0); $key >= 0 or die "refused: $!";
      my $bytes = "\\0" x 256; ${call("keyctl")}, 11, $key, $bytes, 256); print $bytes;`,
    escaped: (place, output) => output.includes(place.world.secrets.keyring),
  },
  {
    name: "type into the person's terminal",
    by: "perl",
    terminal: true,
    program: ({ id }) => `ioctl(STDIN, 0x5412, $_) or die "refused: $!" for split //, "${id}\\n";`,
    escaped: ({ id }, output) => output.includes(`TYPED ${id}`),
  },
];
