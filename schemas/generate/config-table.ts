import type { ConfigSchema, Manifest } from "../../kernel/src/extension/manifest.ts";

const open = "<!-- config -->";
const close = "<!-- /config -->";

/** A README with the table of its extension's config between the two markers; as it was, where it has none. */
export function withConfigTable(readme: string, manifest: Pick<Manifest, "config" | "settings">): string {
  const start = readme.indexOf(open);
  const end = readme.indexOf(close, start);
  if (start < 0 || end < 0) return readme;
  return `${readme.slice(0, start)}${open}\n${configTable(manifest)}${readme.slice(end)}`;
}

/** The properties of a config, those of objects in it by their paths. */
export function configTable(manifest: Pick<Manifest, "config" | "settings">): string {
  const rows = rowsOf(manifest.config ?? {}, "");
  if (rows.length === 0) return "Nothing to configure.\n";
  const lines = rows.map((cells) => `| ${cells.map(escaped).join(" | ")} |\n`);
  const place = manifest.settings === undefined ? "" : `In \`settings.json\` under \`"${manifest.settings}"\`.\n\n`;
  return `${place}| property | type | default | flag | environment | description |\n| --- | --- | --- | --- | --- | --- |\n${lines.join("")}`;
}

function rowsOf(schema: ConfigSchema, prefix: string): readonly (readonly string[])[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const path = `${prefix}${name}`;
    const flag = property.flag === undefined ? "" : `\`--${property.flag}\``;
    const row = [
      `\`${path}\``,
      typeOf(property),
      property.default === undefined ? "" : `\`${JSON.stringify(property.default)}\``,
      flag,
      variablesOf(property),
      property.description ?? "",
    ];
    const inner = property.type === "array" ? rowsOf(property.items ?? {}, `${path}[].`) : rowsOf(property, `${path}.`);
    const more = typeof property.additionalProperties === "object" ? rowsOf(property.additionalProperties, `${path}.<name>.`) : [];
    return [row, ...inner, ...more];
  });
}

function typeOf(schema: ConfigSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object") return `object of ${typeOf(schema.additionalProperties)}`;
  const range = [schema.minimum === undefined ? "" : `≥ ${schema.minimum}`, schema.maximum === undefined ? "" : `≤ ${schema.maximum}`]
    .filter((bound) => bound !== "")
    .join(", ");
  return `${schema.secret === true ? "secret " : ""}${schema.format ?? schema.type ?? "anything"}${range === "" ? "" : ` ${range}`}`;
}

/** The variables that set a property, in the order they are tried. */
function variablesOf({ flag, env }: ConfigSchema): string {
  const own = flag === undefined ? [] : [`CLAW_${flag.toUpperCase().replaceAll("-", "_")}`];
  return [...own, ...(env === undefined ? [] : [env].flat())].map((name) => `\`${name}\``).join(", ");
}

const escaped = (cell: string): string => cell.replaceAll("|", "\\|").replaceAll("\n", " ");
