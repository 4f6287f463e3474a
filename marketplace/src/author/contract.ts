import type { Manifest } from "@claw/kernel/host";

type Schema = Readonly<Record<string, unknown>>;
type Entries = Readonly<Record<string, Schema>>;

/** What of a manifest becomes the author's types. */
export type ContractSource = Pick<Manifest, "name" | "provides" | "hooks" | "uses" | "config">;

/** Which type of the author's door a service or a slot's entries have. */
const serviceTypes: Readonly<Record<string, string>> = {
  models: "Models",
  workspace: "Workspace",
  processes: "Processes",
  http: "Http",
  secrets: "Secrets",
  "session-store": "SessionStore",
  compactor: "Compactor",
  "system-prompt": "SystemPrompt",
  permissions: "Permissions",
  cassette: "Cassette",
  sandbox: "Sandbox",
  "shell-analysis": "ShellAnalysis",
  mcp: "McpServers",
  "mcp-authorization": "McpAuthorization",
  "mcp-authorization-host": "McpAuthorizationHost",
};
const slotTypes: Readonly<Record<string, string>> = {
  provider: "ModelProvider",
  classifier: "Classifier",
  command: "Command",
  frontend: "Frontend",
  view: "View",
  transport: "TransportFactory",
  exporter: "Exporter",
};

/** The text of `contract.gen.ts`. */
export function contractOf(manifest: ContractSource): string {
  const imports = new Set<string>();
  const use = (name: string): string => (imports.add(name), name);
  const body = [
    "export interface Contract {",
    `  readonly config: ${configOf(manifest.config)};`,
    `  readonly hooks: ${hooksOf(manifest.hooks ?? {})};`,
    `  readonly provides: ${providesOf(manifest.provides ?? {}, use)};`,
    `  readonly uses: ${usesOf(manifest.uses ?? [])};`,
    "}",
    "",
  ].join("\n");
  const head = `// Generated from extension.json of ${manifest.name} by \`claw ext types\`. Do not edit.\n`;
  return head + (imports.size === 0 ? "" : `import type { ${[...imports].sort().join(", ")} } from "@claw/kernel";\n`) + "\n" + body;
}

/** A config without properties has none at all, unless it says otherwise. */
function configOf(config: ContractSource["config"]): string {
  const any = Object.keys(config?.properties ?? {}).length > 0 || typeof config?.additionalProperties === "object";
  return any ? typeOf(config as Schema, true) : "object";
}

function hooksOf(hooks: NonNullable<ContractSource["hooks"]>): string {
  const rows = Object.entries(hooks).map(
    ([event, stages]) =>
      `readonly ${event}: ${Object.keys(stages)
        .map((stage) => JSON.stringify(stage))
        .join(" | ")}`,
  );
  return rows.length === 0 ? "{}" : `{ ${rows.join("; ")} }`;
}

function usesOf(uses: readonly string[]): string {
  const rows = uses.map((id) => (id.endsWith("?") ? `readonly ${key(id.slice(0, -1))}: false` : `readonly ${key(id)}: true`));
  return rows.length === 0 ? "{}" : `{ ${rows.join("; ")} }`;
}

function providesOf(provides: NonNullable<ContractSource["provides"]>, use: (name: string) => string): string {
  const rows = Object.entries(provides).map(([slot, entries]) => {
    const inner = Object.entries(entries).map(([name, about]) => entryOf(slot, name, about, use));
    return `    readonly ${key(slot)}: { ${inner.join("; ")} };`;
  });
  return rows.length === 0 ? "{}" : `{\n${rows.join("\n")}\n  }`;
}

function entryOf(slot: string, name: string, about: Schema, use: (name: string) => string): string {
  if (name.endsWith("*"))
    return `readonly [name: \`${name.slice(0, -1)}\${string}\`]: ${use(slot === "tool" ? "DynamicTool" : (slotTypes[slot] ?? "DynamicTool"))}`;
  if (slot === "service") return `readonly ${key(name)}: ${serviceTypes[name] === undefined ? "unknown" : use(serviceTypes[name])}`;
  if (slot === "tool") return `readonly ${key(name)}: ${use("Tool")}<${typeOf((about["input"] ?? { type: "object" }) as Schema, false)}>`;
  return `readonly ${key(name)}: ${slotTypes[slot] === undefined ? "unknown" : use(slotTypes[slot])}`;
}

/** A JSON Schema as a TypeScript type. In a config, a property with a default is always there. */
function typeOf(schema: Schema, defaults: boolean): string {
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["enum"])) return schema["enum"].map((value) => JSON.stringify(value)).join(" | ");
  const forms = schema["anyOf"] ?? schema["oneOf"] ?? (Array.isArray(schema["type"]) ? schema["type"].map((type) => ({ ...schema, type })) : undefined);
  if (Array.isArray(forms)) return [...new Set(forms.map((form) => typeOf(form as Schema, defaults)))].join(" | ");
  switch (schema["type"]) {
    case "string":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array": {
      const item = typeOf((schema["items"] ?? {}) as Schema, defaults);
      return `readonly ${item.includes("|") ? `(${item})` : item}[]`;
    }
    case "object":
      return objectOf(schema, defaults);
    default:
      return "unknown";
  }
}

function objectOf(schema: Schema, defaults: boolean): string {
  const properties = (schema["properties"] ?? {}) as Entries;
  const required = new Set((schema["required"] ?? []) as readonly string[]);
  const rows = Object.entries(properties).map(([name, property]) => {
    const present = required.has(name) || (defaults && "default" in property);
    return `readonly ${key(name)}${present ? "" : "?"}: ${typeOf(property, defaults)}`;
  });
  const more = schema["additionalProperties"];
  if (rows.length === 0)
    return typeof more === "object" ? `{ readonly [key: string]: ${typeOf(more as Schema, defaults)} }` : "{ readonly [key: string]: unknown }";
  return `{ ${rows.join("; ")} }`;
}

const key = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
