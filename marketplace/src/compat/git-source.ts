import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { ClawError } from "@claw/kernel/host";
import { limits } from "../archive/limits.ts";
import { byPath, checkCollisions, checkPath } from "../archive/paths.ts";
import { foreignMaxPathBytes } from "../archive/foreign.ts";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import type { ClientContext } from "../client/context.ts";
import { foreign, quoted } from "./foreign-document.ts";
import { type GitCall, runGit } from "./git-program.ts";

/** A place in a repository. */
export interface GitPlace {
  readonly url: string;
  /** A branch or a tag; the default branch where there is neither this nor a commit. */
  readonly ref?: string | undefined;
  /** A commit. */
  readonly sha?: string | undefined;
  /** A folder of it, without `./`; empty for all of it. */
  readonly under: string;
  /** Whether the repository may be in a folder of this machine: only for a marketplace that is in one too. */
  readonly local: boolean;
}

export interface GitFiles {
  readonly files: readonly ArchiveFile[];
  /** The commit they are of. */
  readonly sha: string;
  /** When it was made, in seconds since 1970. */
  readonly time: number;
}

type Call = (words: readonly string[], more?: { readonly maxBytes?: number; readonly input?: string }) => Promise<Buffer>;

const commit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/**
 * Reads the files of a folder of a repository at one commit. Nothing is checked out: the objects are fetched into an empty repository in a
 * temporary folder and printed, so that no hook, no filter and no attribute of the repository takes part.
 */
export async function readRepository(place: GitPlace, context: ClientContext, signal: AbortSignal): Promise<GitFiles> {
  const protocols = protocolsFor(place, context);
  await mkdir(context.cache, { recursive: true });
  const folder = await mkdtemp(join(context.cache, "git-"));
  try {
    const fixed: Omit<GitCall, "maxBytes"> = { folder, protocols, environment: context.network.environment ?? {} };
    const git: Call = (words, { maxBytes = 1024 * 1024, input = "" } = {}) => runGit(words, { ...fixed, maxBytes, input }, signal);
    await git(["init", "--quiet", "--bare", "--template=", "."]);
    const sha = await fetched(place, git);
    const time = Number((await git(["show", "--no-patch", "--no-show-signature", "--format=%ct", sha])).toString().trim());
    return { files: await filesAt(`${sha}:${place.under}`, place, git), sha, time };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function protocolsFor({ url, ref, sha, local }: GitPlace, { network }: ClientContext): readonly string[] {
  const address = URL.parse(url);
  const protocol = address?.protocol.slice(0, -1) ?? "";
  const allowed = ["https", ...(network.insecure === true ? ["http"] : []), ...(local ? ["file"] : [])];
  if (address === null || !allowed.includes(protocol) || address.username !== "" || address.password !== "")
    throw foreign(url, `${quoted(url)} is no address of a repository over https`, "write it as https://github.com/acme/plugins.git");
  if (network.offline && protocol !== "file") throw new ClawError("NETWORK_OFFLINE", `${address.host} is not asked while offline`, { host: address.host });
  if (ref !== undefined && (!/^[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}$/.test(ref) || ref.includes("..")))
    throw foreign(url, `${quoted(ref)} is no branch and no tag`);
  if (sha !== undefined && !commit.test(sha)) throw foreign(url, `${quoted(sha)} is no commit: it must be written out, in 40 or 64 hexadecimal digits`);
  return allowed;
}

/** Fetches one commit and answers it. A commit that is named is the commit that is there, or nothing is. */
async function fetched({ url, ref, sha }: GitPlace, git: Call): Promise<string> {
  const fetch = (words: readonly string[], ...what: readonly string[]): Promise<Buffer> =>
    git(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-commit-graph", ...words, "--", url, ...what]);
  try {
    await fetch(["--depth=1"], sha ?? ref ?? "HEAD");
  } catch (error) {
    if (sha === undefined || !ClawError.is(error, "E_FOREIGN")) throw error;
    // Not every server gives out a commit by its name alone: then it is looked for in all branches.
    await fetch([], "+refs/heads/*:refs/heads/*");
  }
  const found = (await git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${sha ?? "FETCH_HEAD"}^{commit}`])).toString().trim();
  if (!commit.test(found) || (sha !== undefined && found !== sha)) throw foreign(url, `${url} does not have the commit ${quoted(sha ?? "")}`);
  return found;
}

async function filesAt(tree: string, { url, under }: GitPlace, git: Call): Promise<readonly ArchiveFile[]> {
  const listed = (await git(["ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", tree], { maxBytes: 8 * 1024 * 1024 }))
    .toString("utf8")
    .split("\0")
    .slice(0, -1);
  if (listed.length > limits.files) throw new ClawError("E_TOO_MANY_FILES", `${url} has more than ${limits.files} files in ${quoted(under)}`, {});
  const entries = listed.map((line) => {
    const [, mode = "", , oid = "", size = "", path = ""] = /^(\d{6}) (\w+) ([0-9a-f]+) +(\d+|-)\t([^]*)$/.exec(line) ?? [];
    if (mode === "120000") throw new ClawError("E_TAR_SYMLINK", `${path} of ${url} is a symbolic link, which a package cannot hold`, {});
    if (mode !== "100644" && mode !== "100755") throw foreign(url, `${quoted(path)} of ${url} is no file but a repository of its own`);
    checkPath(path, foreignMaxPathBytes);
    return { path, oid, size: Number(size), executable: mode === "100755" };
  });
  checkCollisions(entries.map(({ path }) => path));
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  if (bytes > limits.unpacked) throw new ClawError("E_TOO_LARGE", `${url} is larger than ${limits.unpacked / 1024 / 1024} MiB in ${quoted(under)}`, {});
  const printed = await git(["cat-file", "--batch"], { maxBytes: bytes + 200 * (entries.length + 1), input: entries.map(({ oid }) => `${oid}\n`).join("") });
  let at = 0;
  const files = entries.map(({ path, oid, size, executable }) => {
    const start = at + `${oid} blob ${size}\n`.length;
    if (printed.toString("latin1", at, start) !== `${oid} blob ${size}\n`) throw foreign(url, `git did not answer with ${quoted(path)} of ${url}`);
    at = start + size + 1;
    return { path, data: printed.subarray(start, start + size), executable };
  });
  return files.sort(byPath);
}
