import type { Boot } from "./boot.ts";

/** The value of the setting that carries a flag, whichever extension has it and wherever it was set; undefined when nobody set it. */
export function settingOfFlag(flag: string, { plan, merged }: Pick<Boot, "plan" | "merged">): unknown {
  const owner = plan.owners.get(`flag:${flag}`);
  const manifest = plan.extensions.find(({ id }) => id === owner)?.manifest;
  const property = Object.entries(manifest?.config?.properties ?? {}).find(([, schema]) => schema.flag === flag)?.[0];
  return merged.explained.get(`config.${owner}.${property}`)?.value;
}
