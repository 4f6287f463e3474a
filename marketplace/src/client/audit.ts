import { combineTrust, type InstalledExtension, openStore, readTrust, revocationOf, type Trust } from "@claw/kernel/host";
import { byVersion, isPrerelease } from "../versions.ts";
import { revocationOfOffer } from "./candidates.ts";
import type { Catalogue, Offers } from "./catalogue.ts";
import { isTrusted } from "./consent-record.ts";
import type { ClientContext } from "./context.ts";
import { quoted } from "./quoted.ts";
import { everywhere } from "./remove.ts";

export interface Finding {
  readonly name: string;
  readonly version: string;
  readonly workspace?: string;
  /**
   * `error`: it must not be used. `warning`: somebody should look. `note`: worth knowing.
   */
  readonly level: "error" | "warning" | "note";
  readonly kind: "revoked" | "yanked" | "deprecated" | "outdated" | "unsigned" | "untrusted" | "provenance" | "removed" | "unchecked";
  /** One sentence. */
  readonly text: string;
}

export interface AuditOptions {
  readonly context: ClientContext;
  /** The marketplace that packages came from; undefined for one that cannot be asked. */
  readonly catalogueOf: (marketplace: string, signal: AbortSignal) => Promise<Catalogue | undefined>;
}

type Told = Pick<Finding, "level" | "kind" | "text">;

/** What somebody who installed these extensions would want to know of them today. */
export async function audit({ context, catalogueOf }: AuditOptions, signal: AbortSignal): Promise<readonly Finding[]> {
  const { store, bundled } = context;
  const trust = combineTrust(bundled.trust, readTrust(store));
  // What comes with claw is brought up to date with claw; only that it may not be used any more is for an audit to say.
  const findings: Finding[] = [...everywhere(bundled)].flatMap(({ extension }) =>
    ofItself(extension, trust)
      .filter(({ kind }) => kind === "revoked" || kind === "untrusted")
      .map((each) => ({ name: extension.name, version: extension.version, ...each })),
  );
  for (const { extension, project } of everywhere(openStore(store))) {
    const { name, version, lock } = extension;
    const catalogue = await catalogueOf(lock.marketplace, signal);
    const offers = await catalogue?.offers(name, signal);
    const told = [...ofItself(extension, trust), ...(catalogue === undefined ? [unchecked(extension)] : ofMarketplace(extension, catalogue, offers))];
    const unique = new Map(told.map((each) => [each.kind, each]));
    findings.push(...[...unique.values()].map((each) => ({ name, version, ...(project === undefined ? {} : { workspace: project }), ...each })));
  }
  return findings;
}

/** What this machine knows by itself. */
function ofItself(extension: InstalledExtension, trust: Trust): readonly Told[] {
  const { name, version, publisher, lock } = extension;
  const told: Told[] = [];
  const revocation = revocationOf(extension, trust);
  if (revocation !== undefined) told.push(revoked(version, revocation));
  if (!isTrusted({ name, entry: lock }, trust))
    told.push({ level: "error", kind: "untrusted", text: `its publisher ${publisher} is not trusted any more, so it is held back` });
  const { mode } = lock.signature;
  if (mode === "none") told.push({ level: "warning", kind: "unsigned", text: "nobody signed it" });
  if (mode === "key") told.push({ level: "note", kind: "provenance", text: "it is signed with a key, and nothing says from which source it was built" });
  return told;
}

/** What the marketplace it came from says of it. */
function ofMarketplace({ name, version, tree }: InstalledExtension, catalogue: Catalogue, offers: Offers | undefined): readonly Told[] {
  const told: Told[] = [];
  const revocation = revocationOfOffer({ name, version, tree }, catalogue.revoked);
  if (revocation !== undefined) told.push(revoked(version, revocation));
  if (offers === undefined) return [...told, { level: "warning", kind: "removed", text: `${catalogue.id} does not offer it any more` }];
  const offer = offers.versions.find((each) => each.version === version);
  if (offer === undefined) told.push({ level: "warning", kind: "removed", text: `${catalogue.id} does not offer ${version} any more` });
  if (offer?.yanked !== undefined) told.push({ level: "warning", kind: "yanked", text: `${version} was yanked (${quoted(offer.yanked.reason)})` });
  const deprecated = offer?.deprecated ?? offers.deprecated;
  if (deprecated !== undefined) told.push({ level: "warning", kind: "deprecated", text: `it is deprecated: ${quoted(deprecated)}` });
  const [newest] = offers.versions
    .filter(
      (each) => each.yanked === undefined && (!isPrerelease(each.version) || isPrerelease(version)) && revocationOfOffer(each, catalogue.revoked) === undefined,
    )
    .map((each) => each.version)
    .sort((a, b) => byVersion(b, a));
  if (newest !== undefined && byVersion(newest, version) > 0) told.push({ level: "note", kind: "outdated", text: `${newest} is out` });
  return told;
}

const revoked = (version: string, { severity, reason }: { readonly severity: string; readonly reason?: string }): Told => ({
  level: severity === "vulnerable" ? "warning" : "error",
  kind: "revoked",
  text: `${version} was revoked (${severity}${reason === undefined ? "" : `: ${quoted(reason)}`})`,
});

const unchecked = ({ lock }: InstalledExtension): Told => ({
  level: "note",
  kind: "unchecked",
  text: `${quoted(lock.marketplace)} was not asked about it`,
});
