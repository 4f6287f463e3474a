import { posix } from "node:path";
import type { Import } from "./source.ts";

/** What the files of a folder may import. */
export interface Layer {
  /** Where it is explained. */
  readonly rule: string;
  /** Relative imports may lead to these folders, or to these files. */
  readonly folders: readonly string[];
  /** Of these files only types may be imported. */
  readonly types?: readonly string[];
  readonly packages: readonly string[];
  /** Only by `import()`; their types, which are gone when anything runs, in any way. */
  readonly lazily?: readonly string[];
}

/** The reason why a file may not have this import; `undefined` if it may. */
export function trespass(file: string, { specifier, dynamic, typeOnly }: Import, layer: Layer): string | undefined {
  const refused = `${file} imports ${specifier}: ${layer.rule}`;
  if (specifier === "(computed)") return undefined;
  if (specifier.startsWith(".")) {
    const target = posix.join(posix.dirname(file), specifier);
    const inside = (places: readonly string[]): boolean => places.some((place) => target === place || target.startsWith(`${place}/`));
    return inside(layer.folders) || (typeOnly && inside(layer.types ?? [])) ? undefined : refused;
  }
  if (specifier.startsWith("node:")) return undefined;
  const among = (packages: readonly string[]): boolean =>
    packages.some((name) => specifier === name || (!name.startsWith("@claw/") && specifier.startsWith(`${name}/`)));
  return among(layer.packages) || ((dynamic || typeOnly) && among(layer.lazily ?? [])) ? undefined : refused;
}

/** The dependencies in a package.json, without the workspaces of this repository. */
export function dependenciesIn(packageJson: string): readonly string[] {
  const { dependencies = {}, devDependencies = {} } = JSON.parse(packageJson) as Partial<Record<"dependencies" | "devDependencies", object>>;
  return [...Object.keys(dependencies), ...Object.keys(devDependencies)].filter((name) => !name.startsWith("@claw/") && !name.startsWith("@claw-ext/"));
}
