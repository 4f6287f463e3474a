import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { call } from "./attempt.ts";
import type { Person, Secrets } from "./escape-world.ts";
import { as } from "./shared-things.ts";

/** The person's other programs: one that has secrets, and one to be ended. */
export interface Bystanders extends Disposable {
  readonly bystander: number;
  readonly victim: number;
  victimEnded(): boolean;
}

/** Lets itself be traced by anybody the kernel would let: it is the wall that is asked, not the kernel's habits. */
const WAITING = `$| = 1; ${call("prctl")}, 0x59616d61, -1, 0, 0, 0); my $kept = <STDIN>; $kept .= "!"; print "ready\\n"; sleep 600;`;

export async function startBystanders(secrets: Secrets, leftOpen: string, person: Person): Promise<Bystanders> {
  const open = openSync(leftOpen, "r");
  const start = async (): Promise<ChildProcess> => {
    const ignored = Array.from({ length: 6 }, () => "ignore" as const);
    const child = spawn("perl", ["-e", WAITING, secrets.argument], {
      ...as(person),
      cwd: "/",
      env: { PATH: "/usr/bin:/bin", SECRET: secrets.environment },
      stdio: ["pipe", "pipe", "inherit", ...ignored, open],
    });
    child.stdin?.end(secrets.memory);
    await once(child.stdout ?? child, "data");
    return child;
  };
  const [bystander, victim] = await Promise.all([start(), start()]);
  closeSync(open);
  return {
    bystander: bystander.pid ?? 0,
    victim: victim.pid ?? 0,
    victimEnded: () => victim.exitCode !== null || victim.signalCode !== null,
    [Symbol.dispose]() {
      bystander.kill("SIGKILL");
      victim.kill("SIGKILL");
    },
  };
}
