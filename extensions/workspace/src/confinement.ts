import { ClawError, type CallScope, type Located } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { existsSync, realpathSync } from "node:fs";
import { retried } from "./opened.ts";
import { absolutePath } from "./path-text.ts";
import { resolveReal } from "./real-path.ts";

export interface Confinement {
  locate(path: string, call: CallScope): Promise<Located>;
  /** As `locate`, but throws PATH_OUTSIDE for what the call may not open. */
  admit(path: string, call: CallScope): Promise<Located>;
}

/** Decides by real paths only: what a path is called says nothing about where it leads. */
export function createConfinement(home: string | undefined): Confinement {
  const locate = async (path: string, call: CallScope): Promise<Located> => {
    call.signal.throwIfAborted();
    const asked = absolutePath(path, call.cwd, home);
    const folders = realFolders(call);
    const { real, kind } = await retried(() => resolveReal(asked));
    const place = { path: asked, real, kind };
    if (folders.some((folder) => isWithin(folder, real))) return { ...place, inside: true };
    return isAllowed(asked, real, [...foldersOf(call), ...folders], call.allowed ?? [])
      ? { ...place, inside: false, allowed: true }
      : { ...place, inside: false };
  };

  const admit = async (path: string, call: CallScope): Promise<Located> => {
    const place = await locate(path, call);
    if (place.inside || place.allowed === true) return place;
    throw outside(place, call);
  };

  return { locate, admit };
}

/**
 * A path that is named inside the session's folders was judged as one of theirs: if it leads out of them through a link,
 * only a judgement of where it leads counts.
 */
const isAllowed = (asked: string, real: string, folders: readonly string[], allowed: readonly string[]): boolean =>
  allowed.includes(real) || (allowed.includes(asked) && !folders.some((folder) => isWithin(folder, asked)));

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
