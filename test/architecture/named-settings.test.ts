import { expect, test } from "vitest";
import { type Node, filesIn, importsOf, nodesOf, read } from "./source.ts";

interface Manifest {
  readonly name: string;
  readonly settings?: string;
  readonly config?: { readonly properties?: Readonly<Record<string, { readonly env?: string | readonly string[]; readonly flag?: string }>> };
}

const manifests = filesIn("extensions/*/extension.json").map((file) => JSON.parse(read(file)) as Manifest);
const bases = manifests.map(({ name }) => name.slice("claw/".length));
const propertiesOf = (manifest: Manifest | undefined): readonly string[] => Object.keys(manifest?.config?.properties ?? {});
const bySettings = (key: string): Manifest | undefined => manifests.find(({ settings }) => settings === key);
const byName = (name: string): Manifest | undefined => manifests.find((manifest) => manifest.name === name);
/** Variables that no manifest has: the cli's own. */
const ownVariables = ["CLAW_HOME", "CLAW_LIVE", "CLAW_CONFIG_HOME"];
const variables = new Set([
  ...ownVariables,
  ...manifests.flatMap(({ config }) =>
    Object.values(config?.properties ?? {}).flatMap(({ env = [], flag }) => [
      ...[env].flat(),
      ...(flag === undefined ? [] : [`CLAW_${flag.toUpperCase().replaceAll("-", "_")}`]),
    ]),
  ),
]);

/** The sentences of a file, what is put into them as `•`. */
function sentencesOf(source: string): readonly string[] {
  return nodesOf(source).flatMap((node) => {
    if (node.type === "Literal" && typeof node["value"] === "string") return node["value"].includes(" ") ? [node["value"]] : [];
    if (node.type !== "TemplateLiteral") return [];
    const text = (node["quasis"] as readonly Node[]).map((quasi) => (quasi["value"] as { readonly cooked: string }).cooked).join("•");
    return text.includes(" ") ? [text] : [];
  });
}

/** What a sentence names that nobody could set. */
function unknownIn(sentence: string): readonly string[] {
  const keys = [...sentence.matchAll(/(?<![\w./-])([a-z][A-Za-z]*(?:-[a-z]+)*)\.([a-z][A-Za-z]*)/g)].flatMap(([text, head = "", property = ""]) => {
    if (head === "config") return [text];
    const manifest = bySettings(head);
    if (manifest === undefined) return bases.includes(head) && !/^(?:json|ts|md|mjs|yaml|toml)$/.test(property) && head.includes("-") ? [text] : [];
    return propertiesOf(manifest).includes(property) || /^(?:json|yaml|toml|length)$/.test(property) ? [] : [text];
  });
  const whole = [...sentence.matchAll(/\bconfig\.(claw\/[a-z-]+)\.([A-Za-z]+)/g)].flatMap(([text, name = "", property = ""]) =>
    propertiesOf(byName(name)).includes(property) ? [] : [text],
  );
  const named = [...sentence.matchAll(/\bCLAW_[A-Z][A-Z_]+\b/g)].flatMap(([name]) => (variables.has(name) ? [] : [name]));
  return [...keys.filter((key) => !sentence.includes("config.claw/") || !key.startsWith("config")), ...whole, ...named];
}

test("what a sentence tells a person to set is a setting that there is", () => {
  const files = filesIn("extensions/*/src/**/*.ts", "kernel/kit/**/*.ts");
  expect(files.length).toBeGreaterThan(300);
  const unknown = files.flatMap((file) => sentencesOf(read(file)).flatMap((sentence) => unknownIn(sentence).map((name) => `${file}: ${name}`)));
  expect(unknown).toEqual([]);
});

test.each([
  ["set models.patiences", ["models.patiences"]],
  ["use config.headers", ["config.headers"]],
  ["set config.claw/openai.baseUrl", []],
  ["set config.claw/openai.baseUri", ["config.claw/openai.baseUri"]],
  ["name it in mcp-http.insecureHosts", ["mcp-http.insecureHosts"]],
  ["set CLAW_STREAM_IDLE_TIMEOUT", []],
  ["set CLAW_STREAM_TIMEOUT", ["CLAW_STREAM_TIMEOUT"]],
  ["read models.json and package.json", []],
])("%s: %j cannot be set", (sentence, unknown) => {
  expect(unknownIn(sentence)).toEqual(unknown);
});

test("who says how long a provider was waited for has that setting, by that name", () => {
  const users = filesIn("extensions/*/src/**/*.ts").filter((file) => /\bidleFailure\(/.test(read(file)) && importsOf(read(file)).length > 0);
  const said = users.flatMap((file) => [...read(file).matchAll(/\bidleFailure\([^)]*"(claw\/[a-z-]+)"\)/g)].map(([, name = ""]) => [file.split("/")[1], name]));
  expect(said.length).toBe(users.length);
  expect(said.filter(([folder, name = ""]) => `claw/${folder}` !== name || !propertiesOf(byName(name)).includes("idleTimeoutMs"))).toEqual([]);
});
