import { type Dirent, existsSync } from "node:fs";
import { lstat, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { basename, dirname, isAbsolute, join } from "node:path";
import { normalize } from "node:path/posix";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { ClawError, type Manifest, parseStrict, writing } from "@claw/kernel/host";
import type { OutputChunk, Plugin } from "rolldown";
import { limits } from "../archive/limits.ts";

export interface BundleOptions {
  /** The extension's folder: `extension.json` and `src/index.ts`. */
  readonly folder: string;
  /** Export conditions beside the usual ones: `source` where packages are to be read from their sources. */
  readonly conditions?: readonly string[];
}

/**
 * Makes an extension's main file and its lazy chunks from `src/index.ts`, everything it needs inside. What is left to import at run time
 * is `node:` alone, because nothing else will be found. Answers the files it was made from.
 */
export async function bundleExtension({ folder, conditions = [] }: BundleOptions, signal: AbortSignal): Promise<readonly string[]> {
  const { name, main } = await manifestOf(folder);
  // What is no text is a mistake that checking tells of.
  if (typeof main !== "string") return [];
  await refuseOthers(name, folder, main);
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
    await write(join(folder, dirname(main)), chunks);
    return [...sources].filter((id) => isAbsolute(id)).sort();
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

/** What a bundle is made of: the main file, and chunks by name and digest. */
const chunk = /^[^/]+-[0-9a-f]{8}\.mjs$/;

const ownFolder = 'give it a folder of its own in extension.json: "main": "./dist/index.mjs"';

/**
 * The folder of the main file holds nothing but the bundle, which is made anew each time: so it is one of its own. What anybody else put there is not
 * ours to take away.
 */
async function refuseOthers(name: string, folder: string, main: string): Promise<void> {
  // The manifest may be a stranger's, and nobody has judged it yet.
  const at = normalize(dirname(main));
  const place = join(folder, at);
  if (isAbsolute(main) || at.split("/").includes("..") || (await leadsElsewhere(folder, at)))
    throw new ClawError(
      "E_MAIN",
      `${name}: its main file ${JSON.stringify(main.slice(0, 120))} lies outside of its folder`,
      { path: place },
      { fix: ownFolder },
    );
  const others = (await entriesIn(place)).filter((entry) => entry.name !== basename(main) && !(entry.isFile() && chunk.test(entry.name)));
  const isShared = at === "." || /^src(?:\/|$)/.test(at) || others.length > 0;
  if (!isShared) return;
  const what = others[0] === undefined ? "" : `, and ${join(at, others[0].name)} is not of it`;
  throw new ClawError(
    "E_MAIN",
    `${name}: its main file ${main} is made anew by every bundle, with all that lies beside it${what}`,
    { path: place },
    { fix: ownFolder },
  );
}

/** Whether a link stands anywhere on the way. */
async function leadsElsewhere(folder: string, at: string): Promise<boolean> {
  const steps = at.split("/").map((_name, index, all) => join(folder, ...all.slice(0, index + 1)));
  const found = await Promise.all(steps.map((step) => lstat(step).catch(() => undefined)));
  return found.some((step) => step?.isSymbolicLink() === true);
}

async function entriesIn(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function write(folder: string, chunks: readonly OutputChunk[]): Promise<void> {
  await writing(folder, async () => {
    for (const { name } of await entriesIn(folder)) await rm(join(folder, name));
    await mkdir(folder, { recursive: true });
    await Promise.all(chunks.map(({ fileName, code }) => writeFile(join(folder, fileName), code)));
  });
}
