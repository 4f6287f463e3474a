import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { root } from "./schema-files.ts";

/** The doors, in the order they are rolled up. */
const doors = ["src/index", "src/host", "kit/index"];

/** `kernel/api.txt`: the declarations of the kernel's doors and of everything they lead to, so that a change of the public API is seen. `fresh` are generated files that may not be on the disk yet. */
export function publicApi(fresh: Readonly<Record<string, string>>): string {
  const declarations = mkdtempSync(join(tmpdir(), "claw-api-"));
  try {
    emitDeclarations(declarations);
    return rollUp(doors, (path) => fresh[`kernel/${path}.d.ts`] ?? readFileSync(declarationOf(path, [declarations, join(root, "kernel")]), "utf8"));
  } finally {
    rmSync(declarations, { recursive: true });
  }
}

/** A module of generated JavaScript has its declarations beside it in the sources. */
function declarationOf(path: string, folders: readonly string[]): string {
  const found = folders.map((folder) => join(folder, `${path}.d.ts`)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`there is no declaration of kernel/${path}`);
  return found;
}

/** Types are not checked here: a tree in the middle of a change still has a public API. */
function emitDeclarations(folder: string): void {
  const config = join(folder, "tsconfig.json");
  const kernel = join(root, "kernel");
  const files = doors.map((door) => join(kernel, `${door}.ts`)).filter((path) => existsSync(path));
  const options = {
    rootDir: kernel,
    outDir: folder,
    declaration: true,
    emitDeclarationOnly: true,
    noCheck: true,
    typeRoots: [join(root, "node_modules/@types")],
  };
  writeFileSync(config, JSON.stringify({ extends: join(kernel, "tsconfig.json"), files, include: [], compilerOptions: options }));
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", config], { stdio: ["ignore", "ignore", "inherit"] });
}

/** The text of every module that the first ones lead to, each once, where it is first met. */
export function rollUp(entries: readonly string[], read: (path: string) => string): string {
  const sections = new Map<string, string>();
  const visit = (path: string): void => {
    if (sections.has(path)) return;
    const text = read(path).trimEnd();
    sections.set(path, `// ${path}\n${text}\n`);
    for (const [, specifier = ""] of text.matchAll(/(?:from |import\(|import )"(\.[^"]+)"/g)) {
      visit(relative(".", join(dirname(path), specifier.replace(/(?:\.d)?\.[jt]s$/, ""))));
    }
  };
  for (const entry of entries) visit(entry);
  return [...sections.values()].join("\n");
}
