/** `npm run generate`: writes everything that is made from schemas, manifests and the kernel's doors. With `--check`, says what is stale and writes nothing. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { assertionFile } from "./assertions.ts";
import { errorPage } from "./error-page.ts";
import { extensionFiles, flagPage } from "./extension-files.ts";
import { publicApi } from "./public-api.ts";
import { readSchemas, root } from "./schema-files.ts";
import { typeFile } from "./type-source.ts";
import { validatorFiles } from "./validators.ts";

const generated = "kernel/src/generated";

async function everything(): Promise<ReadonlyMap<string, string>> {
  const schemas = readSchemas();
  const validators = await validatorFiles(schemas);
  return new Map([
    [`${generated}/types.ts`, await typeFile(schemas)],
    [`${generated}/assertions.ts`, assertionFile()],
    ...Object.entries(validators),
    ...extensionFiles(),
    flagPage(),
    errorPage(),
    ["kernel/api.txt", publicApi(validators)],
  ]);
}

const current = (path: string): string | undefined => (existsSync(join(root, path)) ? readFileSync(join(root, path), "utf8") : undefined);

/** Files that nothing generates any more. */
const leftOver = (files: ReadonlyMap<string, string>): readonly string[] =>
  readdirSync(join(root, generated), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((path) => !files.has(path));

const files = await everything();
const stale = [...files].filter(([path, text]) => current(path) !== text);
const old = leftOver(files);

if (process.argv.includes("--check")) {
  for (const file of [...stale.map(([path]) => path), ...old]) process.stdout.write(`${file} is stale\n`);
  process.exitCode = stale.length + old.length === 0 ? 0 : 1;
} else {
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const path of old) rmSync(join(root, path));
}
