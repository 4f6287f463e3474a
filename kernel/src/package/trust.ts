import { ClawError } from "../errors.ts";
import type { Tier } from "../extension/plan.ts";
import type { StoreLocation } from "./seal.ts";
import { commitSealed, readSealed } from "./sealed-document.ts";

/** From no code at all to code in this process. */
const order: readonly (Tier | "none")[] = ["none", "declarative", "wasm", "isolated", "trusted"];

export interface PublisherTrust {
  /** The highest tier of what this publisher signed; `none` takes the trust back that another trust.json gives. */
  readonly tier: Tier | "none";
  /** Only these extensions; everything the publisher signs when absent. */
  readonly extensions?: readonly string[];
  /** The public key of a publisher who signs with one. */
  readonly pem?: string;
}

export interface Revocation {
  readonly severity: "malicious" | "vulnerable" | "key-compromise";
  readonly name?: string;
  /** With `name`: these versions, whole; every version when absent. */
  readonly versions?: readonly string[];
  readonly tree?: string;
  readonly reason?: string;
  readonly date?: string;
}

/** What trust.json says. Publishers are named as the lock names them: `key:sha256-…` or `oidc:<issuer>#<identity>`. */
export interface Trust {
  readonly publishers: Readonly<Record<string, PublisherTrust>>;
  readonly revoked: readonly Revocation[];
  /** The default marketplace, in the trust.json that comes with the program: its name, and the digest of its first trusted root. */
  readonly marketplace?: { readonly id: string; readonly root: string };
}

const trustFile = "trust.json";

/** The trust.json of a store. Where there is none, nobody is trusted. */
export function readTrust(at: StoreLocation): Trust {
  const { publishers = {}, revoked = [], marketplace } = (readSealed(at, trustFile) ?? {}) as Partial<Trust>;
  return { publishers, revoked, ...(marketplace === undefined ? {} : { marketplace }) };
}

/** Replaces the trust.json of a store by what `change` makes of it. */
export const commitTrust = (at: StoreLocation, change: (current: Trust) => Trust, signal: AbortSignal): Promise<void> =>
  commitSealed(at, trustFile, () => change(readTrust(at)), signal);

/** Several trusts as one: what a later one says of a publisher holds, revocations add up. */
export const combineTrust = (...trusts: readonly Trust[]): Trust => ({
  publishers: Object.assign({}, ...trusts.map((trust) => trust.publishers)) as Trust["publishers"],
  revoked: trusts.flatMap((trust) => trust.revoked),
});

/** What trust is judged by. */
export interface Trustable {
  readonly name: string;
  readonly version: string;
  readonly tree: string;
  readonly publisher: string;
  readonly tier: Tier;
}

/** The revocation that meets an extension, the gravest first. `vulnerable` is a warning; the others refuse. */
export function revocationOf(extension: Trustable, trust: Trust): Revocation | undefined {
  const met = trust.revoked.filter(
    ({ name, versions, tree }) => tree === extension.tree || (name === extension.name && (versions === undefined || versions.includes(extension.version))),
  );
  return met.find(({ severity }) => severity !== "vulnerable") ?? met[0];
}

/** The tier an installed extension runs in: the lock's, if its publisher is still trusted that far and it is not revoked. */
export function tierOf(extension: Trustable, trust: Trust): Tier {
  const revocation = revocationOf(extension, trust);
  if (revocation !== undefined && revocation.severity !== "vulnerable") {
    const why = revocation.reason === undefined ? revocation.severity : `${revocation.severity}: ${revocation.reason}`;
    throw new ClawError(
      "E_REVOKED",
      `${extension.name} ${extension.version} was revoked (${why})`,
      { extension: extension.name },
      { fix: `--without ${extension.name}` },
    );
  }
  const { name, publisher, tier } = extension;
  const given = Object.hasOwn(trust.publishers, publisher) ? trust.publishers[publisher] : undefined;
  const reaches = given !== undefined && order.indexOf(given.tier) >= order.indexOf(tier) && (given.extensions?.includes(name) ?? true);
  if (!reaches) {
    throw new ClawError(
      "E_PUBLISHER_UNTRUSTED",
      `${name}: its publisher ${publisher} is not trusted for tier ${tier}`,
      { extension: name, publisher },
      { fix: `--without ${name}` },
    );
  }
  return tier;
}
