import { ClawError, type Located } from "@claw/kernel";
import { lstatSync, readlinkSync, realpathSync } from "node:fs";
import { dirname, join, parse, resolve, sep } from "node:path";
import { diskError, errnoOf } from "./disk-error.ts";
import { changed } from "./opened.ts";

export type RealPath = Pick<Located, "real" | "kind" | "links" | "identity">;

/** As many as Linux follows. */
const maxLinks = 40;

/** Where an absolute path leads with every link followed, also when its end is missing or a link to something missing. */
export function resolveReal(path: string): RealPath {
  try {
    const real = realpathSync.native(path);
    return described(real);
  } catch (error) {
    // Also what was there a moment ago and is gone.
    if (errnoOf(error) === "ENOENT") return resolveMissing(path);
    if (errnoOf(error) === "ELOOP") throw circle(path, error);
    throw diskError(error, path, "read");
  }
}

function described(real: string): RealPath {
  const stats = lstatSync(real, { bigint: true });
  if (stats.isSymbolicLink()) throw changed(real);
  const identity = `${stats.dev}:${stats.ino}`;
  if (stats.isFile()) return { real, kind: "file", links: Number(stats.nlink), identity };
  return { real, kind: stats.isDirectory() ? "folder" : "other", identity };
}

/** Follows what there is link by link: `realpath` gives up on a path whose end is missing, and a link's target may be what is missing. */
function resolveMissing(path: string): RealPath {
  let { root: current } = parse(path);
  let pending = partsOf(path.slice(current.length));
  for (let links = 0; pending.length > 0;) {
    const [name = "", ...rest] = pending;
    pending = rest;
    if (name === "..") {
      current = dirname(current);
      continue;
    }
    const next = join(current, name);
    const target = targetOf(next, path);
    if (target === missing) {
      // The system would say that it does not exist; resolving `..` against a folder still to be made would guess what that will be.
      if (pending.includes("..")) throw new ClawError("PATH_NOT_FOUND", `${path} leads through ${next}, which does not exist`, { path });
      return { real: join(next, ...pending), kind: "missing" };
    }
    if (target === undefined) {
      current = next;
      continue;
    }
    links += 1;
    if (links > maxLinks) throw circle(path, undefined);
    const { root } = parse(target);
    if (root !== "") current = resolve(root);
    pending = [...partsOf(target.slice(root.length)), ...pending];
  }
  try {
    return described(current);
  } catch (error) {
    throw ClawError.is(error) ? error : diskError(error, path, "read");
  }
}

const missing = Symbol("missing");

function targetOf(path: string, asked: string): string | typeof missing | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return missing;
    return stats.isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return missing;
    // It was a link and is none now.
    if (errnoOf(error) === "EINVAL") throw changed(asked, error);
    throw diskError(error, asked, "read");
  }
}

const partsOf = (path: string): string[] => path.split(sep).filter((name) => name !== "" && name !== ".");

const circle = (path: string, cause: unknown): ClawError =>
  new ClawError("PATH_NOT_FOUND", `${path} leads through links that go in a circle`, { path }, { cause });
