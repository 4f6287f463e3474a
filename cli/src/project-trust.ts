import { createHash } from "node:crypto";
import type { Setting, SettingsCatalogue } from "./layers.ts";

/** What a project may say, once its folder is trusted. */
export interface ProjectVerdict {
  readonly kept: readonly Setting[];
  /** Settings that loosen and that the person has not accepted in this wording. */
  readonly unaccepted: readonly Setting[];
  /** Settings a project may never set. */
  readonly refused: readonly Setting[];
}

/** How the person accepts a setting: by its exact wording. */
export const wordingOf = ({ key, value }: Setting): string =>
  createHash("sha256")
    .update(JSON.stringify([key, value]))
    .digest("base64url");

/**
 * Preferences and everything that tightens count; what loosens only in exactly the wording the person accepted; a mode, an
 * address, a key, a proxy, a profile or anything nobody thought of never.
 */
export function judgeProject(settings: readonly Setting[], accepted: ReadonlySet<string>, catalogue: SettingsCatalogue): ProjectVerdict {
  const kept: Setting[] = [];
  const unaccepted: Setting[] = [];
  const refused: Setting[] = [];
  for (const setting of settings) {
    const rule = ruleOf(setting.key, catalogue);
    if (rule === "free" || (rule === "accept" && accepted.has(wordingOf(setting)))) kept.push(setting);
    else (rule === "accept" ? unaccepted : refused).push(setting);
  }
  return { kept, unaccepted, refused };
}

function ruleOf(key: string, catalogue: SettingsCatalogue): "free" | "accept" | undefined {
  if (key === "$schema" || key === "tools" || key.startsWith("limits.")) return "free";
  // An extension left out may be the one that would have said no.
  if (key === "without") return "accept";
  const match = /^config\.([^.]+)\.(.+)$/.exec(key);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  return catalogue.manifests.get(match[1])?.config?.properties?.[match[2]]?.project;
}
