import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Where one session is: its log and what lies beside it. */
export interface Place {
  readonly session: string;
  readonly log: string;
  readonly lock: string;
  /** What a torn last line held, kept for a person. */
  readonly torn: string;
  /** The last title given, so that a list need not read whole logs. */
  readonly title: string;
  /** Folder of spilled output. */
  readonly scratch: string;
}

const suffix = ".jsonl";

export function placeOfLog(session: string, log: string): Place {
  const stem = log.endsWith(suffix) ? log.slice(0, -suffix.length) : `${log}.d`;
  return { session, log, lock: `${stem}.lock`, torn: `${stem}.torn`, title: `${stem}.title`, scratch: stem };
}

export const placeIn = (root: string, workspace: string, session: string): Place => placeOfLog(session, join(root, workspace, session + suffix));

/** Whether a name may become a file's name: ids of sessions and keys of workspaces. */
export const isPlainName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name) && !name.endsWith(suffix);

/** The places of a workspace's sessions, or of everybody's. */
export function placesOf(root: string, workspace: string | undefined): readonly Place[] {
  const workspaces = workspace === undefined ? names(root) : [workspace];
  return workspaces.flatMap((key) =>
    names(join(root, key))
      .filter((name) => name.endsWith(suffix))
      .map((name) => placeOfLog(basename(name, suffix), join(root, key, name))),
  );
}

/** Where a session of this id is, in whatever workspace. */
export function locate(root: string, session: string): Place | undefined {
  if (!isPlainName(session)) return undefined;
  return names(root)
    .map((workspace) => placeIn(root, workspace, session))
    .find((place) => existsSync(place.log));
}

export const folderOf = (place: Place): string => dirname(place.log);

function names(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
