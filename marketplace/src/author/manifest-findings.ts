import { type ConfigSchema, type Contribution, type Manifest, validateManifest } from "@claw/kernel/host";
import { isVersion } from "../versions.ts";
import validRange from "semver/ranges/valid.js";
import { type Finding, inManifest, problem, warning } from "./finding.ts";

/** What is wrong with the form of a manifest, whatever it is. */
export function schemaFindings(manifest: unknown): readonly Finding[] {
  return validateManifest(manifest).map(({ path, message }) => {
    const [what, fix] = Object.hasOwn(hints, path)
      ? [message, hints[path] ?? ""]
      : [message, `correct ${path === "" ? "it" : path}: see extension.schema.json`];
    return problem(inManifest(path), what, fix);
  });
}

/** What the commonest mistakes want. */
const hints: Readonly<Record<string, string>> = {
  name: '"name": "acme/bedrock"',
  version: '"version": "1.0.0"',
  engines: '"engines": { "claw": "^1.0.0" }',
  "engines.claw": '"engines": { "claw": "^1.0.0" }',
  permissions: '"permissions": {}',
  main: '"main": "./dist/index.mjs"',
};

/** What the schema cannot say of a manifest that has its form: names, versions, ranges, descriptions. */
export function manifestFindings(manifest: Manifest): readonly Finding[] {
  const { name, version, engines, dependencies = {}, provides = {}, config, description, license } = manifest;
  const found: Finding[] = [];
  if (!isVersion(version)) found.push(problem(inManifest("version"), `${JSON.stringify(version)} is no version in its one form`, '"version": "1.0.0"'));
  for (const [of, range] of Object.entries({ "engines.claw": engines.claw, ...prefixed("dependencies.", dependencies) }))
    if (validRange(range) === null)
      found.push(problem(inManifest(of), `${JSON.stringify(range)} is no range of versions`, `${JSON.stringify(of.split(".").at(-1))}: "^1.0.0"`));
  if (Object.hasOwn(dependencies, name))
    found.push(problem(inManifest("dependencies"), `${name} depends on itself`, `take ${JSON.stringify(name)} out of dependencies`));
  if (description === undefined)
    found.push(warning(inManifest("description"), "is missing, and search shows nothing else", '"description": "What it is, in one line"'));
  if (license === undefined) found.push(warning(inManifest("license"), "is missing, so nobody knows what they may do with it", '"license": "MIT"'));
  for (const [slot, entries] of Object.entries(provides))
    for (const [entry, about] of Object.entries(entries)) found.push(...undescribed(`provides.${slot}.${entry}`, about));
  found.push(...configFindings(config, "config"));
  return found;
}

const prefixed = (prefix: string, record: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [prefix + key, value]));

/** A model, a person in a menu and a reviewer read nothing else of an entry. */
function undescribed(path: string, { description, dynamic }: Contribution): readonly Finding[] {
  if (dynamic === true || (description !== undefined && description.trim() !== "")) return [];
  return [problem(inManifest(path), "has no description", '"description": "What it does, in one line"')];
}

function configFindings(schema: ConfigSchema | undefined, path: string): readonly Finding[] {
  return Object.entries(schema?.properties ?? {}).flatMap(([name, property]) => {
    const at = `${path}.properties.${name}`;
    const own = (property.description ?? "").trim() === "" ? [problem(inManifest(at), "has no description", '"description": "What it changes"')] : [];
    return [...own, ...configFindings(property, at)];
  });
}
