import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Where bubblewrap writes how far it came: a file without a name, which the program is not given. */
export interface LaunchRecord extends Disposable {
  readonly descriptor: number;
  /** Whether the wall stood and the program began. False, too, for one that was killed with its wall. */
  hasBegun(): boolean;
}

/** Files that no launch uses now, open without a name as long as this process runs. */
const free: number[] = [];

export function openLaunchRecord(): LaunchRecord {
  const file = free.pop() ?? madeFile();
  // Opened anew it is empty, and has a position of its own.
  const descriptor = openSync(`/proc/self/fd/${file}`, "w+");
  return {
    descriptor,
    hasBegun() {
      const bytes = Buffer.alloc(Math.min(fstatSync(descriptor).size, 10_000));
      readSync(descriptor, bytes, 0, bytes.length, 0);
      // bubblewrap tells a status of what it could start only.
      return bytes.includes('"exit-code"');
    },
    [Symbol.dispose]() {
      closeSync(descriptor);
      free.push(file);
    },
  };
}

function madeFile(): number {
  const folder = mkdtempSync(join(tmpdir(), "claw-launch-"));
  try {
    return openSync(join(folder, "record"), "wx+", 0o600);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
