import { spawn } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, unlinkSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface Pipe {
  readonly reader: Readable;
  /** A descriptor to hand to a program; to be closed here once it has it. */
  readonly writer: number;
}

export interface Pipes extends Disposable {
  /** Undefined where no pipe can be made. */
  open(): Promise<Pipe | undefined>;
}

/** How many are made at a time: one `mkfifo` costs hardly more for many than for one. */
const BATCH = 32;

/**
 * Real pipes. Node connects a program with sockets, which nothing can open a second time: `echo x > /dev/stderr` fails, and two
 * sockets lose the order of writes. A named pipe, opened at both ends and then unlinked, has neither fault.
 */
export function createPipes(mkfifo: string | undefined, temporary: string): Pipes {
  let folder: string | undefined;
  let made = 0;
  let refilling: Promise<void> | undefined;
  const stock: string[] = [];

  const refill = async (): Promise<void> => {
    if (mkfifo === undefined) return;
    const home = (folder ??= mkdtempSync(join(temporary, "claw-pipes-")));
    const names = Array.from({ length: BATCH }, () => join(home, String(made++)));
    if (await succeeds(mkfifo, ["-m", "600", ...names])) stock.push(...names);
  };
  return {
    async open() {
      if (stock.length === 0) await (refilling ??= refill().finally(() => (refilling = undefined))).catch(() => undefined);
      const name = stock.pop();
      return name === undefined ? undefined : connect(name);
    },
    [Symbol.dispose]() {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const child = spawn(program, args, { env: {}, stdio: "ignore" });
  child.on("error", () => resolve(false));
  child.on("exit", (code) => resolve(code === 0));
  return promise;
}

function connect(name: string): Pipe | undefined {
  let reading: number | undefined;
  try {
    reading = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(name, constants.O_WRONLY);
    unlinkSync(name);
    return { reader: new Socket({ fd: reading, readable: true, writable: false }), writer };
  } catch {
    if (reading !== undefined) closeSync(reading);
    return undefined; // The folder is gone or full: two sockets do as well.
  }
}
