import type { AdminPolicy, SettingOrigin, Settings, SettingsPolicy } from "@claw/kernel/host";
import type { Setting, SettingsCatalogue } from "./layers.ts";
import type { Merged } from "./merge.ts";
import { type SettingsFile, readSettingsFile } from "./settings-file.ts";

interface PolicyFile {
  readonly file: string;
  readonly rules: AdminPolicy;
}

/** Service `settings`: to each extension where its own configuration comes from, and what the administrator says of it. */
export function settingsService(merged: Merged, catalogue: SettingsCatalogue, policy: PolicyFile): Settings {
  const nobody: Settings = { origins: () => [], policy: undefined, policyIn: () => Promise.resolve(undefined) };
  const forExtension = (extension: string): Settings => {
    const claimed = [...catalogue.claimed].find(([, owner]) => owner === extension)?.[0] ?? "";
    return {
      origins: (key) => (merged.explained.get(`config.${extension}.${key}`)?.from ?? []).flatMap(originsOf),
      policy: sectionOf(policy, claimed),
      policyIn: async (file) => sectionOf({ file, rules: (await import("./policy-file.ts")).readNamedPolicy(file) }, claimed),
    };
  };
  return { ...nobody, forExtension };
}

function sectionOf({ file, rules }: PolicyFile, claimed: string): SettingsPolicy | undefined {
  const sections: Readonly<Record<string, object | undefined>> = { permissions: rules.permissions, sandbox: rules.sandbox };
  const section = Object.hasOwn(sections, claimed) ? sections[claimed] : undefined;
  if (section === undefined) return undefined;
  let read: { readonly lines: SettingsFile | undefined } | undefined;
  const sourceOf = (path: readonly (string | number)[]): string => {
    const line = (read ??= { lines: readSettingsFile(file, []) }).lines?.lineOf([claimed, ...path]);
    return line === undefined ? file : `${file}:${line}`;
  };
  return { file, rules: section as Readonly<Record<string, unknown>>, sourceOf };
}

/** A list has an origin for each of its items. */
function originsOf({ value, layer, source, itemSource }: Setting): readonly SettingOrigin[] {
  return Array.isArray(value)
    ? value.map((item, index) => ({ value: item as unknown, layer, source: itemSource?.(index) ?? source }))
    : [{ value, layer, source }];
}
