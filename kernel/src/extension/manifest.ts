import type { Effect } from "../contracts/tool.ts";
import type { HookName } from "../hooks/events.ts";

/** What a manifest says of one entry it provides. Which fields mean something depends on the slot. */
export interface Contribution {
  readonly description?: string;
  /** The key is a prefix ending in `*`; the names under it are known at run time. */
  readonly dynamic?: boolean;
  /** Values of `process.platform`; absent means all. */
  readonly platforms?: readonly string[];
  readonly effect?: Effect;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly aliases?: readonly string[];
  readonly timeoutMs?: number;
  readonly verdicts?: readonly string[];
  readonly [more: string]: unknown;
}

export interface HookDeclaration {
  readonly match?: string;
  readonly timeoutMs?: number;
}

/** `extension.json`: all that can be known of an extension without running its code. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly displayName?: string;
  readonly description?: string;
  readonly license?: string;
  readonly repository?: string;
  readonly engines: { readonly claw: string };
  readonly main?: string;
  readonly provides?: Readonly<Record<string, Readonly<Record<string, Contribution>>>>;
  readonly hooks?: { readonly [E in HookName]?: Readonly<Record<string, HookDeclaration>> };
  readonly uses?: readonly string[];
  readonly after?: readonly string[];
  readonly content?: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly optionalPermissions?: Readonly<Record<string, unknown>>;
  readonly config?: ConfigSchema;
  /** The one top-level key of settings.json it owns. */
  readonly settings?: string;
  readonly experimental?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The subset of JSON Schema a config is written in (extensions.md §3.2, 5), with `flag` and `env`. */
export interface ConfigSchema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: Readonly<Record<string, ConfigSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly items?: ConfigSchema;
  readonly maxItems?: number;
  readonly additionalProperties?: boolean | ConfigSchema;
  readonly title?: string;
  readonly description?: string;
  readonly secret?: boolean;
  /** Also `--<flag>` and `CLAW_<FLAG>`. */
  readonly flag?: string;
  /** Also these environment variables, the first that is set. */
  readonly env?: string | readonly string[];
  readonly format?: "uri" | "email" | "path" | "duration";
  /** A list of which the settings layers add up, instead of the highest one standing alone. */
  readonly merge?: "add";
  /** What a project's own settings may do with it: `free` counts once the folder is trusted, `accept` only in the wording the person accepted. Otherwise they may not set it. */
  readonly project?: "free" | "accept";
}

/** A use with its `?` taken off. */
export interface Use {
  readonly id: string;
  readonly optional: boolean;
}

export const usesOf = (manifest: Manifest): readonly Use[] =>
  (manifest.uses ?? []).map((use) => (use.endsWith("?") ? { id: use.slice(0, -1), optional: true } : { id: use, optional: false }));
