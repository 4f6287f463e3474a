import { lstatSync, readlinkSync, renameSync, symlinkSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";

/** A link in the place of something that is obeyed. No mount can hold the link itself. */
export interface ObeyedLink {
  readonly path: string;
  readonly target: string;
}

export const linksAmong = (paths: readonly string[]): readonly ObeyedLink[] =>
  paths.flatMap((path) => {
    const target = targetOf(path);
    return target === undefined ? [] : [{ path, target }];
  });

/** Makes links lead again where they led; what a program has put in the place of one is kept beside it, under a name that nobody obeys. */
export function restoreLinks(links: readonly ObeyedLink[]): void {
  for (const { path, target } of links) {
    if (targetOf(path) === target) continue;
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) renameSync(path, join(dirname(path), `claw-moved-${randomBytes(6).toString("hex")}`));
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
