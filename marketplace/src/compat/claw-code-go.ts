import { hash } from "node:crypto";
import { ClawError } from "@claw/kernel/host";
import { limits } from "../archive/limits.ts";
import { integrityOf } from "../archive/tree-digest.ts";
import type { Catalogue, Fetched, Offers } from "../client/catalogue.ts";
import type { ClientContext } from "../client/context.ts";
import { type KnownMarketplace, readState, rememberVersions, versionsSeen } from "../client/state.ts";
import { openTransport } from "../transport/open-transport.ts";
import type { Transport } from "../transport/transport.ts";
import { byVersion, checkVersion } from "../versions.ts";
import { type ClaimedSignature, claimedSignatureOf, signatureOf } from "./claw-code-signature.ts";
import { readClawCodePlugin, refuseOtherManifest } from "./claw-code-manifest.ts";
import { addressFrom, getNamed } from "./elsewhere.ts";
import { foreignCatalogue, type Listed, scopeOfForeign } from "./foreign-catalogue.ts";
import { documentOf, fieldOf, type Fields, fieldsOf, foreign, listOf, optionalTextOf, quoted, textOf } from "./foreign-document.ts";
import { offerOf } from "./mapped.ts";
import { archiveFiles } from "./plugin-sources.ts";

interface GoEntry extends Listed {
  readonly version: string;
  /** Where its manifest is, relative to the index or absolute. */
  readonly url: string;
}

/** A plugin's manifest as the marketplace has it, and where the archive is. */
interface Advertised {
  readonly manifest: Fields;
  readonly archive: string;
  readonly sha256: string;
  readonly signature: ClaimedSignature;
}

interface Opened {
  readonly known: KnownMarketplace;
  readonly transport: Transport;
  readonly context: ClientContext;
}

const mostBytes = 1024 * 1024;

/** Opens a marketplace of claw-code-go. Its documents are not signed, so nothing in them says who may sign: `known.publishers` does. */
export async function openClawCodeGo(known: KnownMarketplace, transport: Transport, context: ClientContext): Promise<Catalogue> {
  const bytes = await transport.get("index.json", mostBytes, new AbortController().signal);
  if (bytes === undefined) throw new ClawError("E_NOT_PUBLISHED", `${known.url} has no index.json`, { url: known.url });
  const opened: Opened = { known, transport, context };
  return foreignCatalogue(known, readIndex(bytes), (entry, name, signal) => offersOf(entry, name, opened, signal));
}

function readIndex(bytes: Uint8Array): readonly GoEntry[] {
  const document = documentOf(bytes, "index.json");
  if (!Array.isArray(fieldOf(document, "plugins"))) throw foreign("index.json", "index.json must have a list of plugins");
  return listOf(document["plugins"], "index.json").map((value, index) => {
    const fields = fieldsOf(value, `index.json: plugins[${index}]`);
    const name = textOf(fields, "name", `index.json: plugins[${index}]`);
    const what = `index.json: ${quoted(name)}`;
    return {
      name,
      version: textOf(fields, "latest_version", what),
      url: optionalTextOf(fields, "url", what) ?? `${encodeURIComponent(name)}/manifest.json`,
      description: optionalTextOf(fields, "description", what) ?? "",
      keywords: [],
    };
  });
}

async function offersOf(entry: GoEntry, name: string, opened: Opened, signal: AbortSignal): Promise<Offers> {
  const { known, context } = opened;
  const advertised = await advertisedOf(entry, name, opened, signal);
  const { manifest, archive, sha256, signature } = advertised;
  const version = checkVersion(textOf(manifest, "version", name), name);
  const called = textOf(manifest, "name", name);
  if (called !== entry.name) throw new ClawError("E_NAME_MISMATCH", `${known.url} lists ${name}, and its manifest is of ${quoted(called)}`, { name });
  if (version !== entry.version)
    throw new ClawError("E_MANIFEST_MISMATCH", `${name}: the index says ${quoted(entry.version)}, and the manifest ${version}`, { name, field: "version" });
  refuseOlder(name, version, opened);
  const digest = Buffer.from(sha256, "hex").toString("base64");
  await rememberVersions(context.store, { id: known.id, name, versions: { [version]: { sha256: digest } }, complete: false }, context.now(), signal);
  // What it asks for is known from the manifest; the archive has to say the same once it is there.
  const mapped = readClawCodePlugin(manifest, [], { scope: scopeOfForeign(known), source: archive });
  const offering = { marketplace: known.id, resolved: archive, publishers: known.publishers ?? [], warnings: signature.claims };
  const offer = offerOf(mapped, offering, (running) => fetched(advertised, name, opened, running));
  return { name, ...(entry.description === "" ? {} : { description: entry.description }), versions: [{ ...offer, integrity: `sha256-${digest}` }] };
}

