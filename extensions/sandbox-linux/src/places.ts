import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { ClawError, type SandboxPolicy } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { homeSecrets, isHidden, systemSecrets } from "./hidden-places.ts";
import { type Guarded, guardedPaths, heldIn } from "./protected-paths.ts";
import { lookBelow } from "./folders-below.ts";
import type { Watched } from "./planted-paths.ts";
import { isFolder, realOr } from "./real-path.ts";
import type { SandboxConfig } from "./sandbox-config.ts";
import { toolChains } from "./tool-chains.ts";
import { visibleSockets } from "./unix-sockets.ts";

export interface PlaceFacts {
  readonly config: Pick<SandboxConfig, "writable" | "allow">;
  readonly home: string | undefined;
  readonly own: readonly string[];
  readonly bin: string;
  readonly pathFolders: readonly string[];
  /** What an empty folder takes the place of. */
  readonly hidden: readonly string[];
}

/** The same for every program of one sandbox. */
export const placeFactsOf = ({ config, home, own, bin, pathFolders }: Omit<PlaceFacts, "hidden">, hidden: readonly string[]): PlaceFacts => ({
  config,
  home: home === undefined ? undefined : realOr(home),
  own: own.map(realOr),
  bin: realOr(bin),
  pathFolders,
  hidden,
});

/** What of the disk a program has, as real paths. */
export interface Places {
  readonly roots: readonly string[];
  readonly writable: readonly string[];
  readonly readable: readonly string[];
  readonly guarded: readonly Guarded[];
  /** The folders in which something could be planted, as they are now. */
  readonly watched: readonly Watched[];
  /** What the person allowed to be written, there or not. */
  readonly allowed: readonly string[];
  readonly masked: { readonly files: readonly string[]; readonly folders: readonly string[]; readonly but: readonly string[] };
}

/** Throws SANDBOX_FAILED where a policy asks for what no wall can give. */
export function placesOf(policy: Pick<SandboxPolicy, "roots" | "scratch" | "hidden" | "unwritable" | "contained">, facts: PlaceFacts): Places {
  const { config, home, own, bin, hidden } = facts;
  const roots = policy.roots.map(realOr);
  const further = [...config.writable.map(realOr).filter((path) => existsSync(path)), ...policy.contained.writable.map((path) => placeToWrite(path, facts))];
  const denied = (policy.unwritable ?? []).map(realOr).filter((path) => existsSync(path));
  const isDenied = (path: string): boolean => denied.some((one) => isWithin(one, path));
  const writable = [...new Set([...roots, ...further])].filter((path) => existsSync(path) && !isDenied(path)).sort();
  const scratch = policy.scratch === undefined || !existsSync(policy.scratch) ? [] : [realOr(policy.scratch)];
  const named = [...config.allow, ...policy.contained.readable].map(realOr);
  const readable = [
    ...toolChains(facts.pathFolders, hidden, home, roots),
    ...(isHidden(bin, hidden) ? [bin] : []),
    ...named,
    ...roots.filter(isDenied),
    ...scratch,
  ];
  const system = writable.find(isSystem);
  if (system !== undefined)
    throw new ClawError(
      "SANDBOX_FAILED",
      `${system} is the system's own: a sandboxed program cannot be given it to write`,
      { stage: "mounts" },
      { fix: "start claw in the project's folder, and name the folders that are needed" },
    );
  if (readable.includes("/"))
    throw new ClawError(
      "SANDBOX_FAILED",
      "the whole file system cannot be a folder of a sandbox",
      { stage: "mounts" },
      { fix: "start claw in the project's folder, and name the folders that are needed" },
    );
  const inSight = [...writable, ...readable];
  const ignored = policy.hidden.map(realOr).filter((path) => existsSync(path));
  const secrets = systemSecrets(inSight);
  // Where somebody's whole home folder is shown, what opens other doors is not, unless it was named itself.
  const closed = [...own.filter((path) => existsSync(path)), ...(home === undefined ? [] : homeSecrets(home))].filter(
    (path) => inSight.some((one) => one !== path && isWithin(one, path)) && !inSight.includes(path),
  );
  const masked = {
    folders: [...secrets.folders, ...closed.filter(isFolder), ...ignored.filter(isFolder)],
    files: [...secrets.files, ...[...closed, ...ignored].filter((path) => !isFolder(path)), ...visibleSockets([...ignored, ...closed], hidden, inSight)],
    but: [...scratch, bin, ...named].filter((path) => closed.some((folder) => isWithin(folder, path)) && !isHidden(path, ignored)),
  };
  const outOfSight = [...ignored, ...closed];
  const elsewhere = further.filter((path) => isFolder(path) && !roots.some((root) => isWithin(root, path)));
  const watched = [...new Set([...roots, ...elsewhere])].filter((path) => !isDenied(path)).map((root) => ({ root, below: lookBelow(root) }));
  const found = watched
    .flatMap(({ root, below }) => {
      const guarded = guardedPaths(root, home, below);
      // Elsewhere nothing is put where nothing is.
      return roots.includes(root) ? guarded : guarded.filter(({ type }) => type !== "kept free");
    })
    .concat(roots.flatMap((root) => heldIn(root, denied)))
    .filter(({ path }) => !isHidden(path, outOfSight));
  const allowed = policy.contained.writable.map(realOr).filter((path) => !roots.some((root) => isWithin(path, root)));
  return { roots, writable, readable, guarded: [...unique(found, true), ...unique(found, false)], watched, allowed, masked };
}

/** Folders that a program with them could do anything with. A project that lies in one is another matter, but for those of the kernel. */
const systemOwn: ReadonlySet<string> = new Set([
  "/",
  ...[
    "bin",
    "boot",
    "etc",
    "home",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "run",
    "sbin",
    "usr",
    "usr/bin",
    "usr/lib",
    "usr/local",
    "usr/sbin",
    "var",
    "var/lib",
  ].map((name) => `/${name}`),
]);
const isSystem = (path: string): boolean => systemOwn.has(path) || path === "/dev" || ["/proc", "/sys"].some((one) => isWithin(one, path));

/** Each once; what is held in its place comes before what may not be written, which it would cover. */
const unique = (guarded: readonly Guarded[], pinned: boolean): readonly Guarded[] =>
  [...new Map(guarded.filter(({ type }) => (type === "pinned") === pinned).map((one) => [one.path, one])).values()].sort((a, b) => (a.path < b.path ? -1 : 1));

/**
 * What is bound so that one path outside may be written. A file that is not there yet is made in its folder: that one is bound,
 * unless it holds far more than what was asked for.
 */
function placeToWrite(asked: string, { home, own, hidden }: PlaceFacts): string {
  const path = realOr(asked);
  if (existsSync(path)) return path;
  const folder = nearest(dirname(path));
  const holdsMore = dirname(folder) === "/" || folder === "/" || [home, ...own, ...hidden].some((one) => one !== undefined && isWithin(folder, one));
  const isPrivate = home !== undefined && folder !== home && isWithin(home, folder) && folder.slice(home.length + 1).startsWith(".");
  if (holdsMore || isPrivate || own.some((one) => isWithin(one, folder)))
    throw new ClawError(
      "SANDBOX_FAILED",
      `${asked} is not there yet, and ${folder}, the folder it would be made in, cannot be opened to a sandboxed program as a whole`,
      { stage: "mounts" },
      { fix: "make it first, or ask for the command to run outside the sandbox (needs: outside)" },
    );
  return folder;
}

function nearest(path: string): string {
  const real = realOr(path);
  return isFolder(real) || path === "/" ? real : nearest(dirname(path));
}
