import { lstatSync, readFileSync } from "node:fs";
import { isWithin } from "@claw/kernel/kit";
import { isHidden } from "./hidden-places.ts";
import { realOr } from "./real-path.ts";

/**
 * The unix sockets with a path that are in sight: a bind that is read-only does not stop a connection. The text of the kernel's
 * table holds what names their makers chose; only what is a socket on the disk counts.
 */
export function visibleSockets(
  closed: readonly string[],
  hidden: readonly string[],
  inSight: readonly string[],
  table: string = socketTable(),
): readonly string[] {
  const paths = table.split("\n").flatMap((line) => {
    const named = /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{4} [0-9A-F]{2} +\d+ (\/.+)$/i.exec(line)?.[1];
    if (named === undefined || !isSocket(named)) return [];
    const path = realOr(named);
    return isHidden(path, closed) || (isHidden(path, hidden) && !inSight.some((one) => isWithin(one, path))) ? [] : [path];
  });
  return [...new Set(paths)].sort();
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket();
  } catch {
    return false;
  }
}

function socketTable(): string {
  try {
    return readFileSync("/proc/net/unix", "utf8");
  } catch {
    return "";
  }
}
