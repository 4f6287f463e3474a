import { chmodSync, copyFileSync, existsSync, linkSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { basename, join, relative } from "node:path";
import { rgPath } from "@vscode/ripgrep";
import { rolldown } from "rolldown";
import { layout } from "./layout.ts";
import { isCurrent, remember } from "./memory.ts";

const entry = join(layout.root, "cli/src/main.ts");
const result = "claw.js";

/**
 * rolldown has native code; `claw ext pack` finds it where npm put it. kerberos is what a library would ask for behind a proxy that wants it, which
 * says so where it is not there.
 */
const notBundled: ReadonlySet<string> = new Set(["rolldown", "kerberos"]);

/** Bundles the program: one entry, and chunks for what is not needed at once. Says whether there was anything to do. */
export async function bundleProgram(circumstances: string): Promise<boolean> {
  if (isCurrent(result, circumstances) && existsSync(join(layout.program, result))) return false;
  const sources = new Set<string>();
  const build = await rolldown({
    cwd: layout.root,
    input: { claw: entry },
    platform: "node",
    external: [...notBundled],
    resolve: {
      conditionNames: ["claw-source", "import", "module", "node", "default"],
      // jsonc-parser's other form requires its parts by names no bundler can see.
      mainFields: ["module", "main"],
      // The real one spends 28 ms on a regular expression for emoji (dependencies.md §4).
      alias: { "string-width": join(layout.root, "cli/build/string-width.ts") },
    },
    plugins: [{ name: "sources", moduleParsed: ({ id }) => void sources.add(id) }],
    experimental: { attachDebugInfo: "none" },
    logLevel: "silent",
  });
  // Flat: the program finds its folder from any chunk as it does from any source file.
  const { output } = await build.generate({
    format: "esm",
    comments: { legal: true, annotation: false, jsdoc: false },
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    hashCharacters: "hex",
  });
  await build.close();
  const chunks = output.filter((file) => file.type === "chunk");
  const own = new Set([...notBundled, ...chunks.map(({ fileName }) => fileName)]);
  const missing = chunks
    .flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
    .find((specifier) => !own.has(specifier) && !isBuiltin(specifier));
  if (missing !== undefined) throw new Error(`cli/src imports ${missing}, which is not there: npm ci`);
  write(chunks.map(({ fileName, code }) => ({ name: fileName, text: code })));
  remember(result, [...sources], circumstances);
  return true;
}

/** Puts the programs that come with claw into its `bin`: a hard link where the disk allows one. */
export function linkPrograms(): void {
  linkClaw();
  const bin = join(layout.program, "bin");
  const place = join(bin, basename(rgPath));
  if (existsSync(place)) return;
  mkdirSync(bin, { recursive: true });
  try {
    linkSync(rgPath, place);
  } catch {
    copyFileSync(rgPath, place);
    chmodSync(place, 0o755);
  }
}

/** npm links the programs of workspaces before anything is built, and leaves out those that are not there yet. */
function linkClaw(): void {
  const [folder, isWindows] = [join(layout.root, "node_modules/.bin"), process.platform === "win32"];
  const place = join(folder, isWindows ? "claw.cmd" : "claw");
  if (lstatSync(place, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(folder, { recursive: true });
  const program = relative(folder, join(layout.program, result));
  if (isWindows) writeFileSync(place, `@node "%~dp0\\${program}" %*\r\n`);
  else symlinkSync(program, place);
}

function write(files: readonly { readonly name: string; readonly text: string }[]): void {
  mkdirSync(layout.program, { recursive: true });
  const fresh = new Set(files.map(({ name }) => name));
  for (const { name, text } of files) {
    const path = join(layout.program, name);
    // Renamed into place: a claw that starts meanwhile reads the old text or the new.
    writeFileSync(`${path}.new`, text, { mode: name === result ? 0o755 : 0o644 });
    renameSync(`${path}.new`, path);
  }
  for (const name of readdirSync(layout.program)) if (/-[0-9a-f]{8}\.js$/.test(name) && !fresh.has(name)) rmSync(join(layout.program, name));
}
