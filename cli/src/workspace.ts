import { createHash } from "node:crypto";
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClawError } from "@claw/kernel/host";

/** The folder a run works in: the git working tree around it, or itself. */
export interface WorkspaceFolder {
  /** Real path. */
  readonly cwd: string;
  /** Real path of the git working tree; outside git the same as `cwd`. */
  readonly root: string;
  /** The first 16 hex digits of the SHA-256 of `root`: which sessions belong together. */
  readonly key: string;
}

export function workspaceOf(folder: string, home: string | undefined): WorkspaceFolder {
  const cwd = realFolder(folder);
  const root = gitRoot(cwd, home) ?? cwd;
  return { cwd, root, key: createHash("sha256").update(root).digest("hex").slice(0, 16) };
}

/** A `.git` in the home folder or the root of the file system makes nobody's whole disk a workspace. */
function gitRoot(cwd: string, home: string | undefined): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    if (folder === dirname(folder) || (folder === home && folder !== cwd)) return undefined;
    if (existsSync(join(folder, ".git"))) return folder;
  }
}

function realFolder(folder: string): string {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory() !== true) throw new ClawError("PATH_NOT_FOUND", `there is no folder ${folder}`, { path: folder });
  return realpathSync(folder);
}
