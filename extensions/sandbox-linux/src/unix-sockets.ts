import { readFileSync } from "node:fs";
import { isHidden } from "./hidden-places.ts";

/** The unix sockets with a path that are listened on and in sight: a bind that is read-only does not stop a connection. */
export function visibleSockets(hidden: readonly string[], table: string = socketTable()): readonly string[] {
  const paths = table.split("\n").flatMap((line) => {
    const path = /^[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{8} [0-9A-F]{4} [0-9A-F]{2} +\d+ (\/.+)$/i.exec(line)?.[1];
    return path === undefined || isHidden(path, hidden) ? [] : [path];
  });
  return [...new Set(paths)].sort();
}

function socketTable(): string {
  try {
    return readFileSync("/proc/net/unix", "utf8");
  } catch {
    return "";
  }
}
