import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { layout } from "./layout.ts";
import { digestOfAll, isCurrent, remember } from "./memory.ts";
import { filesBelow } from "./packages.ts";

interface Library {
  /** The workspace's folder. */
  readonly folder: string;
  /** What of it is compiled, and below which folder the results keep their paths. */
  readonly include: readonly string[];
  readonly base: string;
}

/** In the order in which they use each other. */
const libraries: readonly Library[] = [
  { folder: "kernel", include: ["src", "kit"], base: "." },
  { folder: "marketplace", include: ["src"], base: "src" },
  { folder: "test", include: ["harness", "conformance"], base: "." },
];

/** Compiles what authors outside of this repository build against: JavaScript and declarations in each package's `dist`. */
export async function compileLibraries(circumstances: string, signal: AbortSignal): Promise<number> {
  let compiled = 0;
  for (const library of libraries) if (await compile(library, circumstances, signal)) compiled += 1;
  return compiled;
}

async function compile({ folder, include, base }: Library, circumstances: string, signal: AbortSignal): Promise<boolean> {
  const home = join(layout.root, folder);
  const sources = include.flatMap((each) => filesBelow(join(home, each)));
  const result = `${folder}/dist`;
  const all = `${circumstances} ${digestOfAll(sources)}`;
  if (isCurrent(result, all) && existsSync(join(home, "dist"))) return false;
  const config = join(layout.memory, `tsconfig.${folder}.json`);
  const from = (path: string): string => relative(dirname(config), path);
  const dist = join(home, "dist");
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(layout.memory, { recursive: true });
  // Other packages are read as their users will see them: from their `dist`.
  const compilerOptions = {
    noEmit: false,
    noCheck: true,
    declaration: true,
    customConditions: [],
    typeRoots: [from(join(layout.root, "node_modules/@types"))],
    rootDir: from(join(home, base)),
    outDir: from(dist),
  };
  writeFileSync(
    config,
    JSON.stringify({ extends: from(join(layout.root, "kernel/tsconfig.json")), compilerOptions, include: include.map((each) => from(join(home, each))) }),
  );
  await tsc(config, signal);
  // Generated validators are JavaScript already.
  for (const path of sources.filter((each) => /\.(?:js|d\.ts)$/.test(each))) cpSync(path, join(dist, relative(join(home, base), path)));
  remember(result, [], all);
  return true;
}

async function tsc(config: string, signal: AbortSignal): Promise<void> {
  const compiler = join(layout.root, "node_modules/typescript/bin/tsc");
  const child = spawn(process.execPath, [compiler, "-p", config], { stdio: ["ignore", "pipe", "inherit"], signal });
  const output: Buffer[] = [];
  child.stdout.on("data", (bytes: Buffer) => output.push(bytes));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`tsc -p ${relative(layout.root, config)} failed:\n${Buffer.concat(output).toString()}`);
}
