/** A publisher who signs with a key. */
export interface KeyPublisher {
  readonly kind: "key";
  readonly pem: string;
  /** ISO time after which nothing new is accepted from this key. */
  readonly notAfter?: string;
}

/** A publisher who signs keyless: a workflow of a repository, or with `san` a person. */
export interface OidcPublisher {
  readonly kind: "oidc";
  readonly issuer: string;
  /** `https://github.com/acme/x/.github/workflows/release.yml`, without the ref. */
  readonly workflow?: string;
  /** Refs it may have been built from, exact or with a trailing `*`; any when absent. */
  readonly refs?: readonly string[];
  /** Numbers that a repository or owner of the same name, made again, does not get. */
  readonly repositoryId?: string;
  readonly ownerId?: string;
  readonly san?: string;
}

/** Who may sign an extension: any one entry must match. It comes from a signed index or from the person, never from the package. */
export type PublisherPolicy = readonly (KeyPublisher | OidcPublisher)[];

/** Who signed, once that is proved. */
export interface VerifiedSignature {
  /** As the lock and trust.json name it: `key:sha256-…`, or `oidc:<issuer>#<workflow or address>` without the ref, the same for every version. */
  readonly publisher: string;
  readonly mode: "key" | "keyless" | "attestation";
  /** Exactly who the certificate names. */
  readonly identity?: string;
  readonly repositoryId?: string;
  readonly logIndex?: string;
  /** When the transparency log took it in, in seconds since 1970. */
  readonly integratedTime?: number;
}
