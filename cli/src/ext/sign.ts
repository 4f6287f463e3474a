import { hash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ClawError, type Manifest, parseStrict, writing } from "@claw/kernel/host";
import type { PackageSigner } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { placeOf, readNamed } from "./author-place.ts";
import { buildFacts } from "./build-facts.ts";
import type { Library } from "./client.ts";
import { emit } from "./result.ts";
import { packageSigner, type SigningFlags } from "./signing.ts";

export interface SignOptions extends SigningFlags {
  readonly file?: string | undefined;
  /** Makes a key, and signs with it if there is something to sign. */
  readonly newKey?: string | undefined;
  /** A raw signature, as cosign and openssl make it, to be put into a bundle; `key` is then the public key. */
  readonly wrap?: string | undefined;
  readonly attest: boolean;
  readonly dryRun: boolean;
}

/** `claw ext sign FILE`: writes FILE.sigstore.json, and with `--attest` FILE.provenance.sigstore.json. */
export async function sign(call: VerbCall, options: SignOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const { newKey, file, dryRun } = options;
  if (newKey === undefined && file === undefined)
    throw new ClawError("USAGE", "claw ext sign needs the archive to sign", {}, { fix: "claw ext sign FILE.tgz --key KEY.pem" });
  const path = placeOf(call, file);
  const artifact = file === undefined ? undefined : await readNamed(call, file, "claw ext pack");
  const key = newKey === undefined ? undefined : await madeKey(library, newKey, call, dryRun);
  if (artifact === undefined) return 0;
  const written =
    options.wrap === undefined
      ? await signed(library, artifact, path, { ...options, signer: await packageSigner(library, options, call, key) }, call)
      : [await wrapped(library, artifact, path, options.wrap, options, call)];
  if (!dryRun) for (const { file: target, text } of written) await writing(dirname(target), () => writeFile(target, text));
  await emit(
    call,
    written.map(({ file: target }) => ({ file: target, state: dryRun ? "not written" : "written" })),
    (it) => `${it.file}\n`,
  );
  return 0;
}

interface Written {
  readonly file: string;
  readonly text: string;
}

/** A signature that would stand in a public log for ever is not made only to see whether it can be. */
async function signed(
  library: Library,
  artifact: Uint8Array,
  path: string,
  { signer, attest, dryRun }: SignOptions & { readonly signer: PackageSigner | undefined },
  call: VerbCall,
): Promise<readonly Written[]> {
  if (signer === undefined)
    throw new ClawError("USAGE", "nobody is named who signs", {}, { fix: "--key KEY.pem, --keyless, or --new-key KEY.pem to make one" });
  const isSkipped = dryRun && signer.isLogged;
  const signature = { file: `${path}.sigstore.json`, text: isSkipped ? "" : await signer.sign(artifact) };
  if (!attest) return [signature];
  const manifest = library.readArchive(artifact).find((one) => one.path === "extension.json");
  const { name, version } = parseStrict(manifest?.data ?? "{}") as Manifest;
  const statement = library.slsaStatement({ ...(await buildFacts(dirname(path), call)), name, version, sha256: hash("sha256", artifact) });
  return [signature, { file: `${path}.provenance.sigstore.json`, text: isSkipped ? "" : await signer.attest(statement) }];
}

async function wrapped(library: Library, artifact: Uint8Array, path: string, raw: string, { key }: SignOptions, call: VerbCall): Promise<Written> {
  if (key === undefined) throw new ClawError("USAGE", "--wrap needs the public key that the signature holds for", {}, { fix: "--key KEY.pub.pem" });
  const [signature, pem] = await Promise.all([readNamed(call, raw), readNamed(call, key, "the public key: KEY.pub.pem")]);
  return { file: `${path}.sigstore.json`, text: library.wrapRaw(artifact, signature, library.publicKeyOf(pem.toString("utf8"))) };
}

async function madeKey(library: Library, given: string, call: VerbCall, dryRun: boolean): Promise<ReturnType<Library["newKey"]>> {
  const [path, key] = [placeOf(call, given), library.newKey()];
  library.refuseKey(path);
  const publicKey = library.publicPathOf(path);
  if (!dryRun) await library.saveKey(path, key);
  if (call.json) await emit(call, [{ file: path, publicKey, state: dryRun ? "not written" : "written" }], () => "");
  else if (dryRun) call.terminal.say(`${path} would be your key, and ${publicKey} what a marketplace is told\n`);
  else call.terminal.say(`${path} is your key: keep it, and keep it secret. ${publicKey} is what a marketplace is told\n`);
  return key;
}
