import type { Secrets } from "../src/contracts/secrets.ts";
import { ClawError } from "../src/errors.ts";

export interface NamedSecret<Name extends string = string> {
  readonly name: Name;
  readonly value: string;
}

/** The first of several secrets that there is; undefined when there is none. One that no header can carry is an error that does not repeat it. */
export async function firstSecret<Name extends string>(secrets: Secrets, names: readonly Name[], provider: string): Promise<NamedSecret<Name> | undefined> {
  for (const name of names) {
    const value = (await secrets.get(name))?.trim() ?? "";
    if (value === "") continue;
    if (!/^[\x21-\x7e]+$/.test(value)) {
      throw new ClawError("MODEL_AUTH", `${name} holds characters that no key has`, { provider }, { fix: `copy the key again and export ${name}` });
    }
    return { name, value };
  }
  return undefined;
}
