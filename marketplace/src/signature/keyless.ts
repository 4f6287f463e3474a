import { certificateIdentity, publisherNamed, publisherOfIdentity } from "./identity.ts";
import type { PublisherPolicy, VerifiedSignature } from "./policy.ts";
import { checkLog, verifyWitnesses, type Witnessed } from "./transparency.ts";

export interface KeylessSignature extends Witnessed {
  readonly certificate: Uint8Array;
  readonly policy: PublisherPolicy;
}

/** Verifies a signature whose key a certificate binds to an identity, without the network. */
export function verifyKeyless({ certificate, policy, ...witnessed }: KeylessSignature): VerifiedSignature {
  const signer = verifyWitnesses(witnessed, { tlogThreshold: 1, ctlogThreshold: 1, timestampThreshold: 1 });
  const logged = checkLog(witnessed.bundle, certificate);
  const extensions = signer.identity?.oids ?? [];
  const identity = certificateIdentity(extensions.map(({ oid, value }) => ({ oid: (oid?.id ?? []).join("."), value })));
  return {
    publisher: publisherOfIdentity(publisherNamed(identity, policy)),
    mode: witnessed.bundle.content.type === "message" ? "keyless" : "attestation",
    identity: identity.name,
    ...(identity.repositoryId === undefined ? {} : { repositoryId: identity.repositoryId }),
    ...logged,
  };
}
