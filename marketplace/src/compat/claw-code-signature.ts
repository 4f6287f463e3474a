import { ClawError } from "@claw/kernel/host";
import type { ClientContext } from "../client/context.ts";
import { verifyRaw } from "../signature/cosign.ts";
import type { PublisherPolicy, VerifiedSignature } from "../signature/policy.ts";
import { verifyArtifact } from "../signature/verify.ts";
import type { Transport } from "../transport/transport.ts";
import { getNamed } from "./elsewhere.ts";
import { type Fields, fieldOf, isFields, optionalTextOf, quoted } from "./foreign-document.ts";

/** Where a manifest says that its archive's signature is, and whose it claims to be. */
export interface ClaimedSignature {
  /** Address of a raw `.sig`. */
  readonly url: string | undefined;
  /** A bundle of cosign's: its address, its text, or the bundle itself. */
  readonly bundle: string | undefined;
  /** Shown to the person and used for nothing: whoever changes the archive changes this too. */
  readonly claims: readonly string[];
}

const maxBytes = 256 * 1024;

export function claimedSignatureOf(manifest: Fields, what: string): ClaimedSignature {
  const inline = fieldOf(manifest, "signature_bundle");
  const claims = ["certificate_identity", "certificate_oidc_issuer"].flatMap((field) => {
    const text = optionalTextOf(manifest, field, what);
    return text === undefined
      ? []
      : [`the marketplace claims ${field.replaceAll("_", " ")} ${quoted(text)}, which nobody vouches for and nothing is checked against`];
  });
  return {
    url: optionalTextOf(manifest, "signature_url", what),
    bundle: isFields(inline) ? JSON.stringify(inline) : optionalTextOf(manifest, "signature_bundle", what),
    claims,
  };
}

/** How the archive and its signature are reached. */
export interface Reached {
  readonly from: string;
  readonly transport: Transport;
  readonly context: ClientContext;
}

/**
 * Who signed an archive, by the publishers that the person named and by nothing that the marketplace says. With publishers an unsigned
 * archive is refused; without any, nobody signed it, whatever lies beside it.
 */
export async function signatureOf(
  artifact: Uint8Array,
  { url, bundle }: ClaimedSignature,
  policy: PublisherPolicy,
  { from, transport, context }: Reached,
  signal: AbortSignal,
): Promise<VerifiedSignature | undefined> {
  if (policy.length === 0) return undefined;
  const get = (address: string): Promise<Uint8Array> => getNamed({ url: address, from, maxBytes }, transport, context, signal);
  const now = context.now();
  if (bundle !== undefined)
    return verifyArtifact({ artifact, bundle: bundle.trimStart().startsWith("{") ? Buffer.from(bundle) : await get(bundle), policy, now });
  if (url === undefined) throw new ClawError("E_SIG_MISSING", "the package is not signed, and its publisher is known", {});
  const signature = await get(url);
  // Some publish the bundle under the address of the signature.
  return signature[0] === 0x7b ? verifyArtifact({ artifact, bundle: signature, policy, now }) : verifyRaw({ artifact, signature, policy, now });
}
