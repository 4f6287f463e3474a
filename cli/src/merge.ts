import type { Choice, Limits } from "@claw/kernel/host";
import type { Setting, SettingsCatalogue } from "./layers.ts";

/** What a key came to, and everything that was said about it, highest last. */
export interface Explained {
  readonly key: string;
  readonly value: unknown;
  readonly from: readonly Setting[];
  readonly shadowed: readonly Setting[];
}

/** Settings merged over all layers. */
export interface Merged {
  readonly choice: Choice;
  readonly frontend: { readonly terminal: string; readonly otherwise: string };
  readonly limits: Limits;
  readonly tools: readonly string[] | undefined;
  /** Every key that anybody set. */
  readonly explained: ReadonlyMap<string, Explained>;
}

/** Merges settings, low layers first. Scalars override; lists that say so in their schema add up; `without` adds up; a project's limits can only lower. */
export function mergeSettings(settings: readonly Setting[], catalogue: SettingsCatalogue): Merged {
  const explained = new Map<string, Explained>();
  for (const setting of settings) {
    const before = explained.get(setting.key);
    explained.set(
      setting.key,
      before === undefined ? { key: setting.key, value: setting.value, from: [setting], shadowed: [] } : merge(before, setting, catalogue),
    );
  }
  const under = (prefix: string): Record<string, unknown> =>
    Object.fromEntries([...explained.values()].filter(({ key }) => key.startsWith(prefix)).map(({ key, value }) => [key.slice(prefix.length), value]));
  const config: Record<string, Record<string, unknown>> = {};
  for (const { key, value } of explained.values()) {
    const match = /^config\.([^.]+)\.(.+)$/.exec(key);
    if (match?.[1] !== undefined && match[2] !== undefined) (config[match[1]] ??= {})[match[2]] = value;
  }
  const frontend = under("frontend.") as { terminal?: string; otherwise?: string };
  const tools = explained.get("tools")?.value as readonly string[] | undefined;
  return {
    choice: {
      extensions: under("extensions.") as Choice["extensions"],
      without: (explained.get("without")?.value ?? []) as readonly string[],
      prefer: under("prefer.") as Choice["prefer"],
      config,
    },
    frontend: { terminal: frontend.terminal ?? "print", otherwise: frontend.otherwise ?? "print" },
    limits: under("limits.") as Limits,
    tools,
    explained,
  };
}

const isProject = ({ layer }: Setting): boolean => layer === "project" || layer === "project local";

function merge(before: Explained, setting: Setting, catalogue: SettingsCatalogue): Explained {
  const { key } = setting;
  const over = (): Explained => ({ key, value: setting.value, from: [setting], shadowed: [...before.shadowed, ...before.from] });
  const both = (value: unknown): Explained => ({ key, value, from: [...before.from, setting], shadowed: before.shadowed });
  if (adds(key, catalogue)) return both([...new Set([...(before.value as readonly unknown[]), ...(setting.value as readonly unknown[])])]);
  if (isProject(setting) && key.startsWith("limits."))
    return (setting.value as number) < (before.value as number) ? over() : { ...before, shadowed: [...before.shadowed, setting] };
  if (isProject(setting) && key === "tools")
    return both((before.value as readonly unknown[]).filter((name) => (setting.value as readonly unknown[]).includes(name)));
  return over();
}

function adds(key: string, catalogue: SettingsCatalogue): boolean {
  if (key === "without") return true;
  const match = /^config\.([^.]+)\.(.+)$/.exec(key);
  return match?.[1] !== undefined && match[2] !== undefined && catalogue.manifests.get(match[1])?.config?.properties?.[match[2]]?.merge === "add";
}
