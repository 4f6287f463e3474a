import { posix } from "node:path";
import type { Located, ShellPath } from "@claw/kernel";
import type { CallReading } from "./call-reading.ts";
import type { Mode } from "./modes.ts";
import type { Facts, Voice } from "./order.ts";
import type { Bases, Place } from "./path-pattern.ts";
import { guardOf, type ProtectedFolders } from "./protected-paths.ts";
import type { Wall } from "./reach.ts";
import type { RepositoryCheck } from "./repository.ts";
import type { RuleSet } from "./rules.ts";

/** What a call does to a place: it shows what is in it, or says no more than that it is there, and how large. */
export type Touch = "writes" | "reads" | "names";

/** All that a judgement depends on, as data. */
export interface JudgeInput {
  readonly reading: CallReading;
  readonly mode: Mode;
  readonly rules: RuleSet;
  /** What the workspace found at each of the reading's paths. */
  readonly located: ReadonlyMap<string, Located>;
  readonly home: string | undefined;
  readonly protect: ProtectedFolders;
  /** Whether what lies in the sessions' folder may be obeyed. */
  readonly trusted: boolean;
  readonly repository: RepositoryCheck;
  /** What is known of the sandbox; undefined while nobody asked. */
  readonly wall: Wall | undefined;
  /** What lies below the folders that are read through and must not be read unasked: a file of each, and why. */
  readonly secretsBelow: ReadonlyMap<ShellPath, string>;
  /** By a path that stands for many: the links there that must be looked at. */
  readonly linksBelow: ReadonlyMap<ShellPath, readonly ShellPath[]>;
  /** The opinions of hooks and of classifiers that may not allow. */
  readonly voices: readonly Voice[];
  /** The opinions of classifiers that may allow; undefined while they have not been asked. */
  readonly judges?: readonly Voice[] | undefined;
  /** False if it is known that nobody can be asked. */
  readonly asker: boolean;
}

/** A path once it has been looked at. */
export interface Found extends Place {
  readonly inside: boolean;
  readonly isFolder: boolean;
  /** Whether `.agentsignore` names it. */
  readonly ignored: boolean;
  /** Whether it is another name of a file that holds credentials. */
  readonly secret: boolean;
  /** Whether it is another name of a file that is protected. */
  readonly guarded: boolean;
}

/** What the parts of one call have in common. */
export interface Scenery extends JudgeInput {
  readonly bases: Bases;
  at(path: string): Found;
  /** As `at`; a path that climbs over what may be a link is not inside. */
  aimed(aim: ShellPath): Found;
  /** Why touching these is asked about whatever the rules allow, if it is. */
  caution(places: readonly Place[], touch: Touch): string | undefined;
  /** A path as a person would write it. */
  shown(path: string): string;
  base(what: string): Pick<Facts, "mode" | "tool" | "effect" | "what" | "voices" | "judges" | "asker">;
}

/** Whether no link stands where `..` was taken out of a path; a text that does more than read may put one there. */
const isStraight = ({ over = [] }: ShellPath, { reading: { report }, located }: JudgeInput): boolean =>
  report?.class === "read-only" && over.length > 0 && over.every((path) => located.get(path)?.kind === "folder" && located.get(path)?.real === path);

export function sceneryOf(input: JudgeInput): Scenery {
  const {
    reading: { call, crowded },
    located,
    home,
    protect,
    mode,
    voices,
    judges,
    asker,
  } = input;
  const [credentials, guarded] = [new Set(protect.credentials), new Set(protect.guarded)];
  const at = (path: string): Found => {
    const found = located.get(path);
    if (found === undefined) return { path, real: path, inside: false, isFolder: false, ignored: false, secret: false, guarded: false };
    const isOtherNameIn = (files: ReadonlySet<string>): boolean => (found.links ?? 1) > 1 && found.identity !== undefined && files.has(found.identity);
    const known = { path, real: found.real, inside: found.inside, isFolder: found.kind === "folder" };
    return { ...known, ignored: found.ignored === true, secret: isOtherNameIn(credentials), guarded: isOtherNameIn(guarded) };
  };
  const start = at(call.paths[0] ?? call.cwd);
  const shown = (path: string): string => {
    const relative = posix.relative(call.cwd, path);
    return relative === "" || relative.startsWith("..") ? path : relative;
  };
  const cautionOf = (place: Place, touch: Touch): string | undefined => {
    const { inside, ignored, secret, guarded: isGuarded } = at(place.path);
    if (ignored) return `${shown(place.path)} is kept from the model: .agentsignore names it`;
    for (const path of [place.path, place.real]) {
      const guard = guardOf(path, protect);
      if (guard === undefined || (guard === "protected" && touch !== "writes")) continue;
      // That it is there is no secret of a file in the session's folders.
      if (touch === "names" && inside) continue;
      const what = guard === "secret" ? "may hold secrets" : "is protected";
      return path === place.path ? `${shown(path)} ${what}` : `${shown(place.path)} leads to ${shown(path)}, which ${what}`;
    }
    if (secret && touch !== "names") return `${shown(place.path)} is another name of a file that holds credentials`;
    return isGuarded && touch === "writes" ? `${shown(place.path)} is another name of a file that is protected` : undefined;
  };
  return {
    ...input,
    bases: { cwd: at(call.cwd), roots: call.roots.map(at), home: home === undefined ? undefined : at(home) },
    at,
    aimed: (aim) => {
      const found = at(aim.path);
      // The sink of all output is nobody's file.
      if (aim.path === "/dev/null") return { ...found, inside: true };
      return (aim.crooked && !isStraight(aim, input)) || (aim.climbs && start.path !== start.real) ? { ...found, inside: false } : found;
    },
    caution: (places, touch) =>
      crowded ? `${call.tool} names more paths than can be looked at` : places.map((place) => cautionOf(place, touch)).find((reason) => reason !== undefined),
    shown,
    base: (what) => ({ mode, tool: call.tool, effect: call.effect, what, voices, judges, asker }),
  };
}
