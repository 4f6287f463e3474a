import { ClawError, type CallScope, type Located } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { existsSync, realpathSync } from "node:fs";
import { join, relative } from "node:path";
import type { AgentsIgnore, AgentsRules, AgentsVerdict } from "./agents-ignore.ts";
import { retried } from "./opened.ts";
import { absolutePath } from "./path-text.ts";
import { resolveReal } from "./real-path.ts";

export interface Confinement {
  locate(path: string, call: CallScope): Promise<Located>;
  /** As `locate`, but throws for what the call may not open. */
  admit(path: string, call: CallScope): Promise<Located>;
}

interface Look {
  readonly place: Located;
  readonly refusal: ClawError | undefined;
}

/** Decides by real paths only: what a path is called says nothing about where it leads. Only what a person forbade holds for both. */
export function createConfinement(home: string | undefined, agents: AgentsIgnore): Confinement {
  const look = async (path: string, call: CallScope): Promise<Look> => {
    call.signal.throwIfAborted();
    const asked = absolutePath(path, call.cwd, home);
    const folders = realFolders(call);
    const found = await retried(() => resolveReal(asked));
    const place = { path: asked, ...found, inside: folders.some((folder) => isWithin(folder, found.real)) };
    const mayOpen = place.inside || isAllowed(asked, found.real, [...foldersOf(call), ...folders], call.allowed ?? []);
    if (!mayOpen) return { place, refusal: outside(place, call) };
    const ignored = ignoredBy(await agents.rulesOf(call), place);
    if (ignored === "free") return { place: place.inside ? place : { ...place, allowed: true }, refusal: undefined };
    const refusal = ClawError.is(ignored) ? ignored : isAllowedThough(place, call) ? undefined : named(place);
    return { place: { ...place, ignored: true, ...(refusal === undefined ? { allowed: true } : {}) }, refusal };
  };

  return {
    locate: async (path, call) => (await look(path, call)).place,
    async admit(path, call) {
      const { place, refusal } = await look(path, call);
      if (refusal !== undefined) throw refusal;
      return place;
    },
  };
}

/**
 * A path that is named inside the session's folders was judged as one of theirs: if it leads out of them through a link,
 * only a judgement of where it leads counts.
 */
const isAllowed = (asked: string, real: string, folders: readonly string[], allowed: readonly string[]): boolean =>
  allowed.includes(real) || (allowed.includes(asked) && !folders.some((folder) => isWithin(folder, asked)));

/** By where it leads, and by what it is called. */
function ignoredBy(rules: AgentsRules | undefined, { path, real, kind }: Located): AgentsVerdict {
  if (rules === undefined) return "free";
  const verdicts = [real, path].map((name) => rules.verdict(name, kind === "folder"));
  return verdicts.find((verdict) => ClawError.is(verdict)) ?? (verdicts.includes("named") ? "named" : "free");
}

/** As for what is outside: a judgement of a name counts for what has that name, not for what a link of that name leads to. */
function isAllowedThough({ path, real }: Located, call: CallScope): boolean {
  const { allowed = [] } = call;
  const isStraight = call.roots.some((root) => existsSync(root) && isWithin(root, path) && join(realpathSync.native(root), relative(root, path)) === real);
  return allowed.includes(real) || (allowed.includes(path) && (path === real || isStraight));
}

const foldersOf = (call: CallScope): readonly string[] => (call.scratch === undefined ? call.roots : [...call.roots, call.scratch]);

/**
 * The call's folders by their real paths. Not kept: one may be moved or made while a session runs. One that does not exist holds
 * nothing. Asked for on every call and without waiting: the system answers in microseconds, a thread of its own in tenths of a millisecond.
 */
export const realFolders = (call: CallScope): readonly string[] =>
  foldersOf(call).flatMap((folder) => {
    // The scratch folder mostly does not exist, and an error costs more than a look.
    if (!existsSync(folder)) return [];
    try {
      return [realpathSync.native(folder)];
    } catch {
      return [];
    }
  });

function outside({ path, real }: Located, call: CallScope): ClawError {
  const leads = path === real ? path : `${path} leads to ${real}, which`;
  return new ClawError(
    "PATH_OUTSIDE",
    `${leads} is outside this session's folders (${call.roots.join(", ")})`,
    { path },
    {
      fix:
        path === real
          ? "start claw with --add-dir and its folder, or allow this path"
          : `name ${real} itself, so that it can be judged, or start claw with --add-dir and its folder`,
    },
  );
}

function named({ path, real }: Located): ClawError {
  const leads = path === real ? path : `${path} (${real})`;
  return new ClawError(
    "PATH_OUTSIDE",
    `${leads} is kept from agents: an .agentsignore of this session's folders names it`,
    { path },
    { fix: path === real ? "do without it, or ask the person to allow this path" : `do without it, or name ${real} itself, so that it can be judged` },
  );
}
