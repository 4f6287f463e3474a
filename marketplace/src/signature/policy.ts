/** Who may sign an extension: any one entry must match. It comes from a signed index or from the person, never from the package. */
export interface KeyPublisher {
  readonly kind: "key";
  readonly pem: string;
  /** ISO time after which nothing new is accepted from this key. */
  readonly notAfter?: string;
}

export type PublisherPolicy = readonly KeyPublisher[];

/** Who signed, once that is proved. */
export interface VerifiedSignature {
  /** As the lock and trust.json name it. */
  readonly publisher: string;
  readonly mode: "key";
}
