import { type ConfigSchema, type Manifest, type SettingsProblem, checkConfig, flagsOf, nearest } from "@claw/kernel/host";
import { type Arguments, splitList } from "./args.ts";
import type { Environment } from "./paths.ts";
import { type SettingsFile, mostProblems } from "./settings-file.ts";

/** Low to high: a later one overrides an earlier one. */
export type LayerName = "default" | "profile" | "user" | "project" | "project local" | "environment" | "--settings" | "flag";

/** One value somebody set, and where. */
export interface Setting {
  /** `limits.steps`, `config.<extension>.<property>`, … */
  readonly key: string;
  readonly value: unknown;
  readonly layer: LayerName;
  /** For people: a file and line, a variable, a flag. */
  readonly source: string;
  /** The same for each item of a list in a file. */
  readonly itemSource?: (index: number) => string;
}

/** What the manifests at hand say about settings. */
export interface SettingsCatalogue {
  readonly manifests: ReadonlyMap<string, Manifest>;
  /** A claimed top-level key to the extension whose config it is. */
  readonly claimed: ReadonlyMap<string, string>;
}

export function catalogueOf(manifests: Iterable<Manifest>): SettingsCatalogue {
  const byName = new Map<string, Manifest>();
  const claimed = new Map<string, string>();
  for (const manifest of manifests) {
    byName.set(manifest.name, manifest);
    if (manifest.settings !== undefined && !claimed.has(manifest.settings)) claimed.set(manifest.settings, manifest.name);
  }
  return { manifests: byName, claimed };
}

/** The keys every settings file may have: schemas/profile.schema.json in the words of a config, which a test compares. */
export const ownSchemas: Readonly<Record<string, ConfigSchema>> = {
  $schema: { type: "string" },
  extends: { type: "string" },
  extensions: { type: "object", additionalProperties: { type: "string" } },
  without: { type: "array", items: { type: "string" } },
  prefer: { type: "object", additionalProperties: { type: "string" } },
  frontend: { type: "object", properties: { terminal: { type: "string" }, otherwise: { type: "string" } } },
  limits: {
    type: "object",
    properties: {
      steps: { type: "integer", minimum: 1 },
      seconds: { type: "number", minimum: 0 },
      tokens: { type: "integer", minimum: 1 },
      usd: { type: "number", minimum: 0 },
    },
  },
  tools: { type: "array", items: { type: "string" } },
  config: { type: "object", additionalProperties: { type: "object", additionalProperties: true } },
};

/** Whether a top-level key of settings is claw's own, and not an extension's. */
export const isOwnKey = (key: string): boolean => Object.hasOwn(ownSchemas, key);

/** Keys whose inner keys are settings of their own. */
const nested: ReadonlySet<string> = new Set(["extensions", "prefer", "frontend", "limits"]);

/** The settings of one file; everything wrong with it is added to the problems. */
export function settingsOfFile(file: SettingsFile, layer: LayerName, catalogue: SettingsCatalogue, problems: SettingsProblem[]): readonly Setting[] {
  const settings: Setting[] = [];
  const sourceOf = (path: readonly (string | number)[]): string => {
    const line = file.lineOf(path);
    return line === undefined ? file.file : `${file.file}:${line}`;
  };
  const add = (key: string, value: unknown, path: readonly (string | number)[]): void => {
    const source = sourceOf(path);
    settings.push({ key, value, layer, source, ...(Array.isArray(value) ? { itemSource: (index) => sourceOf([...path, index]) } : {}) });
  };
  const wrong = (path: readonly (string | number)[], message: string): void => {
    if (problems.length >= mostProblems) return;
    const line = file.lineOf(path);
    problems.push({ file: file.file, key: path.join("."), message, ...(line === undefined ? {} : { line }) });
  };
  const config = (extension: string, values: unknown, path: readonly string[]): void => {
    const manifest = catalogue.manifests.get(extension);
    for (const { path: at, message } of checkPart(manifest?.config, values)) wrong([...path, ...at.split(".").filter((one) => one !== "")], message);
    if (typeof values !== "object" || values === null) return;
    for (const [property, value] of Object.entries(values)) add(`config.${extension}.${property}`, value, [...path, property]);
  };
  for (const [key, value] of Object.entries(file.values)) {
    const owner = catalogue.claimed.get(key);
    const schema = isOwnKey(key) ? ownSchemas[key] : undefined;
    if (schema === undefined && owner !== undefined) {
      config(owner, value, [key]);
    } else if (schema === undefined) {
      const near = nearest(key, [...Object.keys(ownSchemas), ...catalogue.claimed.keys()])[0];
      // Whoever settles an extension before adding it could not add it otherwise: settings with mistakes end every command.
      const seek = /^[a-z][a-z0-9-]*$/.test(key) ? `; if it is an extension's: claw --safe ext search ${key}` : "";
      wrong([key], `the key "${key}" is unknown${near === undefined ? seek : `; did you mean "${near}"?`}`);
    } else {
      const found = checkPart({ type: "object", properties: { [key]: schema } }, { [key]: value });
      for (const { path, message } of found) wrong(path.split("."), message);
      if (found.length > 0) continue;
      if (key === "config") for (const [extension, values] of Object.entries(value as object)) config(extension, values, [key, extension]);
      else if (nested.has(key)) for (const [inner, one] of Object.entries(value as object)) add(`${key}.${inner}`, one, [key, inner]);
      else add(key, value, [key]);
    }
  }
  return settings;
}

