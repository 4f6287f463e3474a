/** `npm run generate`: everything that is made from schemas and manifests. With `--check`, says what is stale and writes nothing. */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { contractOf } from "../../marketplace/src/author/contract.ts";

const root = join(import.meta.dirname, "../..");
const check = process.argv.includes("--check");
const stale: string[] = [];

function emit(path: string, text: string): void {
  const full = join(root, path);
  if (existsSync(full) && readFileSync(full, "utf8") === text) return;
  if (check) stale.push(path);
  else writeFileSync(full, text);
}

for (const name of readdirSync(join(root, "extensions"))) {
  const manifest = join(root, "extensions", name, "extension.json");
  if (existsSync(manifest)) emit(`extensions/${name}/src/contract.gen.ts`, contractOf(JSON.parse(readFileSync(manifest, "utf8"))));
}

if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.join(", ")}\nrun: npm run generate\n`);
  process.exitCode = 1;
}
