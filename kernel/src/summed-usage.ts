import type { Usage } from "./contracts/message.ts";

/** What several requests used together; undefined when nothing is known of any. */
export function summedUsage(usages: readonly (Usage | undefined)[]): Usage | undefined {
  const known = usages.filter((usage) => usage !== undefined);
  if (known.length === 0) return undefined;
  const names = [...new Set(known.flatMap((usage) => Object.keys(usage)))] as (keyof Usage)[];
  return Object.fromEntries(names.map((name) => [name, known.reduce((sum, usage) => sum + (usage[name] ?? 0), 0)])) as unknown as Usage;
}
