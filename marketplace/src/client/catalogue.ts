import type { ClawError, LockEntry, MarketplaceSearch, RevokedRange } from "@claw/kernel/host";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import type { PublisherPolicy, VerifiedSignature } from "../signature/policy.ts";

/** What a marketplace offers, whatever its format: claw's own documents, or those of another system. */
export interface Catalogue {
  /** The marketplace's name: a URL, which is not necessarily where its files are. */
  readonly id: string;
  readonly indexVersion?: number;
  readonly rootVersion?: number;
  /** Every name it advertises. */
  readonly names: readonly string[];
  readonly revoked: readonly RevokedRange[];
  /** Why this is what was verified last and not what the marketplace says now, and since when; absent when it is. */
  readonly stale?: { readonly since?: string; readonly cause: ClawError };
  /** The full name that a short one means here. */
  alias(short: string): string | undefined;
  /** Every version of an extension; undefined where it is not advertised. */
  offers(name: string, signal: AbortSignal): Promise<Offers | undefined>;
  /** Names to descriptions and keywords. */
  search(signal: AbortSignal): Promise<MarketplaceSearch>;
}

/** All that a marketplace says of one extension. */
export interface Offers {
  readonly name: string;
  readonly description?: string;
  /** Why it should not be used any more. */
  readonly deprecated?: string;
  readonly versions: readonly Offer[];
}

/** One version of an extension, as a marketplace offers it. Nothing of it is proved but that the marketplace says so. */
export interface Offer {
  readonly name: string;
  readonly version: string;
  readonly marketplace: string;
  /** Where in the marketplace it is. */
  readonly resolved: string;
  /** Of the documents that offer it. */
  readonly indexVersion?: number;
  readonly rootVersion?: number;
  /** ISO time. */
  readonly published?: string;
  /** ISO time at which this machine first saw it. */
  readonly firstSeen?: string;
  /** Bytes of the archive. */
  readonly size?: number;
  readonly integrity?: string;
  readonly tree?: string;
  readonly engines: { readonly claw: string };
  readonly permissions: Readonly<Record<string, unknown>>;
  /** Name to range. */
  readonly dependencies: Readonly<Record<string, string>>;
  /** Slots and contents it provides, sorted: `tool`, `provider`, `skills`. */
  readonly contributes: readonly string[];
  /** `trusted` when it holds code. */
  readonly tier: "declarative" | "trusted";
  /** Ships programs. */
  readonly native: boolean;
  readonly yanked?: { readonly date: string; readonly reason: string };
  readonly deprecated?: string;
  /** Who may sign it. Empty: nobody is named, and only a person who allows unsigned packages may have it. */
  readonly publishers: PublisherPolicy;
  /** Whether its publisher must also be in the transparency log when it signs with a key. */
  readonly tlog?: "required";
  /** The trusted root of a private sigstore, as JSON. */
  readonly trustedRoot?: unknown;
  readonly foreign?: LockEntry["foreign"];
  /** What a person has to know before agreeing, one sentence each: what was claimed and is not believed, what moved. */
  readonly warnings?: readonly string[];
  /** Downloads it, never more than its size. Verifies nothing of an archive in claw's own form; what was mapped comes with its signature judged. */
  fetch(signal: AbortSignal): Promise<Fetched>;
}

/** A downloaded package: an archive in claw's own form, or files that were mapped from another form. */
export type Fetched =
  | { readonly form: "archive"; readonly archive: Uint8Array; readonly bundle: Uint8Array | undefined; readonly provenance?: Uint8Array }
  | {
      readonly form: "mapped";
      /** Its files, with the `extension.json` that says of it what claw has to know. */
      readonly files: readonly ArchiveFile[];
      /** `sha256-…` of the archive they came from, or of their canonical archive where there was none. */
      readonly integrity: string;
      /** Who signed it; undefined for nobody. */
      readonly signature: VerifiedSignature | undefined;
      /** Parts that claw has no use for yet, in words. */
      readonly inactive: readonly string[];
    };
