import { isJsonObject } from "@claw/kernel/kit";
import type { ConfiguredLists } from "./configured-rules.ts";
import { wrong } from "./perm-mistake.ts";

/** The rules and the mode of a line's own settings, which count instead of the configured ones. */
export interface GivenSettings {
  readonly lists: ConfiguredLists;
  readonly directories: readonly string[];
  readonly defaultMode?: string;
  readonly dangerouslySkipPermissions: boolean;
}

const known: ReadonlySet<string> = new Set([
  "allow",
  "ask",
  "deny",
  "defaultMode",
  "additionalDirectories",
  "dangerouslySkipPermissions",
  "dangerWithoutTerminal",
  "trustClassifiers",
]);

/** A `settings.json`, or its section `permissions` alone. What a settings file may not say, a line may not either. */
export function givenSettings(settings: unknown): GivenSettings {
  if (!isJsonObject(settings)) throw wrong('"settings" is no object');
  const { permissions } = settings;
  if (permissions !== undefined && !isJsonObject(permissions)) throw wrong('"settings": permissions is no object');
  const odd = Object.keys(permissions ?? {}).find((name) => !known.has(name));
  if (odd !== undefined) throw wrong(`"settings": permissions.${odd} is unknown`);
  const section = permissions ?? settings;
  const list = (name: string): readonly string[] => {
    const value = section[name] ?? [];
    if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) throw wrong(`"settings": ${name} is no list of text`);
    return value;
  };
  const { defaultMode, dangerouslySkipPermissions = false } = section;
  if (defaultMode !== undefined && typeof defaultMode !== "string") throw wrong('"settings": defaultMode is no text');
  if (typeof dangerouslySkipPermissions !== "boolean") throw wrong('"settings": dangerouslySkipPermissions is neither true nor false');
  return {
    lists: { allow: list("allow"), ask: list("ask"), deny: list("deny") },
    directories: list("additionalDirectories"),
    ...(defaultMode === undefined ? {} : { defaultMode }),
    dangerouslySkipPermissions,
  };
}
