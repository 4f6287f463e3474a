import { ClawError, type Manifest, namesOf, type Store } from "@claw/kernel/host";
import type { Admitted } from "./admit.ts";
import { isOwn } from "./policy.ts";

export interface ClashInput {
  /** What comes with the program. */
  readonly bundled: Store;
  /** What the person installed, without what is about to be replaced. */
  readonly installed: readonly Manifest[];
  /** `tool:read_file` and the like to the extension that the person's profile gives it to. */
  readonly prefer: Readonly<Record<string, string>>;
  readonly platform: string;
}

/**
 * Names that a package claims and another holds. Who owns one is decided at start; here a name of claw's own is refused to others, unless the
 * profile has settled it, and any other clash is told, with the line that would settle it.
 */
export function clashesOf(admitted: readonly Admitted[], { bundled, installed, prefer, platform }: ClashInput): readonly string[] {
  const own = holdersOf(
    bundled.names.flatMap((name) => bundled.get(name)?.manifest ?? []),
    platform,
  );
  const others = holdersOf([...installed, ...admitted.map(({ manifest }) => manifest)], platform);
  return admitted.flatMap(({ name, manifest, entry }) =>
    namesOf(manifest, platform).flatMap((claimed) => {
      if (Object.hasOwn(prefer, claimed)) return [];
      const line = `"prefer": { ${JSON.stringify(claimed)}: ${JSON.stringify(name)} }`;
      const reserved = own.get(claimed)?.find((holder) => holder !== name);
      if (reserved !== undefined && !isOwn(name, entry.publisher, bundled.trust))
        throw new ClawError(
          "E_ID_RESERVED",
          `${name} claims ${claimed}, which is reserved to ${reserved}`,
          { name: claimed },
          { fix: `add ${line} to settings.json` },
        );
      const holder = reserved ?? others.get(claimed)?.find((each) => each !== name);
      return holder === undefined ? [] : [`${name} and ${holder} both claim ${claimed}: add ${line} to settings.json, or one of them is held back`];
    }),
  );
}

function holdersOf(manifests: readonly Manifest[], platform: string): ReadonlyMap<string, readonly string[]> {
  const holders = new Map<string, string[]>();
  for (const manifest of manifests) {
    for (const name of namesOf(manifest, platform)) holders.set(name, [...(holders.get(name) ?? []), manifest.name]);
  }
  return holders;
}
