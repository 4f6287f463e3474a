import type { AdminPolicy, SettingOrigin, Settings } from "@claw/kernel/host";
import type { Setting, SettingsCatalogue } from "./layers.ts";
import type { Merged } from "./merge.ts";

/** Service `settings`: to each extension where its own configuration comes from, and what the administrator says of it. */
export function settingsService(merged: Merged, catalogue: SettingsCatalogue, policy: { readonly file: string; readonly rules: AdminPolicy }): Settings {
  const nobody: Settings = { origins: () => [], policy: undefined };
  const sections: Readonly<Record<string, unknown>> = { permissions: policy.rules.permissions, sandbox: policy.rules.sandbox };
  const forExtension = (extension: string): Settings => {
    const claimed = [...catalogue.claimed].find(([, owner]) => owner === extension)?.[0] ?? "";
    const section = Object.hasOwn(sections, claimed) ? sections[claimed] : undefined;
    return {
      origins: (key) => (merged.explained.get(`config.${extension}.${key}`)?.from ?? []).flatMap(originsOf),
      policy: section === undefined ? undefined : { file: policy.file, rules: section as Readonly<Record<string, unknown>> },
    };
  };
  return { ...nobody, forExtension };
}

/** A list has an origin for each of its items. */
function originsOf({ value, layer, source, itemSource }: Setting): readonly SettingOrigin[] {
  return Array.isArray(value)
    ? value.map((item, index) => ({ value: item as unknown, layer, source: itemSource?.(index) ?? source }))
    : [{ value, layer, source }];
}
