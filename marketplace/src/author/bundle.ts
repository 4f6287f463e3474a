import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { basename, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { ClawError, type Manifest, parseStrict } from "@claw/kernel/host";
import type { OutputChunk, Plugin } from "rolldown";
import { limits } from "../archive/limits.ts";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import { bundleFolderOf, writeBundle } from "./bundle-folder.ts";

export interface BundleOptions {
  /** The extension's folder: `extension.json` and `src/index.ts`. */
  readonly folder: string;
  /** Export conditions beside the usual ones: `source` where packages are to be read from their sources. */
  readonly conditions?: readonly string[];
}

/** What an extension runs, made from its source. */
export interface Bundle {
  /** The folder of the main file in the package, such as `dist`. */
  readonly folder: string;
  /** All that belongs there, by their paths in the package. */
  readonly files: readonly ArchiveFile[];
  /** What it was made from: absolute paths. */
  readonly sources: readonly string[];
}

/** Writes what `makeBundle` makes, in the place of the last one, and answers the files it was made from. */
export async function bundleExtension(options: BundleOptions, signal: AbortSignal): Promise<readonly string[]> {
  const bundle = await makeBundle(options, signal);
  if (bundle !== undefined) await writeBundle(options.folder, bundle);
  return bundle?.sources ?? [];
}

/**
 * Makes an extension's main file and its lazy chunks from `src/index.ts`, everything it needs inside. What is left to import at run time
 * is `node:` alone, because nothing else will be found. Writes nothing; undefined for an extension without code.
 */
export async function makeBundle({ folder, conditions = [] }: BundleOptions, signal: AbortSignal): Promise<Bundle | undefined> {
  const { name, main } = await manifestOf(folder);
  // What is no text is a mistake that checking tells of.
  if (typeof main !== "string") return undefined;
  const place = await bundleFolderOf(name, folder, main);
  const sources = new Set<string>([join(folder, "package.json")]);
  const { rolldown } = await import("rolldown");
  signal.throwIfAborted();
  const build = await rolldown({
    cwd: folder,
    input: join(folder, "src/index.ts"),
    platform: "node",
    resolve: { conditionNames: [...conditions, "import", "module", "node", "default"] },
    transform: { inject: await injectedOf(folder) },
    plugins: [builtins, ownKernel, { name: "sources", moduleParsed: ({ id }) => void sources.add(id) }],
    // No comments that name the files of this machine.
    experimental: { attachDebugInfo: "none" },
    // What cannot be found is left as an import, and refused as one.
    logLevel: "silent",
    // What a lazy chunk shares stays in the one file that is read at start.
    preserveEntrySignatures: "allow-extension",
  });
  try {
    // ASCII, so that no character of a dependency hides in the bundle; licences stay.
    const { output } = await build.generate({
      format: "esm",
      charset: "ascii",
      comments: { legal: true, annotation: false, jsdoc: false },
      entryFileNames: basename(main),
      chunkFileNames: "[name]-[hash].mjs",
      hashCharacters: "hex",
    });
    const chunks = output.filter((file): file is OutputChunk => file.type === "chunk");
    refuseImports(name, chunks);
    signal.throwIfAborted();
    const files = chunks.map(({ fileName, code }) => ({ path: `${place}/${fileName}`, data: Buffer.from(code), executable: false }));
    return { folder: place, files, sources: [...sources].filter((id) => isAbsolute(id)).sort() };
  } catch (cause) {
    if (ClawError.is(cause) || signal.aborted) throw cause;
    const problems = stripVTControlCharacters(cause instanceof Error ? cause.message : String(cause))
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    throw new ClawError(
      "E_BUNDLE",
      `${name} cannot be bundled: ${problems.find((line) => line.startsWith("[")) ?? problems[0] ?? "no reason given"}`,
      { problems },
      { cause },
    );
  } finally {
    await build.close();
  }
}

/** Old packages say `fs`; the same module under its one unmistakable name. */
const builtins: Plugin = {
  name: "builtins",
  resolveId: (id) => (isBuiltin(id) ? { id: id.startsWith("node:") ? id : `node:${id}`, external: true, moduleSideEffects: false } : null),
};

/** What authors build against comes with claw: a folder that has not installed it gets this one. */
const ownKernel: Plugin = {
  name: "own-kernel",
  async resolveId(id, importer) {
    if (id !== "@claw/kernel" && id !== "@claw/kernel/kit") return null;
    return (await this.resolve(id, importer, { skipSelf: true })) ?? fileURLToPath(import.meta.resolve(id));
  },
};

async function manifestOf(folder: string): Promise<Manifest> {
  return parseStrict(await readFile(join(folder, "extension.json")), { name: join(folder, "extension.json"), maxBytes: limits.manifest }) as Manifest;
}

/**
 * What the author wants put in the place of a global in everything bundled, from `"claw": { "inject": { "Headers": ["./src/light-headers.ts", "LightHeaders"] } }`
 * in package.json: a library's use of one global can cost more than the library.
 */
async function injectedOf(folder: string): Promise<Record<string, [string, string]>> {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return {};
  const { claw } = JSON.parse(await readFile(file, "utf8")) as {
    readonly claw?: { readonly inject?: Readonly<Record<string, readonly [path: string, name: string]>> };
  };
  return Object.fromEntries(Object.entries(claw?.inject ?? {}).map(([global, [path, exported]]) => [global, [join(folder, path), exported]]));
}

function refuseImports(name: string, chunks: readonly OutputChunk[]): void {
  const own = new Set(chunks.map(({ fileName }) => fileName));
  const foreign = chunks
    .flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports])
    .find((specifier) => !own.has(specifier) && !specifier.startsWith("node:"));
  if (foreign !== undefined)
    throw new ClawError(
      "E_EXT_MODULE",
      `${name}: the bundle would import ${JSON.stringify(foreign)} at run time`,
      { specifier: foreign },
      { fix: "bundle it into the package" },
    );
}
