import type { AdminPolicy } from "../generated/types.ts";

/** What of an installed extension a policy is asked about. */
export interface Governed {
  readonly name: string;
  readonly tree: string;
  readonly publisher: string;
}

/** Why an extension that is installed may not be used, in words; `undefined` if it may. Blocks and pins hold for claw's own extensions too. */
export function blockedBy({ extensions: { blocked = [], pins = {} } = {} }: AdminPolicy, { name, tree }: Governed): string | undefined {
  if (blocked.includes(name) || blocked.includes(tree)) return `the administrator's policy blocks ${name}`;
  const pin = Object.hasOwn(pins, name) ? pins[name] : undefined;
  return pin === undefined || pin === tree ? undefined : `the administrator's policy pins ${name} to other contents`;
}