/** Checks values against a schema without asking for what is not there. A config of an extension that is not at hand is not checked. */
function checkPart(schema: ConfigSchema | undefined, values: unknown): readonly { readonly path: string; readonly message: string }[] {
  if (schema === undefined) return [];
  if (typeof values !== "object" || values === null || Array.isArray(values)) return [{ path: "", message: "must be an object" }];
  const { required: _required, ...rest } = schema;
  return checkConfig(rest, values as Readonly<Record<string, unknown>>).problems;
}

/** The settings of the environment: `CLAW_<FLAG>` and the variables that manifests name. */
export function settingsOfEnvironment(environment: Environment, catalogue: SettingsCatalogue, problems: SettingsProblem[]): readonly Setting[] {
  return [...catalogue.manifests.values()].flatMap((manifest) =>
    Object.entries(manifest.config?.properties ?? {}).flatMap(([property, schema]) => {
      const names = [...(schema.flag === undefined ? [] : [`CLAW_${schema.flag.replaceAll("-", "_").toUpperCase()}`]), ...[schema.env ?? []].flat()];
      const name = names.find((one) => environment[one] !== undefined && environment[one] !== "");
      if (name === undefined) return [];
      return fromText(manifest.name, property, schema, [environment[name] ?? ""], "environment", name, problems);
    }),
  );
}

/** The settings of the command line: the flags of manifests. */
export function settingsOfFlags(args: Arguments, catalogue: SettingsCatalogue, problems: SettingsProblem[]): readonly Setting[] {
  return [...catalogue.manifests.values()].flatMap((manifest) =>
    flagsOf(manifest).flatMap(({ name, property, schema }) => {
      const values = args.flags.get(name);
      return values === undefined ? [] : fromText(manifest.name, property, schema, values, "flag", `--${name}`, problems);
    }),
  );
}

function fromText(
  extension: string,
  property: string,
  schema: ConfigSchema,
  texts: readonly string[],
  layer: LayerName,
  source: string,
  problems: SettingsProblem[],
): readonly Setting[] {
  const value = schema.type === "array" ? texts.flatMap(splitList) : scalar(schema, texts.at(-1) ?? "");
  if (schema.type === "array" && (value as readonly string[]).length === 0) problems.push({ file: source, message: "needs at least one item" });
  for (const { message } of checkPart({ type: "object", properties: { [property]: schema } }, { [property]: value }))
    problems.push({ file: source, message: schema.format === "duration" ? wrongDuration(schema, value, texts.at(-1) ?? "") : message });
  return [{ key: `config.${extension}.${property}`, value, layer, source }];
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `5m`, `1m30s`, `1500ms`, and a bare number of seconds; nothing and less than nothing is 0. */
function millisecondsOf(text: string): number | undefined {
  const bare = /^\s*([-+]?\d+)\s*$/.exec(text)?.[1];
  if (bare !== undefined) return Math.max(0, Number(bare) * 1000);
  if (!/^\s*-?(?:\d+(?:\.\d+)?(?:ms|s|m|h))+\s*$/.test(text)) return undefined;
  if (text.trim().startsWith("-")) return 0;
  return Math.round([...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, count, unit = "s"]) => sum + Number(count) * (unitMs[unit] ?? 0), 0));
}

function wrongDuration({ maximum }: ConfigSchema, value: unknown, text: string): string {
  if (typeof value === "number" && maximum !== undefined && value > maximum) return `must be at most ${maximum / 1000} seconds, not ${text}`;
  return `must be a time such as 90s, 5m or a number of seconds, not ${JSON.stringify(text)}`;
}

function scalar(schema: ConfigSchema, text: string): unknown {
  if (schema.type === "boolean") return /^(1|true|yes|on)$/i.test(text) ? true : /^(0|false|no|off)$/i.test(text) ? false : text;
  if (schema.format === "duration") return millisecondsOf(text) ?? text;
  if (schema.type === "integer" || schema.type === "number") return text.trim() === "" || Number.isNaN(Number(text)) ? text : Number(text);
  return text;
}
