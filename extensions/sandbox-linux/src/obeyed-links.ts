import { readlinkSync, symlinkSync } from "node:fs";
import { isLink, isThere } from "./disk.ts";
import { newMark, putAside } from "./put-aside.ts";

/** A link in the place of something that is obeyed. No mount can hold the link itself. */
export interface ObeyedLink {
  readonly path: string;
  readonly target: string;
}

export const linksAmong = (paths: readonly string[]): readonly ObeyedLink[] =>
  paths.flatMap((path) => {
    // Most are not there: an error of each would cost.
    const target = isLink(path) ? targetOf(path) : undefined;
    return target === undefined ? [] : [{ path, target }];
  });

/** Makes links lead again where they led; what a program has put in the place of one is kept beside it, under a name that nobody obeys. */
export function restoreLinks(links: readonly ObeyedLink[]): void {
  for (const { path, target } of links) {
    if (targetOf(path) === target) continue;
    if (isThere(path)) putAside(path, newMark());
    symlinkSync(target, path);
  }
}

function targetOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
