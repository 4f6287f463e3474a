/**
 * What a client spends on an index. Arguments: a folder and `write N`, which writes a signed index of N extensions; `open`, which reads it, checks who signed it and
 * judges it against what was seen of the last one; `write-million`, an index of 4,096 shards with one of them; `open-million`. Prints JSON.
 */
import { createPublicKey, generateKeyPairSync, hash, sign, verify } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, type MarketplaceIndex, parseStrict } from "@claw/kernel/host";
import { documentText, judgeIndex, keyIdOf, readIndex, readRoot, signDocument, type Unsigned } from "@claw/marketplace";

const [folder = "", verb = "", count = "5000"] = process.argv.slice(2);
const marketplace = "https://ext.acme.example";
const now = new Date("2026-11-22T12:00:00Z");
const digest = (text: string | Uint8Array): string => hash("sha256", text, "base64");
const file = (name: string): string => join(folder, name);
const scopeOf = (index: number): string => `publisher-${Math.floor(index / 8)}`;

const key = (): { readonly pem: string; readonly privateKey: ReturnType<typeof generateKeyPairSync>["privateKey"] } => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { privateKey, pem: publicKey.export({ type: "spki", format: "pem" }).toString() };
};

/** So many extensions, eight to a publisher, with a publisher's key for each. */
function advertised(total: number): Pick<MarketplaceIndex, "namespaces" | "extensions"> {
  const { pem } = key();
  return {
    namespaces: Object.fromEntries(
      Array.from({ length: Math.ceil(total / 8) }, (_value, index) => [scopeOf(index * 8), { publishers: [{ kind: "key" as const, pem }] }]),
    ),
    extensions: Object.fromEntries(
      Array.from({ length: total }, (_value, index) => [
        `${scopeOf(index)}/extension-${index}`,
        { latest: "1.4.0", manifest: { size: 4123, sha256: digest(String(index)) } },
      ]),
    ),
  };
}

async function write(total: number): Promise<object> {
  const { privateKey, pem } = key();
  const role = { threshold: 1, keys: { [keyIdOf(createPublicKey(privateKey))]: pem } };
  const roles = { root: role, index: role };
  const rootDocument = { kind: "claw.root/1" as const, marketplace, version: 1, expires: "2027-11-01T00:00:00Z", roles };
  const root = await signDocument("root", rootDocument, [{ kind: "key", key: privateKey }]);
  const document: Unsigned<"index"> = {
    kind: "claw.index/1",
    version: 412,
    marketplace,
    issued: "2026-11-22T08:00:00Z",
    expires: "2026-11-29T08:00:00Z",
    rootVersion: 1,
    ...advertised(total),
  };
  const text = documentText(await signDocument("index", document, [{ kind: "key", key: privateKey }]));
  writeFileSync(file("root.json"), documentText(root));
  writeFileSync(file("index.json"), text);
  return { bytes: text.length };
}

async function open(): Promise<object> {
  const root = readRoot(readFileSync(file("root.json")));
  const bytes = readFileSync(file("index.json"));
  const seen = { names: Object.keys((JSON.parse(bytes.toString()) as MarketplaceIndex).extensions), revoked: [] };
  const began = performance.now();
  const index = readIndex(bytes);
  await judgeIndex(index, { digest: `sha256-${digest(bytes)}`, root, seen, now, asOf: now, reserved: undefined });
  return { ms: performance.now() - began, bytes: bytes.length };
}

const shards = 4096;

/** The format of kernel/decisions/0014: an index that pins shards, and the one shard that a client needs. */
function writeMillion(): object {
  const shard = canonicalJson({ kind: "claw.shard/1", number: 7, ...advertised(Math.ceil(1_000_000 / shards)) });
  const pins = Array.from({ length: shards }, (_value, index) => (index === 7 ? digest(shard) : digest(`shard ${index}`)));
  const { privateKey, pem } = key();
  const body = canonicalJson({
    kind: "claw.index/2",
    version: 412,
    marketplace,
    issued: "2026-11-22T08:00:00Z",
    expires: "2026-11-29T08:00:00Z",
    rootVersion: 1,
    bits: 12,
    shards: pins,
  });
  writeFileSync(file("million-index.json"), body);
  writeFileSync(file("million-shard.json"), shard);
  writeFileSync(file("million-signature.json"), JSON.stringify({ pem, sig: sign("sha256", Buffer.from(body), privateKey).toString("base64") }));
  return { index: body.length, shard: shard.length };
}

function openMillion(): object {
  const { pem, sig } = JSON.parse(readFileSync(file("million-signature.json"), "utf8")) as { readonly pem: string; readonly sig: string };
  const [indexBytes, shardBytes] = [readFileSync(file("million-index.json")), readFileSync(file("million-shard.json"))];
  const began = performance.now();
  if (!verify("sha256", indexBytes, createPublicKey(pem), Buffer.from(sig, "base64"))) throw new Error("the index is not signed");
  const index = parseStrict(indexBytes, { name: "index.json" }) as { readonly shards: readonly string[] };
  if (index.shards[7] !== digest(shardBytes)) throw new Error("the shard is not the one that the index names");
  const shard = parseStrict(shardBytes, { name: "a shard" }) as { readonly extensions: object };
  return { ms: performance.now() - began, bytes: indexBytes.length + shardBytes.length, extensions: Object.keys(shard.extensions).length };
}

const verbs: Readonly<Record<string, () => object | Promise<object>>> = {
  write: () => write(Number(count)),
  open,
  "write-million": writeMillion,
  "open-million": openMillion,
};
process.stdout.write(JSON.stringify(await verbs[verb]?.()));
