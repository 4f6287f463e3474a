import { hash } from "node:crypto";
import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { ClawError } from "../errors.ts";
import type { Manifest } from "../extension/manifest.ts";
import type { Tier } from "../extension/plan.ts";
import { replaceFile } from "./durable.ts";
import { type LinedText, linedJson, linesOf, recordOf } from "./lined-json.ts";
import { exclusivelyIn } from "./seal-key.ts";
import { bytesOf, damaged, damagedFix, openSealed, parsed, sealed, type StoreLocation } from "./seal.ts";

/** One installed extension, as claw.lock has it. */
export interface LockEntry {
  readonly version: string;
  readonly marketplace: string;
  /** Where in the marketplace the archive was. */
  readonly resolved: string;
  /** `sha256-…` of the archive. */
  readonly integrity: string;
  /** `ct1-…` of what was in it. */
  readonly tree: string;
  /** Who signed it: `key:sha256-…`, `oidc:<issuer>#<workflow or address>`, or `unsigned:<marketplace>`. The same for every version of one publisher. */
  readonly publisher: string;
  readonly signature: LockedSignature;
  /** The repository that a keyless publisher built in, by the number that a new one of the same name does not get. */
  readonly repositoryId?: string;
  readonly indexVersion?: number;
  readonly rootVersion?: number;
  readonly engines: { readonly claw: string };
  /** The permissions its manifest asks for. */
  readonly requested: Readonly<Record<string, unknown>>;
  readonly tier: Tier;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly requestedBy: readonly string[];
  /** Path in the package to the SHA-256 of the file, base64. */
  readonly files: Readonly<Record<string, string>>;
  /** The format of a package that was not made for claw. */
  readonly foreign?: "claw-code-go" | "claude-plugin" | "agent-plugin";
  /** What was installed before it, for a rollback. */
  readonly previous?: Omit<LockEntry, "previous">;
}

/** How a package was signed. */
export interface LockedSignature {
  readonly mode: "key" | "keyless" | "attestation" | "none";
  /** Exactly who the certificate names, with the ref it was built from. */
  readonly identity?: string;
  readonly logIndex?: string;
  /** Seconds since 1970. */
  readonly integratedTime?: number;
}

/** One generation of a store: what the lock and the index say together. */
export interface Generation {
  readonly generation: number;
  /** By name; what a project's own lock resolved to by `projectKeyOf`. */
  readonly extensions: Readonly<Record<string, LockEntry>>;
  /** By the same keys. Checked when they were installed. */
  readonly manifests: Readonly<Record<string, Manifest>>;
}

/** The same as it stands in the files: each extension's name to its JSON, which nothing has parsed yet. */
export interface GenerationText {
  readonly generation: number;
  readonly extensions: LinedText;
  readonly manifests: LinedText;
}

/** Under which key a store keeps an extension for one project alone. `workspace` is the workspace key, 16 hex digits. */
export const projectKeyOf = (name: string, workspace: string): string => `${name} ${workspace}`;

/** The name in a key of a generation, and the project it is for. */
export function nameOfKey(key: string): { readonly name: string; readonly workspace?: string } {
  const [name = "", workspace] = key.split(" ");
  return workspace === undefined ? { name } : { name, workspace };
}

export const lockFile = "claw.lock";
const indexFile = (generation: number): string => `index-${generation}.json`;
const digestOf = (data: string | Uint8Array): string => `sha256-${hash("sha256", data, "base64")}`;
const nothing: GenerationText = { generation: 0, extensions: linesOf("{\n}", lockFile), manifests: linesOf("{\n}", lockFile) };

/** A lock's body, as `readGeneration` takes it. `index` is the digest of the index. */
export const lockText = (generation: number, index: string, extensions: Readonly<Record<string, unknown>>): string =>
  `{"lockfileVersion":1,"generation":${generation},"index":${JSON.stringify(index)},"extensions":${linedJson(extensions)}}`;

/** The current generation of a store; an empty one, numbered 0, where nothing was installed yet. */
export function readGeneration(at: StoreLocation): GenerationText {
  const path = join(at.folder, lockFile);
  // A commit between the two reads may have removed the index: then there is a newer lock.
  for (let attempt = 0; attempt < 5; attempt += 1) {
    const body = openSealed(at, lockFile);
    if (body === undefined) return nothing;
    const [whole = "", head] = /^(\{"lockfileVersion":1,"generation":\d+,"index":"[^"]+"),"extensions":/.exec(body) ?? [];
    if (head === undefined || !body.endsWith("}")) throw damaged(path);
    const extensions = body.slice(whole.length, -1);
    const { generation, index } = parsed(`${head}}`, path) as { readonly generation: number; readonly index: string };
    const bytes = bytesOf(at, indexFile(generation));
    if (bytes === undefined) continue;
    if (digestOf(bytes) !== index) throw damaged(join(at.folder, indexFile(generation)));
    return { generation, extensions: linesOf(extensions, path), manifests: linesOf(bytes.toString("utf8"), path) };
  }
  throw new ClawError("E_LOCK_INTEGRITY", `${path} names an index that is not there`, { path }, { fix: damagedFix });
}

const parsedGeneration = ({ generation, extensions, manifests }: GenerationText, at: StoreLocation): Generation => ({
  generation,
  extensions: recordOf(extensions, join(at.folder, lockFile)),
  manifests: recordOf(manifests, join(at.folder, indexFile(generation))),
});

/**
 * Makes the next generation of a store from the current one: the only writer of claw.lock. All of a change or nothing is there after a
 * crash at any moment. `change` runs while no other process commits; it answers `undefined` to leave everything as it is.
 */
export function commit(
  at: StoreLocation,
  change: (current: Generation) => Omit<Generation, "generation"> | undefined | Promise<Omit<Generation, "generation"> | undefined>,
  signal: AbortSignal,
): Promise<Generation> {
  return exclusivelyIn(
    at,
    async (staging) => {
      const current = parsedGeneration(readGeneration(at), at);
      const changed = await change(current);
      if (changed === undefined) return current;
      const next: Generation = { ...changed, generation: current.generation + 1 };
      const index = linedJson(next.manifests);
      const lock = lockText(next.generation, digestOf(index), next.extensions);
      await replaceFile(join(at.folder, indexFile(next.generation)), index, staging);
      await replaceFile(join(at.folder, lockFile), sealed(lock, lockFile, at), staging);
      await removeOldIndexes(at.folder, next.generation);
      return next;
    },
    signal,
  );
}

/**
 * Keeps the last indexes too: a process that has just read the last lock is about to read its index, and what a generation's index names is
 * not collected, since programs that started with it may still read it.
 */
async function removeOldIndexes(folder: string, generation: number): Promise<void> {
  const kept = new Set([generation, generation - 1, generation - 2].map(indexFile));
  const old = (await readdir(folder)).filter((name) => /^index-\d+\.json$/.test(name) && !kept.has(name));
  await Promise.all(old.map((name) => unlink(join(folder, name))));
}
