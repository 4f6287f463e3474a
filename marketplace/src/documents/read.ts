import {
  canonicalJson,
  ClawError,
  type MarketplaceIndex,
  type MarketplaceManifest,
  type MarketplaceRoot,
  type MarketplaceSearch,
  parseStrict,
  type Pin,
  validateMarketplaceIndex,
  validateMarketplaceManifest,
  validateMarketplaceRoot,
  validateMarketplaceSearch,
} from "@claw/kernel/host";
import { checkName, isSegment } from "../names.ts";
import { checkRange, checkVersion } from "../versions.ts";
import { isPinned } from "./pins.ts";

/** Bytes of a document, after any decoding. */
export const mostDocumentBytes = 1024 * 1024;

type Validator = (value: unknown) => readonly { readonly path: string; readonly message: string }[];

export function readRoot(bytes: Uint8Array): MarketplaceRoot {
  const root = valid(documentOf(bytes, "root.json"), "root.json", validateMarketplaceRoot) as MarketplaceRoot;
  instantOf(root.expires, "root.json");
  return root;
}

export function readIndex(bytes: Uint8Array): MarketplaceIndex {
  const value = documentOf(bytes, "index.json");
  const index = valid(value, "index.json", validateMarketplaceIndex, () => {
    // The schema refuses the same names; here a bad name is called one.
    for (const field of ["extensions", "removed"]) keysOf(value, field).forEach(checkName);
  }) as MarketplaceIndex;
  for (const scope of Object.keys(index.namespaces)) checkSegment(scope);
  for (const [alias, name] of Object.entries(index.aliases ?? {})) {
    checkSegment(alias);
    checkName(name);
  }
  // Thousands of extensions have few different versions, and reading one costs more than looking it up.
  const known = new Set<string>();
  for (const name of Object.keys(index.extensions)) {
    const { latest = "" } = index.extensions[name] ?? {};
    if (!known.has(latest)) known.add(checkVersion(latest, name));
  }
  for (const { name, versions } of index.revoked ?? []) {
    if (name !== undefined) checkName(name);
    if (versions !== undefined) checkRange(versions, `a revocation of ${name ?? "a tree"}`);
  }
  for (const time of [index.issued, index.expires]) instantOf(time, "index.json");
  return index;
}

/** Reads what an index pins, so its digest is checked before anything looks into it. */
export function readManifest(bytes: Uint8Array, { name, pin }: { readonly name: string; readonly pin: Pin }): MarketplaceManifest {
  const what = `the versions of ${name}`;
  if (!isPinned(bytes, pin))
    throw new ClawError("E_MANIFEST_DIGEST", `${what} are not those that the index names`, { name }, { fix: "claw ext marketplace refresh" });
  const value = documentOf(bytes, what);
  keysOf(value, "versions").forEach((version) => checkVersion(version, name));
  const manifest = valid(value, what, validateMarketplaceManifest) as MarketplaceManifest;
  checkName(manifest.name);
  for (const [version, { engines, dependencies = {}, published }] of Object.entries(manifest.versions)) {
    const of = `${name} ${version}`;
    checkRange(engines.claw, `${of}: engines.claw`);
    for (const [dependency, range] of Object.entries(dependencies)) {
      checkName(dependency);
      checkRange(range, `${of}: ${dependency}`);
    }
    instantOf(published, of);
  }
  return manifest;
}

export function readSearch(bytes: Uint8Array, pin: Pin): MarketplaceSearch {
  const what = "the search document";
  if (!isPinned(bytes, pin))
    throw new ClawError("E_META_DIGEST", `${what} is not the one that the index names`, { document: what }, { fix: "claw ext marketplace refresh" });
  const value = documentOf(bytes, what);
  keysOf({ names: value }, "names").forEach(checkName);
  return valid(value, what, validateMarketplaceSearch) as MarketplaceSearch;
}

/** A time of a document in milliseconds. One that does not exist would be neither before nor after another, and so pass every comparison. */
export function instantOf(time: string, document: string): number {
  const instant = Date.parse(time);
  if (Number.isNaN(instant)) throw new ClawError("E_META_SCHEMA", `${document}: ${time} is no time`, { document, problems: [`${time} is no time`] });
  return instant;
}

const documentOf = (bytes: Uint8Array, name: string): unknown => parseStrict(bytes, { name, maxBytes: mostDocumentBytes });

/** `explain` may refuse with a better word for what is wrong. */
function valid(value: unknown, document: string, validate: Validator, explain?: () => void): unknown {
  const problems = validate(value).map(({ path, message }) => `${path}: ${message}`);
  if (problems.length === 0) return value;
  explain?.();
  throw new ClawError("E_META_SCHEMA", `${document} is not valid: ${problems[0] ?? ""}`, { document, problems });
}

/** The keys of an object in a document that nothing has checked yet. */
function keysOf(document: unknown, field: string): readonly string[] {
  const record = typeof document === "object" && document !== null ? (document as Readonly<Record<string, unknown>>)[field] : undefined;
  return typeof record === "object" && record !== null && !Array.isArray(record) ? Object.keys(record) : [];
}

function checkSegment(text: string): void {
  if (!isSegment(text))
    throw new ClawError("E_NAME", `${JSON.stringify(text.slice(0, 120))} is neither a scope nor a short name`, { name: text.slice(0, 120) });
}

/** What a reader looks for first and last; everything else is in the order of its name. */
const rank = (key: string): number => (key === "kind" ? 0 : key === "signatures" ? 2 : 1);

/**
 * How a document is written: one line for each entry of each of its fields, so that a difference between two of them can be read, and few
 * enough bytes that 5,000 extensions fit. The same document has the same text.
 */
export function documentText(document: object): string {
  const rows = Object.entries(document)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1))
    .map(([key, value]) => `${JSON.stringify(key)}:${entriesOf(value)}`);
  return `{\n${rows.join(",\n")}\n}\n`;
}

function entriesOf(value: unknown): string {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) return canonicalJson(value);
  if (Array.isArray(value)) return `[\n${value.map((each) => canonicalJson(each)).join(",\n")}\n]`;
  const record = value as Readonly<Record<string, unknown>>;
  const rows = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`);
  return `{\n${rows.join(",\n")}\n}`;
}
