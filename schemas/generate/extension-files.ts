import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Manifest } from "../../kernel/src/extension/manifest.ts";
import { contractOf } from "../../marketplace/src/author/contract.ts";
import { withConfigTable } from "./config-table.ts";
import { withFlagTable } from "./flag-table.ts";
import { root } from "./schema-files.ts";

/** What a manifest, a template's too, says a second time: its author's types, and the table in its README. */
export function extensionFiles(): readonly (readonly [path: string, text: string])[] {
  const folders = ["extensions", "marketplace/templates"].flatMap((parent) =>
    readdirSync(join(root, parent))
      .sort()
      .map((name) => `${parent}/${name}`),
  );
  return folders.flatMap((folder) => {
    if (!existsSync(join(root, folder, "extension.json"))) return [];
    const manifest = readManifest(`${folder}/extension.json`);
    const readme = join(root, folder, "README.md");
    const page = existsSync(readme) ? [[`${folder}/README.md`, withConfigTable(readFileSync(readme, "utf8"), manifest)] as const] : [];
    return [[`${folder}/src/contract.gen.ts`, contractOf(manifest)] as const, ...page];
  });
}

/** The command line's page: every flag there is with the extensions of this repository. */
export function flagPage(): readonly [path: string, text: string] {
  const path = "cli/README.md";
  const manifests = readdirSync(join(root, "extensions"))
    .sort()
    .flatMap((name) => {
      const file = `extensions/${name}/extension.json`;
      return existsSync(join(root, file)) ? [readManifest(file)] : [];
    });
  return [path, withFlagTable(readFileSync(join(root, path), "utf8"), manifests)];
}

function readManifest(path: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(root, path), "utf8")) as Manifest;
  } catch (cause) {
    throw new Error(`${path} is no JSON`, { cause });
  }
}
