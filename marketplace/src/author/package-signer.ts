import type { KeyObject } from "node:crypto";
import { type Statement, attestWithKey } from "../signature/attestation.ts";
import { signArtifact } from "../signature/sign.ts";
import type { KeylessOptions, LogOptions } from "../signature/sign-keyless.ts";

/** Whoever signs packages. */
export interface PackageSigner {
  /** What it signs stands in a public log for ever, so it signs nothing only to see whether it could. */
  readonly isLogged: boolean;
  /** The text of a `….sigstore.json`. */
  sign(artifact: Uint8Array): Promise<string>;
  /** The text of a `….provenance.sigstore.json`. */
  attest(statement: Statement): Promise<string>;
}

/** Signs with a private key; with `log` the signature is put into a transparency log too. */
export const keySigner = (key: KeyObject, log?: LogOptions): PackageSigner => ({
  isLogged: log !== undefined,
  sign: async (artifact) => (log === undefined ? signArtifact(artifact, key) : (await import("../signature/sign-keyless.ts")).signLogged(artifact, key, log)),
  attest: (statement) => Promise.resolve(attestWithKey(statement, key)),
});

/** Signs as whoever an identity token names. */
export const keylessSigner = (options: KeylessOptions): PackageSigner => ({
  isLogged: true,
  sign: async (artifact) => (await import("../signature/sign-keyless.ts")).signKeyless(artifact, options),
  attest: async (statement) => (await import("../signature/sign-keyless.ts")).attestKeyless(statement, options),
});
