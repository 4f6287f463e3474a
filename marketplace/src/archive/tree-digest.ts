import { createHash, hash } from "node:crypto";
import { byPath } from "./paths.ts";

export interface ArchiveFile {
  readonly path: string;
  readonly data: Uint8Array;
  readonly executable: boolean;
}

/** `sha256-…` of an archive's bytes. They are not promised to stay the same when the same files are packed again. */
export const integrityOf = (archive: Uint8Array): string => `sha256-${hash("sha256", archive, "base64")}`;

/** `ct1-…`: the identity of a package's contents, however they were packed. */
export function treeDigest(files: readonly ArchiveFile[]): string {
  const digest = createHash("sha256");
  for (const { path, data, executable } of [...files].sort(byPath)) digest.update(`${hash("sha256", data, "hex")} ${executable ? "x" : "-"} ${path}\n`);
  return `ct1-${digest.digest("base64")}`;
}
