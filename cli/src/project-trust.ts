import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { ClawError, readFolders, type TrustedFolder } from "@claw/kernel/host";
import type { Setting, SettingsCatalogue } from "./layers.ts";
import { type Folders, userStoreOf } from "./paths.ts";
import type { WorkspaceFolder } from "./workspace.ts";

/** Whether the person trusts a folder. */
export interface FolderTrust {
  /** What was accepted in it; absent for one that is not trusted. */
  readonly folder?: TrustedFolder;
  /** Why none is, where nobody vouches any more for what the person said. */
  readonly notice?: string;
}

/** Where something else has changed what the person trusts, no folder is: claw starts, and says so. */
export function trustOf(folders: Folders, { root }: WorkspaceFolder): FolderTrust {
  const store = userStoreOf(folders);
  if (!existsSync(store.folder)) return {};
  try {
    const folder = readFolders(store)[root];
    return folder === undefined ? {} : { folder };
  } catch (error) {
    if (!ClawError.is(error)) throw error;
    return { notice: `no folder is trusted: ${error.message}${error.fix === undefined ? "" : ` (${error.fix})`}` };
  }
}

/** What a project may say, once its folder is trusted. */
export interface ProjectVerdict {
  readonly kept: readonly Setting[];
  /** Settings that loosen and that the person has not accepted in this wording. */
  readonly unaccepted: readonly Setting[];
  /** Settings a project may never set. */
  readonly refused: readonly Setting[];
  /** Extensions it asks for that the person has not installed for it. */
  readonly missing: readonly Setting[];
}

/** How the person accepts a setting: by its exact wording. */
export const wordingOf = ({ key, value }: Setting): string =>
  createHash("sha256")
    .update(JSON.stringify([key, value]))
    .digest("base64url");

/**
 * An extension counts when the person installed it for this project. Preferences and everything that tightens count; what loosens only in exactly the wording the person accepted; a mode, an
 * address, a key, a proxy, a profile or anything nobody thought of never.
 */
export function judgeProject(
  settings: readonly Setting[],
  accepted: ReadonlySet<string>,
  catalogue: SettingsCatalogue,
  ofProject: readonly string[],
): ProjectVerdict {
  const kept: Setting[] = [];
  const unaccepted: Setting[] = [];
  const refused: Setting[] = [];
  const missing: Setting[] = [];
  for (const setting of settings) {
    if (setting.key.startsWith("extensions.")) {
      (ofProject.includes(setting.key.slice("extensions.".length)) ? kept : missing).push(setting);
      continue;
    }
    const rule = ruleOf(setting.key, catalogue);
    if (rule === "free" || (rule === "accept" && accepted.has(wordingOf(setting)))) kept.push(setting);
    else (rule === "accept" ? unaccepted : refused).push(setting);
  }
  return { kept, unaccepted, refused, missing };
}

function ruleOf(key: string, catalogue: SettingsCatalogue): "free" | "accept" | undefined {
  if (key === "$schema" || key === "tools" || key.startsWith("limits.")) return "free";
  // An extension left out may be the one that would have said no.
  if (key === "without") return "accept";
  const match = /^config\.([^.]+)\.(.+)$/.exec(key);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return catalogue.manifests.get(match[1])?.config?.properties?.[match[2]]?.project;
}
