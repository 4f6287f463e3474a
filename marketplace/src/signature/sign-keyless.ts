import { createPublicKey, type KeyObject } from "node:crypto";
import { type Bundle, bundleToJSON } from "@sigstore/bundle";
import { type BundleBuilder, DSSEBundleBuilder, FulcioSigner, MessageSignatureBundleBuilder, RekorWitness, TSAWitness } from "@sigstore/sign";
import { ClawError } from "@claw/kernel/host";
import { payloadType, type Statement } from "./attestation.ts";
import { mediaType } from "./bundle.ts";
import { checkIdentityToken } from "./identity-token.ts";
import { keyIdOf } from "./keys.ts";
import { quoted } from "./shape.ts";
import { signBytes } from "./sign.ts";

export interface LogOptions {
  readonly rekorUrl: string;
  readonly signal: AbortSignal;
}

export interface KeylessOptions extends LogOptions {
  readonly identityToken: string;
  readonly fulcioUrl: string;
  /** An authority that states the time besides the log. */
  readonly tsaUrl?: string;
}

/** Signs an artifact with a key that lives as long as this call and a certificate of who asked: the text of its `….sigstore.json`. */
export const signKeyless = async (artifact: Uint8Array, options: KeylessOptions): Promise<string> =>
  create(new MessageSignatureBundleBuilder(partsOf(options)), { data: Buffer.from(artifact) }, options.signal);

/** Signs a statement in the same way. */
export const attestKeyless = async (statement: Statement, options: KeylessOptions): Promise<string> =>
  create(
    new DSSEBundleBuilder({ ...partsOf(options), certificateChain: false }),
    { data: Buffer.from(JSON.stringify(statement)), type: payloadType },
    options.signal,
  );

/** Signs an artifact with a private key and puts the signature into the transparency log. */
export async function signLogged(artifact: Uint8Array, key: KeyObject, { rekorUrl, signal }: LogOptions): Promise<string> {
  const signer = {
    sign: async (data: Buffer) => {
      const signature = signBytes(data, key);
      const publicKey = createPublicKey(key);
      const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
      return { signature, key: { $case: "publicKey" as const, publicKey: pem, hint: keyIdOf(publicKey) } };
    },
  };
  const witnesses = [new RekorWitness({ rekorBaseURL: urlOf(rekorUrl, "log"), ...patience })];
  return create(new MessageSignatureBundleBuilder({ signer, witnesses }), { data: Buffer.from(artifact) }, signal);
}

const patience = { timeout: 20_000, retry: { retries: 2, minTimeout: 250, maxTimeout: 1000 } };

function partsOf({ identityToken, fulcioUrl, rekorUrl, tsaUrl }: KeylessOptions): ConstructorParameters<typeof MessageSignatureBundleBuilder>[0] {
  checkIdentityToken(identityToken);
  return {
    signer: new FulcioSigner({
      fulcioBaseURL: urlOf(fulcioUrl, "certificate"),
      identityProvider: { getToken: () => Promise.resolve(identityToken) },
      ...patience,
    }),
    witnesses: [
      new RekorWitness({ rekorBaseURL: urlOf(rekorUrl, "log"), ...patience }),
      ...(tsaUrl === undefined ? [] : [new TSAWitness({ tsaBaseURL: urlOf(tsaUrl, "timestamp"), ...patience })]),
    ],
  };
}

async function create(builder: BundleBuilder, artifact: Parameters<BundleBuilder["create"]>[0], signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    // The library takes no signal: a request that is under way ends by its own timeout, and nobody waits for it.
    return textOf(await Promise.race([builder.create(artifact), aborted.promise]));
  } catch (error) {
    if (signal.aborted || ClawError.is(error)) throw error;
    throw failureOf(error);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

type Json = Readonly<Record<string, unknown>>;

/** The library writes messages as v0.2, where the certificate is a chain. */
function textOf(bundle: Bundle): string {
  const { verificationMaterial, ...content } = bundleToJSON(bundle) as Json & { readonly verificationMaterial: Json };
  const { x509CertificateChain: chain, ...others } = verificationMaterial as Json & {
    readonly x509CertificateChain?: { readonly certificates: readonly unknown[] };
  };
  const material = chain === undefined ? others : { certificate: chain.certificates[0], ...others };
  return `${JSON.stringify({ ...content, mediaType, verificationMaterial: material })}\n`;
}

type Step = "identity" | "certificate" | "log" | "timestamp";

const steps: Readonly<Record<Step, { readonly failed: string; readonly fix: string }>> = {
  identity: { failed: "the identity token was not taken", fix: "ask for a new identity token with the audience sigstore" },
  certificate: {
    failed: "the certificate authority gave no certificate",
    fix: "check --fulcio-url, and that the identity token is not older than a few minutes and has the audience sigstore",
  },
  log: { failed: "the transparency log did not take the signature", fix: "check --rekor-url, and try again" },
  timestamp: { failed: "the timestamp authority stated no time", fix: "check --tsa-url, or leave it out" },
};

const failed = (step: Step, why: string, cause?: unknown): ClawError =>
  new ClawError("E_SIGN", `${steps[step].failed}: ${why}`, { step }, { cause, fix: steps[step].fix, retryable: step === "log" || step === "timestamp" });

/** The library says in a code which of its servers failed. */
function failureOf(error: unknown): ClawError {
  const { code, cause, message } = error as { readonly code?: unknown; readonly cause?: unknown; readonly message?: unknown };
  const step = stepOf(typeof code === "string" ? code : "");
  // What the library says of a token contains the token.
  if (step === "identity") return failed(step, "it is not one");
  const why = cause instanceof Error ? cause.message : message;
  return failed(step, quoted(String(why)), error);
}

function stepOf(code: string): Step {
  if (code.startsWith("IDENTITY_")) return "identity";
  if (code.startsWith("CA_")) return "certificate";
  return code.startsWith("TSA_") ? "timestamp" : "log";
}

/** A token and what is signed go over TLS, except to this machine. */
function urlOf(spelling: string, step: Step): string {
  const url = URL.parse(spelling);
  if (url === null || !isPrivate(url)) throw failed(step, `${quoted(spelling)} is no https: URL`);
  return url.href.replace(/\/$/, "");
}

const isPrivate = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || (protocol === "http:" && ["127.0.0.1", "[::1]", "localhost"].includes(hostname));
