import { hash } from "node:crypto";
import type { StoreLocation } from "./seal.ts";
import { commitSealed, readSealed } from "./sealed-document.ts";
import { canonicalJson } from "./strict-json.ts";

/** What a person granted to one extension of one publisher, for exactly the permissions its manifest asked for then. */
export interface Grant {
  /** All that was asked for, and of the optional permissions those that were added. */
  readonly granted: Readonly<Record<string, unknown>>;
  /** ISO time. */
  readonly at: string;
  readonly by: "prompt" | "policy" | "flag";
}

/** `<name>|<publisher>|<sha256 of the permissions>` to what was granted. Another publisher or other permissions are another key, so the person is asked again. */
export type Grants = Readonly<Record<string, Grant>>;

/** What of a lock entry a grant is for. */
export interface Grantable {
  readonly publisher: string;
  /** The permissions of its manifest. */
  readonly requested: Readonly<Record<string, unknown>>;
}

const grantsFile = "grants.json";

export const grantKeyOf = (name: string, { publisher, requested }: Grantable): string =>
  `${name}|${publisher}|${hash("sha256", canonicalJson(requested), "base64")}`;

/** The grants of a store. They are the person's alone: no project and no package brings any. */
export const readGrants = (at: StoreLocation): Grants => (readSealed(at, grantsFile) as { readonly grants?: Grants } | undefined)?.grants ?? {};

/** Replaces grants.json by what `change` makes of it. */
export const commitGrants = (at: StoreLocation, change: (current: Grants) => Grants, signal: AbortSignal): Promise<void> =>
  commitSealed(at, grantsFile, () => ({ grants: change(readGrants(at)) }), signal);
