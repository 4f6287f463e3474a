import type { Settings } from "@claw/kernel";
import type { PermissionPolicy } from "./policy.ts";
import { type RuleSet, type SourcedText, rulesOf } from "./rules.ts";
import type { ToolNames } from "./tool-names.ts";

export interface ConfiguredLists {
  readonly allow: readonly string[];
  readonly ask: readonly string[];
  readonly deny: readonly string[];
}

/** The rules of the policy and of the configuration, each with the file and line, the flag or the variable it stands in. */
export function configuredRules(config: ConfiguredLists, settings: Settings | undefined, policy: PermissionPolicy, names: ToolNames): RuleSet {
  const sourced = (key: keyof ConfiguredLists): readonly SourcedText[] => {
    const origins = settings?.origins(key) ?? [];
    return config[key].map((text) => ({ text, source: origins.find(({ value }) => value === text)?.source ?? "settings or flags" }));
  };
  const lists = { deny: [...policy.deny, ...sourced("deny")], ask: [...policy.ask, ...sourced("ask")], allow: sourced("allow") };
  const rules = rulesOf(lists, names);
  // They are read all the same: a mistake in one is a mistake.
  return policy.noAllowRules ? { ...rules, allow: [] } : rules;
}
