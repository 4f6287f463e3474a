import type { MarketplaceRoot, PublishedVersion, RevokedRange } from "@claw/kernel/host";
import type { OidcPublisher, VerifiedSignature } from "../signature/policy.ts";

/** Someone who may publish. A key is told by its id; one that cannot be read has none. */
export type Publisher = OidcPublisher | { readonly kind: "key"; readonly id: string | undefined; readonly notAfter: string | undefined };

/** What is known of how a version is signed. */
export type SignatureState =
  /** Checked when the page was made, with the code that installs packages. */
  | { readonly state: "verified"; readonly by: VerifiedSignature }
  /** Read, but not checked against the archive. */
  | { readonly state: "read"; readonly kind: "key" | "keyless" | "attestation" }
  | { readonly state: "refused"; readonly why: string };

export interface VersionFacts extends PublishedVersion {
  readonly version: string;
  readonly revoked: RevokedRange | undefined;
  readonly signed: SignatureState;
}

/** All that a page says of an extension. Everything in it may have been written by a stranger. */
export interface ExtensionFacts {
  readonly name: string;
  readonly displayName: string | undefined;
  readonly description: string | undefined;
  readonly license: string | undefined;
  readonly repository: string | undefined;
  readonly deprecated: string | undefined;
  /** Short names that mean it here. */
  readonly aliases: readonly string[];
  readonly keywords: readonly string[];
  readonly publishers: readonly Publisher[];
  /** Its publisher must be in the transparency log. */
  readonly isLogged: boolean;
  readonly latest: string;
  /** Newest first. */
  readonly versions: readonly VersionFacts[];
  /** Of the latest version. */
  readonly readme: string | undefined;
  /** Slots to names that the latest version provides, with what it says they are. */
  readonly provides: readonly (readonly [slot: string, name: string, description: string])[];
  /** What is wrong with it. */
  readonly problems: readonly string[];
}

/** What every page says of the marketplace. */
export interface MarketplaceFacts {
  readonly id: string;
  readonly root: MarketplaceRoot;
  /** `sha256:…` of root.json. */
  readonly fingerprint: string;
  readonly indexVersion: number;
  readonly issued: string;
  readonly expires: string;
  readonly hasExpired: boolean;
  readonly count: number;
  readonly scopes: readonly { readonly scope: string; readonly publishers: readonly Publisher[]; readonly isLogged: boolean }[];
  readonly removed: readonly { readonly name: string; readonly date: string; readonly reason: string }[];
  readonly revoked: readonly RevokedRange[];
  readonly mirrors: readonly string[];
}
