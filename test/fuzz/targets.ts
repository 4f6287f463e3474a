import { archive } from "./archive.ts";
import { names } from "./names.ts";
import { shellText } from "./shell-text.ts";
import { signatureBundle } from "./signature-bundle.ts";
import { strictJson } from "./strict-json.ts";
import type { Target } from "./target.ts";
import { versions } from "./versions.ts";

/** A target whose inputs are made and read in one place, so that their type is nobody else's business. */
const closed = <I extends string | Buffer, V>(target: Target<I, V>): Target => target as unknown as Target;

export const targets: readonly Target[] = [closed(strictJson), closed(archive), closed(signatureBundle), closed(names), closed(versions), closed(shellText)];

export const targetOf = (name: string): Target => {
  const found = targets.find((target) => target.name === name);
  if (found === undefined) throw new Error(`there is no target ${name}: ${targets.map((target) => target.name).join(", ")}`);
  return found;
};
