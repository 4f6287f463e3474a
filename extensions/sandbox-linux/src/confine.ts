import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Launch, SandboxPolicy } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { containedEnvironment } from "./environment.ts";
import { openFilter } from "./filter-file.ts";
import { inheritedDescriptors, withNothingElse } from "./inherited-descriptors.ts";
import { allBut, confined, type Landlock } from "./landlock.ts";
import { limited } from "./limits.ts";
import { linksAmong, restoreLinks } from "./obeyed-links.ts";
import { obeyedNames } from "./protected-paths.ts";
import { placeFactsOf, placesOf } from "./places.ts";
import { watchPlanted } from "./planted-paths.ts";
import { realOr } from "./real-path.ts";
import { within } from "./sandbox-config.ts";
import type { SandboxOptions } from "./sandbox.ts";
import { createUndo } from "./undo.ts";

export type Confiner = (
  command: readonly string[],
  policy: SandboxPolicy & { readonly mode: "workspace-only" | "allow-list" },
  landlock: Landlock,
  signal: AbortSignal,
) => Promise<Launch>;

/** Where perl finds the filter of system calls. */
const FILTER = 3;
/** Of the system's own, what a program needs to be shown where nothing else is. */
const system: readonly string[] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/nix/store", "/proc", "/dev", "/sys"];
/** What is open with all that is below it cannot be closed in part: where something in it must not be written, only what else is there may be. */
const writableIn = (folder: string, denied: readonly string[]): readonly string[] =>
  denied.some((one) => isWithin(folder, one)) ? allBut(denied, folder) : [folder];
/** Devices that hold nothing. */
const devices: readonly string[] = ["null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts"].map((name) => `/dev/${name}`);

/**
 * What puts a wall of Landlock around one command, where no better one can be had: files outside of the session's folders, signals and, without hosts, the
 * internet. Inside the folders it holds nothing: what a program planted there is put aside when it has ended.
 */
export function createConfiner(options: SandboxOptions, hosts: readonly string[], hidden: readonly string[]): Confiner {
  const { config, rules } = options;
  const facts = placeFactsOf(options, hidden);
  const { home } = facts;
  let inherited: readonly number[] | undefined;

  return async (command, policy, landlock, signal) => {
    const { contained, mode } = policy;
    const places = placesOf(policy, facts);
    // Landlock knows ports and no hosts: who may reach one may reach all.
    const offline = contained.hosts !== "any" && [...hosts, ...within(contained.hosts, rules)].length === 0;
    const undo = createUndo();
    try {
      const program = limited(command, config);
      const filter = openFilter({ strict: config.strict, debug: config.debug, offline });
      undo.add(() => filter[Symbol.dispose]());
      signal.throwIfAborted();
      const temporary = mkdtempSync(join(tmpdir(), "claw-"));
      undo.add(() => rmSync(temporary, { recursive: true, force: true }));
      const planted = watchPlanted(places.watched, [], home, places.allowed);
      undo.add(() => planted.takeBack(options.log));
      const links = linksAmong(places.roots.flatMap((root) => obeyedNames(root, home)));
      undo.add(() => restoreLinks(links));
      const shown = mode === "allow-list" ? system : allBut([...hidden, ...places.masked.folders, ...places.masked.files]);
      const wall = {
        readable: [...shown, ...places.readable, ...places.masked.but, ...(offline ? [] : ["/run/systemd/resolve", "/run/resolvconf"])],
        writable: [...places.writable.flatMap((path) => writableIn(path, (policy.unwritable ?? []).map(realOr))), temporary, ...devices],
        offline,
        filter: FILTER,
      };
      const given = withNothingElse([filter.descriptor], (inherited ??= inheritedDescriptors()));
      undo.add(() => given[Symbol.dispose]());
      return {
        command: confined(program, landlock, wall),
        environment: { ...containedEnvironment(policy.environment, {}, mode), TMPDIR: temporary },
        cwd: realOr(policy.cwd),
        descriptors: given.descriptors,
        backend: "landlock",
        denials: () =>
          planted
            .found()
            .map(({ path, aside }) => ({ type: "path" as const, what: path, why: `other programs would obey it: it is put aside as ${basename(aside)}` })),
        [Symbol.asyncDispose]: () => undo.run(),
      };
    } catch (error) {
      await undo.run();
      throw error;
    }
  };
}
