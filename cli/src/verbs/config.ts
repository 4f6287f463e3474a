import { ClawError, nearest } from "@claw/kernel/host";
import type { Setting, SettingsCatalogue } from "../layers.ts";
import type { Merged } from "../merge.ts";
import { table } from "../view-text.ts";
import { jsonLine, printable } from "../printable.ts";
import type { VerbCall } from "./run.ts";

interface Explanation {
  readonly key: string;
  readonly value: unknown;
  readonly from: readonly { readonly layer: string; readonly source: string; readonly value: unknown }[];
  readonly shadowed: readonly { readonly layer: string; readonly source: string; readonly value: unknown }[];
}

/** `claw config explain KEY`: the value, who set it and where, and what that shadows. */
export async function explain(key: string, { booted, terminal, json }: VerbCall): Promise<number> {
  const explanations = explanationsOf(key, booted.merged, booted.catalogue);
  if (explanations.length === 0) {
    const near = nearest(key, [...booted.merged.explained.keys(), ...booted.catalogue.claimed.keys()])[0];
    throw new ClawError(
      "USAGE",
      `there is no setting ${JSON.stringify(key)}${near === undefined ? "" : `; did you mean ${near}?`}`,
      {},
      { fix: "claw config list" },
    );
  }
  for (const one of explanations) {
    if (json) await terminal.write(jsonLine(redacted(one, booted.catalogue)));
    else await terminal.write(printable(text(redacted(one, booted.catalogue))));
  }
  return 0;
}

/** `claw config list`: every setting that anybody set, with where it comes from. */
export async function list({ booted, terminal, json }: VerbCall): Promise<number> {
  const all = [...booted.merged.explained.values()].map(({ key, value, from, shadowed }) =>
    redacted({ key, value, from: from.map(sourceOf), shadowed: shadowed.map(sourceOf) }, booted.catalogue),
  );
  if (json) for (const one of all) await terminal.write(jsonLine(one));
  else
    await terminal.write(
      table(
        ["setting", "value", "from"],
        all.map(({ key, value, from }) => [key, JSON.stringify(value), from.map(({ source }) => source).join(", ")].map(printable)),
      ),
    );
  return 0;
}

/** A key may be whole, a claimed short name (`permissions.allow`), or the beginning of several. */
function explanationsOf(given: string, merged: Merged, catalogue: SettingsCatalogue): readonly Explanation[] {
  const [head = "", ...tail] = given.split(".");
  const owner = catalogue.claimed.get(head);
  const key = owner === undefined ? given : ["config", owner, ...tail].join(".");
  const set = [...merged.explained.values()].filter((one) => one.key === key || one.key.startsWith(`${key}.`));
  const known = new Set(set.map((one) => one.key));
  const defaults = [...catalogue.manifests.values()].flatMap((manifest) =>
    Object.entries(manifest.config?.properties ?? {}).map(([property, schema]) => ({ key: `config.${manifest.name}.${property}`, schema })),
  );
  return [
    ...set.map(({ key: one, value, from, shadowed }) => ({ key: one, value, from: from.map(sourceOf), shadowed: shadowed.map(sourceOf) })),
    ...defaults
      .filter((one) => !known.has(one.key) && (one.key === key || one.key.startsWith(`${key}.`)))
      .map((one) => ({
        key: one.key,
        value: one.schema.default ?? null,
        from: [{ layer: "default", source: "the extension's manifest", value: one.schema.default ?? null }],
        shadowed: [],
      })),
  ];
}

const sourceOf = ({ layer, source, value }: Setting): Explanation["from"][number] => ({ layer, source, value });

/** A value whose schema says secret is never printed. */
function redacted(one: Explanation, catalogue: SettingsCatalogue): Explanation {
  const match = /^config\.([^.]+)\.([^.]+)/.exec(one.key);
  const secret = match?.[1] !== undefined && match[2] !== undefined && catalogue.manifests.get(match[1])?.config?.properties?.[match[2]]?.secret === true;
  const hide = <T extends { readonly value: unknown }>(value: T): T => ({ ...value, value: "[secret]" });
  return secret ? { ...hide(one), from: one.from.map(hide), shadowed: one.shadowed.map(hide) } : one;
}

function text({ key, value, from, shadowed }: Explanation): string {
  const line = (word: string, one: Explanation["from"][number]): string => `  ${word} ${one.layer}, ${one.source}: ${JSON.stringify(one.value)}\n`;
  return `${key} = ${JSON.stringify(value)}\n${from.map((one) => line("from", one)).join("")}${shadowed.map((one) => line("over", one)).join("")}`;
}
