import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ClawError, type Launch, type SandboxPolicy } from "@claw/kernel";
import { wallArguments } from "./arguments.ts";
import { containedEnvironment } from "./environment.ts";
import { openFilter } from "./filter-file.ts";
import { createGitExcludes } from "./git-excludes.ts";
import { gitIdentity } from "./git-identity.ts";
import { inheritedDescriptors, withNothingElse } from "./inherited-descriptors.ts";
import { openLaunchRecord } from "./launch-record.ts";
import { limited } from "./limits.ts";
import { openWay } from "./network-way.ts";
import { createPlaceholders } from "./placeholders.ts";
import { placeFactsOf, placesOf } from "./places.ts";
import type { Probe } from "./probe.ts";
import { linksAmong, restoreLinks } from "./obeyed-links.ts";
import { keptFree, obeyedNames } from "./protected-paths.ts";
import { watchPlanted } from "./planted-paths.ts";
import { realOr } from "./real-path.ts";
import { within } from "./sandbox-config.ts";
import type { SandboxOptions } from "./sandbox.ts";
import { createUndo } from "./undo.ts";

/** The wall that a probe has put up. */
export interface Standing {
  readonly level: NonNullable<Probe["level"]>;
  readonly bubblewrap: NonNullable<Probe["bubblewrap"]>;
}

export type Launcher = (
  command: readonly string[],
  policy: SandboxPolicy & { readonly mode: "workspace-only" | "allow-list" },
  wall: Standing,
  signal: AbortSignal,
) => Promise<Launch>;

/** Where bubblewrap finds the filter of system calls. */
const FILTER = 3;
/** And where it writes how far it came. */
const RECORD = 4;
/** bubblewrap takes 9000 in all. */
const MOST_ARGUMENTS = 8_500;

/** What puts a wall around one command. */
export function createLauncher(options: SandboxOptions, hosts: readonly string[], hidden: readonly string[], onFailed: () => void): Launcher {
  const { config, rules, state } = options;
  const facts = placeFactsOf(options, hidden);
  const { home } = facts;
  const placeholders = createPlaceholders(join(state, "sandbox", "placeholders.jsonl"));
  const excludesOf = createGitExcludes(state, home);
  let empty: { readonly file: string; readonly folder: string } | undefined;
  // What Node opens is closed for others: nothing is added to what it was started with.
  let inherited: readonly number[] | undefined;
  let identity: readonly { readonly from: string; readonly to: string }[] | undefined;

  return async (command, policy, { level, bubblewrap }, signal) => {
    const { contained, mode } = policy;
    const places = placesOf(policy, facts);
    const allowed = contained.hosts === "any" ? (rules.hosts ?? "any") : [...new Set([...hosts, ...within(contained.hosts, rules)])];
    const openNetwork = allowed === "any";
    // An empty file that another program's wall has left there for now is nobody's.
    const guarded = places.guarded.map((one) => (one.type === "read-only" && placeholders.holds(one.path) ? keptFree(one.path) : one));
    const free = guarded.flatMap(({ type, path }) => (type === "kept free" ? [path] : []));
    const undo = createUndo();
    try {
      const program = limited(command, config);
      const filter = openFilter({ strict: config.strict, debug: config.debug, offline: level === "no-net-ns" && !openNetwork });
      undo.add(() => filter[Symbol.dispose]());
      const way = allowed === "any" || allowed.length === 0 || level === "no-net-ns" ? undefined : await openWay(program, allowed, options.log, undo);
      signal.throwIfAborted();
      placeholders.hold(free);
      undo.add(() => placeholders.release(free));
      const planted = watchPlanted(places.watched, guarded, home, places.allowed);
      undo.add(() => planted.takeBack(options.log));
      const links = linksAmong(places.roots.filter((root) => places.writable.includes(root)).flatMap((root) => obeyedNames(root, home)));
      undo.add(() => restoreLinks(links));
      empty ??= { file: madeFile(state, "empty", ""), folder: madeFolder(state, "empty-folder") };
      identity ??= copiedIdentity(home, state);
      const wall = wallArguments({
        level,
        mode,
        disableUserns: bubblewrap.disableUserns,
        openNetwork,
        emptied: mode === "allow-list" ? [...new Set(["/tmp", "/run", ...(home === undefined || home === "/" ? [] : [home])])] : hidden,
        readable: [...places.readable, ...(openNetwork ? ["/run/systemd/resolve", "/run/resolvconf"] : [])],
        copies: [...(places.roots.some((root) => root === home) ? [] : identity), ...excludesOf(guarded, places)],
        writable: places.writable,
        guarded,
        empty,
        masked: places.masked,
        proxy: way?.binds ?? [],
        cwd: realOr(policy.cwd),
        seccomp: FILTER,
      });
      if (wall.length > MOST_ARGUMENTS)
        throw new ClawError(
          "SANDBOX_FAILED",
          "there are too many files to be kept out of sight one by one",
          { stage: "mounts" },
          { fix: "name their folders in .agentsignore in the place of the files" },
        );
      const record = bubblewrap.tellsStatus === true ? openLaunchRecord() : undefined;
      undo.add(() => {
        if (record?.hasBegun() === false) onFailed();
        record?.[Symbol.dispose]();
      });
      const given = withNothingElse([filter.descriptor, ...(record === undefined ? [] : [record.descriptor])], (inherited ??= inheritedDescriptors()));
      undo.add(() => given[Symbol.dispose]());
      const begin = [bubblewrap.path, ...(record === undefined ? [] : ["--json-status-fd", String(RECORD)])];
      return {
        command: [...begin, ...wall, ...(way?.command ?? program)],
        environment: containedEnvironment(policy.environment, way?.environment ?? {}, mode),
        cwd: realOr(policy.cwd),
        descriptors: given.descriptors,
        backend: level === "nested" ? "bwrap-nested" : "bwrap",
        denials: () => [
          ...(way?.denials() ?? []),
          ...planted
            .found()
            .map(({ path, aside }) => ({ type: "path" as const, what: path, why: `other programs would obey it: it is put aside as ${basename(aside)}` })),
        ],
        [Symbol.asyncDispose]: () => undo.run(),
      };
    } catch (error) {
      await undo.run();
      throw error;
    }
  };
}

/** A copy of what programs may know of the person's git. */
function copiedIdentity(home: string | undefined, state: string): readonly { readonly from: string; readonly to: string }[] {
  const text = home === undefined ? undefined : gitIdentity(home);
  if (text === undefined || home === undefined) return [];
  return [{ from: madeFile(state, "gitconfig", text), to: join(home, ".gitconfig") }];
}

function madeFolder(state: string, name: string): string {
  const path = join(state, "sandbox", name);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}

function madeFile(state: string, name: string, text: string): string {
  const path = join(state, "sandbox", name);
  mkdirSync(join(state, "sandbox"), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}
