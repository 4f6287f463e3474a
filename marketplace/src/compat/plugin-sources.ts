import { hash } from "node:crypto";
import { realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ClawError } from "@claw/kernel/host";
import { readForeignArchive } from "../archive/foreign.ts";
import { limits } from "../archive/limits.ts";
import { integrityOf, type ArchiveFile } from "../archive/tree-digest.ts";
import type { ClientContext } from "../client/context.ts";
import type { Transport } from "../transport/transport.ts";
import type { ClaudeSource } from "./claude-marketplace-document.ts";
import { getNamed } from "./elsewhere.ts";
import { readFolder } from "./folder-files.ts";
import { documentOf, fieldOf, fieldsOf, foreign, quoted, textOf } from "./foreign-document.ts";
import { type GitPlace, readRepository } from "./git-source.ts";
import { integrityOfFiles } from "./mapped.ts";

/** Files as they came from where a plugin is. */
export interface SourceFiles {
  readonly files: readonly ArchiveFile[];
  /** `sha256-…`. */
  readonly integrity: string;
  /** Where exactly they were. */
  readonly resolved: string;
  /** The version of a plugin that says none. */
  readonly version: string;
  readonly warnings: readonly string[];
}

/** How a marketplace is reached. */
export interface Reach {
  readonly transport: Transport;
  readonly context: ClientContext;
  /** The repository that the marketplace is, at the commit at which it was opened. */
  readonly repository: (GitPlace & { readonly sha: string }) | undefined;
}

const nothingElse = { version: "0.0.0", warnings: [] } as const;

export async function filesOf(source: ClaudeSource, { transport, context, repository }: Reach, signal: AbortSignal): Promise<SourceFiles> {
  switch (source.type) {
    case "path":
      if (repository !== undefined) return filesOfGit({ ...repository, ref: undefined, under: source.path }, context, signal);
      if (!transport.base.startsWith("file:"))
        throw foreign(
          transport.base,
          `${quoted(`./${source.path}`)} is a folder of the marketplace, and folders cannot be listed over the web`,
          "add the marketplace by the address of its git repository",
        );
      return filesOfFolder(fileURLToPath(transport.base), source.path, signal);
    case "git":
      return filesOfGit({ ...source, local: transport.base.startsWith("file:") }, context, signal);
    case "npm":
      return filesOfNpm(source, transport, context, signal);
    case "archive": {
      const archive = await getNamed({ url: source.url, from: transport.base, maxBytes: limits.compressed }, transport, context, signal);
      if (hash("sha256", archive, "hex") !== source.sha256)
        throw new ClawError("E_ARCHIVE_DIGEST", `${source.url} is not the archive that the marketplace names`, {});
      return { ...nothingElse, files: await archiveFiles(archive, source.url), integrity: integrityOf(archive), resolved: source.url };
    }
    default:
      return source satisfies never;
  }
}

/** A folder of a marketplace on this machine. A link in the way could lead to anybody's files. */
async function filesOfFolder(root: string, path: string, signal: AbortSignal): Promise<SourceFiles> {
  const resolved = `./${path}`;
  const wanted = resolve(await realpath(root), path);
  const folder = await realpath(wanted).catch(() => undefined);
  if (folder === undefined || !(await stat(folder)).isDirectory()) throw foreign(resolved, `${quoted(resolved)} is no folder of the marketplace`);
  if (folder !== wanted)
    throw new ClawError("PATH_OUTSIDE", `${quoted(resolved)} leads somewhere else by a link`, { path: resolved }, { fix: "put the folder itself there" });
  const files = await readFolder(folder, signal);
  return { ...nothingElse, files, integrity: integrityOfFiles(files), resolved };
}

/** A commit that the marketplace names is fixed by that; a branch may move, which the person is told. */
async function filesOfGit(place: GitPlace, context: ClientContext, signal: AbortSignal): Promise<SourceFiles> {
  const { files, sha, time } = await readRepository(place, context, signal);
  const { url, ref, under } = place;
  return {
    files,
    integrity: integrityOfFiles(files),
    resolved: `${url}#${sha}${under === "" ? "" : `:${under}`}`,
    // Grows from commit to commit, so that a newer one is an update.
    version: `0.0.${time}`,
    warnings:
      place.sha === undefined
        ? [
            `the marketplace names no commit of ${url} but ${ref === undefined ? "whatever is newest" : `the branch or tag ${quoted(ref)}`}; ${sha} is what is there now`,
          ]
        : [],
  };
}

/** By the digest that the registry names: whoever runs it can change both. */
async function filesOfNpm(
  source: Extract<ClaudeSource, { type: "npm" }>,
  transport: Transport,
  context: ClientContext,
  signal: AbortSignal,
): Promise<SourceFiles> {
  const registry = `${source.registry.replace(/\/+$/, "")}/`;
  const address = `${registry}${source.package.replace("/", "%2f")}/${source.version}`;
  const document = documentOf(await getNamed({ url: address, from: registry, maxBytes: 1024 * 1024 }, transport, context, signal), address);
  const dist = fieldsOf(fieldOf(document, "dist"), `${address}: dist`);
  if (textOf(document, "name", address) !== source.package)
    throw new ClawError("E_NAME_MISMATCH", `${address} answers with another package`, { name: source.package });
  const archive = await getNamed({ url: textOf(dist, "tarball", address), from: registry, maxBytes: limits.compressed }, transport, context, signal);
  const [, sha512] = /(?:^|\s)sha512-([A-Za-z0-9+/]{86}==)(?:$|\s)/.exec(textOf(dist, "integrity", address)) ?? [];
  if (sha512 === undefined) throw foreign(address, `${address} names no sha512 of its archive`);
  if (hash("sha512", archive, "base64") !== sha512)
    throw new ClawError("E_ARCHIVE_DIGEST", `the archive of ${source.package} is not the one that its registry names`, {});
  const version = textOf(document, "version", address);
  return {
    files: await archiveFiles(archive, address),
    integrity: integrityOf(archive),
    resolved: `${registry}${source.package}@${version}`,
    version,
    warnings: [],
  };
}

/** The files of an archive in any form of tar. */
export function archiveFiles(archive: Uint8Array, what: string): Promise<readonly ArchiveFile[]> {
  if (Buffer.from(archive.subarray(0, 4)).equals(Buffer.from("PK\x03\x04")))
    throw foreign(what, `${quoted(what)} is a zip file, and only tar archives are read`, "pack it with tar czf");
  return readForeignArchive(archive);
}
