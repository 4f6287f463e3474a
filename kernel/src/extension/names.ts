import type { ConfigSchema, Manifest } from "./manifest.ts";

/** Whether an extension has anything to offer on a platform; one that has not claims nothing there, and its place is another's. */
export const isForPlatform = ({ provides = {} }: Manifest, platform: string): boolean => {
  const entries = Object.values(provides).flatMap((slot) => Object.values(slot));
  return entries.length === 0 || entries.some(({ platforms }) => platforms === undefined || platforms.includes(platform));
};

/** Every name a manifest claims on this platform, as `slot:name`; a tool's aliases, flags and its settings key count too. */
export function namesOf(manifest: Manifest, platform: string): readonly string[] {
  const names: string[] = [];
  for (const [slot, entries] of Object.entries(manifest.provides ?? {})) {
    for (const [name, about] of Object.entries(entries)) {
      if (about.platforms !== undefined && !about.platforms.includes(platform)) continue;
      names.push(`${slot}:${name}`);
      for (const alias of about.aliases ?? []) names.push(`${slot}:${alias.toLowerCase()}`);
    }
  }
  if (!isForPlatform(manifest, platform)) return [];
  for (const flag of flagsOf(manifest)) names.push(`flag:${flag.name}`);
  if (manifest.settings !== undefined) names.push(`settings:${manifest.settings}`);
  return [...new Set(names)];
}

/** A flag of an extension: a property of its config that the command line and the environment can set. */
export interface Flag {
  readonly name: string;
  readonly extension: string;
  readonly property: string;
  readonly schema: ConfigSchema;
}

/** The flags of a manifest. Only top-level properties of a config can be flags. */
export function flagsOf(manifest: Manifest): readonly Flag[] {
  return Object.entries(manifest.config?.properties ?? {}).flatMap(([property, schema]) =>
    schema.flag === undefined ? [] : [{ name: schema.flag, extension: manifest.name, property, schema }],
  );
}
