import { spawnSync } from "node:child_process";
import { call } from "./attempt.ts";
import type { Person, Secrets } from "./escape-world.ts";

/** What processes of one machine share without a file: memory, a queue, a key of the kernel's. */
export interface SharedThings extends Disposable {
  readonly names: { readonly memory: number; readonly queue: string; readonly key: string };
}

export function shareThings(mark: string, secrets: Secrets, person: Person): SharedThings {
  const perl = (text: string): string => {
    const { stdout, stderr, status } = spawnSync("perl", ["-e", text], { ...as(person), encoding: "utf8" });
    if (status !== 0) throw new Error(`perl: ${stderr}`);
    return stdout;
  };
  const memory = Number(
    perl(`my $id = shmget(0, 4096, 0666 | 01000); defined $id or die $!; shmwrite($id, "${secrets.sharedMemory}", 0, 64) or die $!; print $id;
      my $name = "${mark}"; my $queue = ${call("mq_open")}, $name, 0x42, 0666, 0); $queue >= 0 or die $!; my $text = "${secrets.queue}";
      ${call("mq_timedsend")}, $queue, $text, length $text, 0, 0) >= 0 or die $!;
      my ($type, $bytes) = ("user", "${secrets.keyring}"); my $key = ${call("add_key")}, $type, $name, $bytes, length $bytes, -4); $key >= 0 or die $!;
      ${call("keyctl")}, 5, $key, 0x3f3f0000) >= 0 or die $!;`),
  );
  return {
    names: { memory, queue: mark, key: mark },
    [Symbol.dispose]() {
      perl(`shmctl(${memory}, 0, 0); my ($type, $name) = ("user", "${mark}"); ${call("mq_unlink")}, $name);
        my $key = ${call("keyctl")}, 10, -4, $type, $name, 0); ${call("keyctl")}, 9, $key, -4);`);
    },
  };
}

/** The options of `spawn` for a person other than this process's own. */
export const as = ({ uid, gid }: Person): { readonly uid?: number; readonly gid?: number } => (process.getuid?.() === uid ? {} : { uid, gid });
