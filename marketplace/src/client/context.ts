import type { AdminPolicy, Store, StoreLocation } from "@claw/kernel/host";
import type { NetworkOptions } from "../transport/transport.ts";

/** What every command of the client works with. */
export interface ClientContext {
  /** The person's store. */
  readonly store: StoreLocation & { readonly kind: "user" };
  /** What comes with the program, and whom that trusts. */
  readonly bundled: Store;
  /** The marketplace that comes with the program: a `file:` URL, or the address that a release names. */
  readonly defaultUrl?: string;
  /** A folder for fetched documents; it may be deleted at any time. */
  readonly cache: string;
  /** claw's version. */
  readonly version: string;
  readonly platform: string;
  readonly now: () => Date;
  readonly policy: AdminPolicy;
  readonly network: NetworkOptions;
  /** Headers for a marketplace of one's own, by the name of the secret that holds them. */
  readonly credentials: (name: string) => Promise<Readonly<Record<string, string>>>;
  readonly progress: (step: Progress) => void;
}

/** What is going on, for whoever waits. */
export interface Progress {
  /** `refresh`, `fetch`, `verify`, `install`. */
  readonly what: string;
  readonly of: string;
  readonly bytes?: number;
  readonly total?: number;
}
