import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClawError, type Manifest, writing } from "@claw/kernel/host";
import { baseOf, checkName, scopeOf } from "../names.ts";
import { contractOf } from "./contract.ts";

export const templateNames = ["tool", "classifier", "provider"] as const;
export type TemplateName = (typeof templateNames)[number];

export interface NewExtension {
  /** Where it is written. No file that is there is touched. */
  readonly folder: string;
  /** `acme/count-file`. */
  readonly name: string;
  readonly template: TemplateName;
  /** The folder in which the templates are. */
  readonly templates: string;
  /** Where npm finds packages that are not in its registry: name to what package.json says. */
  readonly packages?: Readonly<Record<string, string>>;
  /** Also writes the GitHub workflow that publishes it. */
  readonly workflow?: boolean;
  /** Says what would be written, and writes nothing. */
  readonly dryRun?: boolean;
}

/** Writes a new extension from a template, with its name wherever one stands. Answers the files, relative to the folder. */
export async function newExtension(options: NewExtension): Promise<readonly string[]> {
  const { folder, name, template, templates } = options;
  checkName(name);
  const source = join(templates, template);
  const example = JSON.parse(await readFile(join(source, "extension.json"), "utf8")) as Manifest;
  const renamed = renaming(example, name);
  const entries = (await readdir(source, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const texts = new Map<string, string>();
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    const relative = path.slice(source.length + 1);
    if (!/^(?:node_modules|dist)\//.test(relative)) texts.set(renamed(relative), renamed(await readFile(path, "utf8")));
  }
  const manifest = JSON.parse(texts.get("extension.json") ?? "") as Manifest;
  texts.set("src/contract.gen.ts", contractOf(manifest));
  texts.set("package.json", withPackages(texts.get("package.json") ?? "", options.packages ?? {}));
  texts.set(".gitignore", "dist/\nnode_modules/\n*.tgz\n*.sigstore.json\n*.pem\n");
  if (options.workflow === true) texts.set(".github/workflows/publish.yml", await readFile(join(templates, "publish.yml"), "utf8"));
  const paths = [...texts.keys()].sort();
  refuseExisting(folder, paths);
  if (options.dryRun !== true) await write(folder, texts);
  return paths;
}

/** Puts a name in the place of the template's, in every form that it has there. */
function renaming(example: Manifest, name: string): (text: string) => string {
  const [base, own] = [baseOf(example.name), baseOf(name)];
  const pairs: readonly (readonly [RegExp, string])[] = [
    [new RegExp(RegExp.escape(example.name), "g"), name],
    [new RegExp(RegExp.escape(example.name.replace("/", "-")), "g"), `${scopeOf(name)}-${own}`],
    [new RegExp(`(?<![\\w-])${RegExp.escape(base)}(?![\\w-])`, "g"), own],
    [new RegExp(`\\b${base.replaceAll("-", "_")}\\b`, "g"), toolNameOf(own)],
    [new RegExp(RegExp.escape(example.displayName ?? example.name), "g"), displayNameOf(own)],
    // The provider of the template has a name of its own.
    ...Object.keys(example.provides?.["provider"] ?? {}).map((provider) => [new RegExp(`"${RegExp.escape(provider)}"`, "g"), JSON.stringify(own)] as const),
  ];
  return (text) => pairs.reduce((current, [pattern, replacement]) => current.replace(pattern, () => replacement), text);
}

/** Tools are named in snake_case and begin with a letter. */
const toolNameOf = (base: string): string => `${/^\d/.test(base) ? "tool_" : ""}${base.replaceAll("-", "_")}`;
const displayNameOf = (base: string): string => base.charAt(0).toUpperCase() + base.slice(1).replaceAll("-", " ");

function withPackages(text: string, packages: Readonly<Record<string, string>>): string {
  return Object.entries(packages).reduce(
    (current, [name, from]) => current.replace(new RegExp(`("${RegExp.escape(name)}": )"[^"]*"`), (_all, key: string) => key + JSON.stringify(from)),
    text,
  );
}

/** Nothing of anybody's is written over. */
function refuseExisting(folder: string, paths: readonly string[]): void {
  const there = paths.find((path) => existsSync(join(folder, path)));
  if (there !== undefined)
    throw new ClawError(
      "PATH_UNWRITABLE",
      `${join(folder, there)} is there already`,
      { path: join(folder, there) },
      { fix: "name a folder that is empty or not there" },
    );
}

async function write(folder: string, texts: ReadonlyMap<string, string>): Promise<void> {
  await writing(folder, async () => {
    for (const [path, text] of texts) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text, { flag: "wx" });
    }
  });
}