/** What was seen once is the least there may be: an older version is an attack, or a mistake that looks like one. */
function refuseOlder(name: string, offered: string, { known: { id }, context }: Opened): void {
  const newest = Object.keys(versionsSeen(readState(context.store), id, name))
    .sort(byVersion)
    .at(-1);
  if (newest !== undefined && byVersion(offered, newest) < 0)
    throw new ClawError(
      "E_DOWNGRADE",
      `${id} offers ${name} ${offered}, and offered ${newest} before`,
      { name, from: newest, to: offered },
      { fix: "ask whoever runs the marketplace" },
    );
}

async function advertisedOf({ url }: GoEntry, name: string, { known, transport, context }: Opened, signal: AbortSignal): Promise<Advertised> {
  const from = addressFrom(url, transport.base).href;
  const manifest = documentOf(await getNamed({ url, from: transport.base, maxBytes: mostBytes }, transport, context, signal), `${name}: manifest.json`);
  const sha256 = textOf(manifest, "sha256", name)
    .replace(/^sha256:/, "")
    .toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw foreign(known.url, `${name}: its sha256 is not one`);
  return { manifest, archive: addressFrom(textOf(manifest, "tarball_url", name), from).href, sha256, signature: claimedSignatureOf(manifest, name) };
}

async function fetched(
  { manifest, archive, sha256, signature: claimed }: Advertised,
  name: string,
  { known, transport, context }: Opened,
  signal: AbortSignal,
): Promise<Fetched> {
  const bytes = await getNamed({ url: archive, from: transport.base, maxBytes: limits.compressed }, transport, context, signal);
  if (hash("sha256", bytes, "hex") !== sha256) throw new ClawError("E_ARCHIVE_DIGEST", `${archive} is not the archive that the marketplace names`, {});
  const signature = await signatureOf(bytes, claimed, known.publishers ?? [], { from: archive, transport, context }, signal);
  const files = await archiveFiles(bytes, archive);
  refuseOtherManifest(manifest, files, name);
  const mapped = readClawCodePlugin(manifest, files, { scope: scopeOfForeign(known), source: archive });
  return { form: "mapped", files: mapped.files, integrity: integrityOf(bytes), signature, inactive: mapped.inactive };
}

/** What the command line of before says: `claw plugin install --marketplace URL [--require-signed] NAME`. */
export interface LegacySource {
  readonly url: string;
  readonly requireSigned: boolean;
  /** `CLAW_PLUGIN_PUBLIC_KEY`. */
  readonly publicKeyPem?: string;
  readonly insecure: boolean;
}

/** The scope of what is installed without having added its marketplace. */
const legacyScope = "plugin";

/** A marketplace for one command. With a key everything has to be signed by it; `requireSigned` without one is refused, as anybody's signature would do. */
export async function legacyInstallSource(
  { url, requireSigned, publicKeyPem, insecure }: LegacySource,
  context: ClientContext,
): Promise<{ readonly known: KnownMarketplace; readonly catalogue: Catalogue }> {
  if (requireSigned && publicKeyPem === undefined)
    throw new ClawError(
      "E_POLICY_EMPTY",
      "a signature is required, and nobody is named who may sign",
      {},
      { fix: "put the publisher's public key into CLAW_PLUGIN_PUBLIC_KEY" },
    );
  const network = insecure ? { ...context.network, insecure } : context.network;
  const transport = openTransport(url, network);
  const known: KnownMarketplace = {
    id: transport.base.replace(/\/$/, ""),
    url: transport.base,
    scopes: [legacyScope],
    format: "claw-code-go",
    ...(insecure ? { insecure } : {}),
    ...(publicKeyPem === undefined ? { unsigned: true } : { publishers: [{ kind: "key", pem: publicKeyPem }] }),
  };
  return { known, catalogue: await openClawCodeGo(known, transport, { ...context, network }) };
}
