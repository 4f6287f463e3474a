import { ClawError, type MarketplaceManifest } from "@claw/kernel/host";

/** One version as it was first seen. It never changes. */
export interface SeenVersion {
  readonly sha256: string;
  readonly tree?: string;
  /** ISO time. */
  readonly firstSeen: string;
}

export type SeenVersions = Readonly<Record<string, SeenVersion>>;

/** What a marketplace shows of the versions of one extension now. */
export type OfferedVersions = Readonly<Record<string, Pick<SeenVersion, "sha256" | "tree">>>;

const fix = { fix: "ask whoever runs the marketplace" };

/** Refuses the versions of another extension than was asked for, and those that lack what the index calls the latest. */
export function checkManifest(manifest: MarketplaceManifest, { name, latest }: { readonly name: string; readonly latest: string }): void {
  if (manifest.name !== name) throw new ClawError("E_NAME_MISMATCH", `the versions of ${name} are those of ${manifest.name}`, { name }, fix);
  if (!Object.hasOwn(manifest.versions, latest))
    throw new ClawError(
      "E_MANIFEST_MISMATCH",
      `the index says that ${name} ${latest} is the latest, and it is not among the versions`,
      { name, field: "latest" },
      fix,
    );
}

/**
 * A version says the same for ever, and stays (extensions.md §3.5, rule 5). Without `complete` one may be missing, where a marketplace shows
 * its latest version only.
 */
export function refuseChanged(name: string, seen: SeenVersions, offered: OfferedVersions, complete: boolean): void {
  for (const [version, was] of Object.entries(seen)) {
    const is = Object.hasOwn(offered, version) ? offered[version] : undefined;
    if (is === undefined) {
      if (!complete) continue;
      throw new ClawError("E_VERSION_REMOVED", `${name} ${version} was published and is not there any more`, { name, version }, fix);
    }
    if (is.sha256 === was.sha256 && is.tree === was.tree) continue;
    throw new ClawError("E_VERSION_MUTATED", `${name} ${version} is not what was published under that version before`, { name, version }, fix);
  }
}

/** What is remembered once `refuseChanged` has agreed; the same object when nothing is new. */
export function withOffered(seen: SeenVersions, offered: OfferedVersions, now: Date): SeenVersions {
  const fresh = Object.entries(offered).filter(([version]) => !Object.hasOwn(seen, version));
  if (fresh.length === 0) return seen;
  const firstSeen = now.toISOString();
  const added = fresh.map(([version, { sha256, tree }]) => [version, { sha256, ...(tree === undefined ? {} : { tree }), firstSeen }] as const);
  return { ...seen, ...Object.fromEntries(added) };
}
