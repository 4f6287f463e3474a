import { ClawError } from "@claw/kernel/host";
import type { IndexOptions, KeylessOptions, PackageSigner } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { placeOf } from "./author-place.ts";
import type { Library } from "./client.ts";

/** Flags that say who signs. */
export interface SigningFlags {
  readonly key?: string | undefined;
  readonly keyless?: boolean | undefined;
  /** A signature with a key goes into the transparency log too. */
  readonly log?: boolean | undefined;
  readonly identityToken?: string | undefined;
  readonly fulcioUrl?: string | undefined;
  readonly rekorUrl?: string | undefined;
  readonly tsaUrl?: string | undefined;
}

export interface IndexFlags extends Omit<SigningFlags, "key" | "log"> {
  readonly indexKey: readonly string[];
  readonly indexKeyless?: boolean | undefined;
}

export async function keylessOptions(library: Library, flags: SigningFlags, call: VerbCall): Promise<KeylessOptions> {
  const { booted, signal } = call;
  const { fulcioUrl = library.publicSigstore.fulcioUrl, rekorUrl = library.publicSigstore.rekorUrl, tsaUrl, identityToken: file } = flags;
  const identityToken = await library.identityToken({ file: file === undefined ? undefined : placeOf(call, file), environment: booted.environment }, signal);
  return { identityToken, fulcioUrl, rekorUrl, ...(tsaUrl === undefined ? {} : { tsaUrl }), signal };
}

/** Whoever signs packages, if the flags name anybody. A key that was made just now signs where they name no other. */
export async function packageSigner(
  library: Library,
  flags: SigningFlags,
  call: VerbCall,
  made?: ReturnType<Library["newKey"]>,
): Promise<PackageSigner | undefined> {
  const { key, keyless = false, log = false, rekorUrl = library.publicSigstore.rekorUrl } = flags;
  if ((key ?? made) !== undefined && keyless) throw new ClawError("USAGE", "--key and --keyless are two ways to sign, and one signs", {});
  if (keyless) return library.keylessSigner(await keylessOptions(library, flags, call));
  const signing = key === undefined ? made : await library.readPrivateKey(placeOf(call, key));
  if (signing === undefined) return undefined;
  return library.keySigner(signing, log ? { rekorUrl, signal: call.signal } : undefined);
}

/** Whoever signs the index. */
export async function indexSigners(
  library: Library,
  { indexKey, indexKeyless = false, ...flags }: IndexFlags,
  call: VerbCall,
): Promise<IndexOptions["signers"]> {
  const keys = await Promise.all(indexKey.map((path) => indexKeyAt(library, placeOf(call, path))));
  if (!indexKeyless) return library.keySigners(keys);
  const signer = library.keylessSigner(await keylessOptions(library, flags, call));
  return [...library.keySigners(keys), { kind: "keyless", sign: (bytes) => signer.sign(bytes) }];
}

/** An index key comes with its marketplace: one made here would sign nothing that anybody believes. */
async function indexKeyAt(library: Library, path: string): ReturnType<Library["readPrivateKey"]> {
  try {
    return await library.readPrivateKey(path);
  } catch (error) {
    if (!ClawError.is(error, "PATH_NOT_FOUND")) throw error;
    throw new ClawError("PATH_NOT_FOUND", `there is no index key at ${path}`, { path }, { cause: error.cause, fix: "claw help ext marketplace init" });
  }
}

/** Changing an index takes somebody who may sign it. */
export function requireSigners(signers: IndexOptions["signers"]): void {
  if (signers.length === 0) throw new ClawError("USAGE", "nobody is named who signs the index", {}, { fix: "--index-key KEY.pem, or --index-keyless" });
}
