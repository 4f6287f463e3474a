import { hash } from "node:crypto";
import { ClawError, type MarketplaceRoot } from "@claw/kernel/host";
import { verifyThreshold } from "./envelope.ts";
import { instantOf, readRoot } from "./read.ts";

/** A root that is trusted, and the fingerprint of its file. */
export interface TrustedRoot {
  readonly document: MarketplaceRoot;
  readonly fingerprint: string;
}

/** Fetches the root of a version; undefined where there is none. */
export type RootFetch = (version: number) => Promise<Uint8Array | undefined>;

/** How far one goes along a chain at once: a server that makes up root after root is not followed for ever. */
const mostSteps = 100;

/** How a person compares roots: the digest of the file. */
export const fingerprintOf = (root: Uint8Array): string => `sha256:${hash("sha256", root)}`;

export const rootPathOf = (version: number): string => `${version}.root.json`;

/**
 * Follows the chain of roots from a trusted one: each is signed by the threshold of the old and of the new root role, one version higher,
 * and for the same marketplace (extensions.md §3.5, rule 3). Answers the roots behind the first, the newest last. Whether that one has
 * expired is asked by `refuseExpiredRoot`: those before it may have.
 */
export async function followRoots(first: TrustedRoot, fetch: RootFetch, now: Date): Promise<readonly TrustedRoot[]> {
  const reached: TrustedRoot[] = [];
  for (let last = first; ;) {
    const bytes = await fetch(last.document.version + 1);
    if (bytes === undefined) return reached;
    if (reached.length === mostSteps) throw refusedVersion(first.document, `it has more than ${mostSteps} new roots`);
    const document = readRoot(bytes);
    await checkSuccessor(last.document, document, now);
    last = { document, fingerprint: fingerprintOf(bytes) };
    reached.push(last);
  }
}

async function checkSuccessor(old: MarketplaceRoot, next: MarketplaceRoot, now: Date): Promise<void> {
  const { marketplace, version } = old;
  if (next.marketplace !== marketplace)
    throw new ClawError(
      "E_ROOT_MARKETPLACE",
      `the next root of ${marketplace} is for ${next.marketplace}`,
      { marketplace },
      { fix: "ask whoever runs the marketplace" },
    );
  if (next.version !== version + 1) throw refusedVersion(old, `root ${version} is followed by root ${next.version}`);
  const what = `root ${next.version} of ${marketplace}`;
  await verifyThreshold("root", next, old.roles.root, { now, trustedRoot: old.sigstore?.trustedRoot, what: `${what} by the old root` });
  await checkOwnSignatures(next, now);
}

/** A root is signed by its own root role: nobody may be named in it who does not agree. */
export const checkOwnSignatures = (root: MarketplaceRoot, now: Date): Promise<void> =>
  verifyThreshold("root", root, root.roles.root, { now, trustedRoot: root.sigstore?.trustedRoot, what: `root ${root.version} of ${root.marketplace}` });

export function refuseExpiredRoot({ marketplace, expires }: MarketplaceRoot, now: Date): void {
  if (instantOf(expires, "root.json") > now.getTime()) return;
  throw new ClawError(
    "E_ROOT_EXPIRED",
    `the root of ${marketplace} was good until ${expires}`,
    { marketplace, expires },
    { fix: "ask whoever runs the marketplace" },
  );
}

/**
 * Finds the root that a pin names: the one that is published, or an older one of the chain, from which the others are then reached. It is
 * believed because of its digest, and not because of who signed it.
 */
export async function pinnedRoot(pin: string, newest: Uint8Array, fetch: RootFetch): Promise<TrustedRoot> {
  const { version, marketplace } = readRoot(newest);
  let bytes: Uint8Array | undefined = newest;
  for (let step = version; step > 0 && step >= version - mostSteps; step -= 1) {
    if (bytes !== undefined && fingerprintOf(bytes) === pin) return { document: readRoot(bytes), fingerprint: pin };
    bytes = step > 1 ? await fetch(step - 1) : undefined;
  }
  const fingerprint = fingerprintOf(newest);
  throw new ClawError(
    "E_ROOT_UNKNOWN",
    `no root of ${marketplace} is the trusted one, ${pin}; the one it publishes is ${fingerprint}`,
    { marketplace, fingerprint },
    { fix: "compare the fingerprint with what its operator says" },
  );
}

const refusedVersion = ({ marketplace }: MarketplaceRoot, why: string): ClawError =>
  new ClawError("E_ROOT_VERSION", `the roots of ${marketplace} are no chain: ${why}`, { marketplace }, { fix: "ask whoever runs the marketplace" });
