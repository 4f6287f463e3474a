import { hash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { ClawError, type Manifest, parseStrict } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { placeOf } from "./author-place.ts";
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
  if (newKey !== undefined) await makeKey(library, newKey, call, dryRun);
  if (file === undefined) {
    if (newKey !== undefined) return 0;
    throw new ClawError("USAGE", "claw ext sign needs the archive to sign", {}, { fix: "claw ext sign FILE.tgz --key KEY.pem" });
  }
  const path = placeOf(call, file);
  const artifact = await readFile(path).catch((cause: unknown) => {
    throw new ClawError("PATH_NOT_FOUND", `${path} cannot be read`, { path }, { cause, fix: "claw ext pack" });
  });
  const written =
    options.wrap === undefined
      ? await signed(library, artifact, path, { ...options, key: options.key ?? newKey }, call)
      : [await wrapped(library, artifact, path, options.wrap, options, call)];
  if (!dryRun) for (const { file: target, text } of written) await writeFile(target, text);
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

async function signed(library: Library, artifact: Uint8Array, path: string, options: SignOptions, call: VerbCall): Promise<readonly Written[]> {
  const signer = await packageSigner(library, options, call);
  if (signer === undefined)
    throw new ClawError("USAGE", "nobody is named who signs", {}, { fix: "--key KEY.pem, --keyless, or --new-key KEY.pem to make one" });
  const signature = { file: `${path}.sigstore.json`, text: await signer.sign(artifact) };
  if (!options.attest) return [signature];
  const manifest = library.readArchive(artifact).find((one) => one.path === "extension.json");
  const { name, version } = parseStrict(manifest?.data ?? "{}") as Manifest;
  const statement = library.slsaStatement({ ...(await buildFacts(dirname(path), call)), name, version, sha256: hash("sha256", artifact) });
  return [signature, { file: `${path}.provenance.sigstore.json`, text: await signer.attest(statement) }];
}

async function wrapped(library: Library, artifact: Uint8Array, path: string, raw: string, { key }: SignOptions, call: VerbCall): Promise<Written> {
  if (key === undefined) throw new ClawError("USAGE", "--wrap needs the public key that the signature holds for", {}, { fix: "--key KEY.pub.pem" });
  const [signature, pem] = await Promise.all([readFile(placeOf(call, raw)), readFile(placeOf(call, key), "utf8")]);
  return { file: `${path}.sigstore.json`, text: library.wrapRaw(artifact, signature, library.publicKeyOf(pem)) };
}

async function makeKey(library: Library, given: string, call: VerbCall, dryRun: boolean): Promise<void> {
  const path = placeOf(call, given);
  if (!dryRun) await library.makeKey(path);
  call.terminal.say(`${path} is your key: keep it, and keep it secret. ${library.publicPathOf(path)} is what a marketplace is told\n`);
}
