import type { Target } from "./target.ts";

/** A target whose inputs are made and read in one place, so that their type is nobody else's business. */
const closed = <I extends string | Buffer, V>(target: Target<I, V>): Target => target as unknown as Target;

/** Each is loaded only by who runs it: what it reads with may be large. */
const loaders: Readonly<Record<string, () => Promise<Target>>> = {
  "strict-json": async () => closed((await import("./strict-json.ts")).strictJson),
  archive: async () => closed((await import("./archive.ts")).archive),
  "signature-bundle": async () => closed((await import("./signature-bundle.ts")).signatureBundle),
  names: async () => closed((await import("./names.ts")).names),
  versions: async () => closed((await import("./versions.ts")).versions),
  "shell-text": async () => closed((await import("./shell-text.ts")).shellText),
};

export const targetNames: readonly string[] = Object.keys(loaders);

const missing = (name: string): Error => new Error(`there is no target ${name}: ${targetNames.join(", ")}`);

/** The name, if there is a target of it. */
export function checkTarget(name: string): string {
  if (targetNames.includes(name)) return name;
  throw missing(name);
}

export function targetOf(name: string): Promise<Target> {
  const load = loaders[name];
  if (load === undefined) throw missing(name);
  return load();
}
