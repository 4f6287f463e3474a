import { ClawError, type ErrorCode, type ErrorData } from "@claw/kernel/host";

type PathCode = { readonly [C in ErrorCode]: ErrorData[C] extends { readonly path: string } ? C : never }[ErrorCode] & `E_PATH_${string}`;

/** What fits into the header of a canonical archive. */
const ownMaxBytes = 92;
const maxSegments = 10;
const charset = /^[A-Za-z0-9._@+\-/]+$/;
/** Windows opens a device under these names, whatever follows the first dot. */
const device = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9]|conin\$|conout\$|clock\$)(?:\.|$)/i;

/** Refuses a path that is not the same plain relative file on every system that claw runs on. */
export function checkPath(path: string, maxBytes: number = ownMaxBytes): void {
  const refuse = (code: PathCode, why: string): never => {
    throw new ClawError(code, `the path ${JSON.stringify(path)} ${why}`, { path });
  };
  const segments = path.split("/");
  if (segments.includes("..") || segments.includes(".")) refuse("E_PATH_TRAVERSAL", "steps out of its folder");
  if (path.startsWith("/")) refuse("E_PATH_ROOT", "is absolute");
  if (!charset.test(path)) refuse("E_PATH_CHARSET", "has characters other than letters, digits and ._@+-/");
  if (segments.includes("")) refuse("E_PATH_TRAVERSAL", "has an empty segment");
  if (path.length > maxBytes) refuse("E_PATH_FORBIDDEN", `is longer than ${maxBytes} bytes`);
  if (segments.length > maxSegments) refuse("E_PATH_FORBIDDEN", `is more than ${maxSegments} folders deep`);
  for (const segment of segments) {
    if (segment.endsWith(".") || device.test(segment)) refuse("E_PATH_RESERVED", "is a name that Windows reserves");
    if (/^(?:node_modules|\.git)$/i.test(segment)) refuse("E_PATH_FORBIDDEN", "must not be in a package: bundle what you need");
  }
  if (/\.node$/i.test(path)) refuse("E_PATH_FORBIDDEN", "is a native addon, and packages hold none");
}

/** Refuses paths that meet on a file system without upper case, and a file that is a folder of another. */
export function checkCollisions(paths: readonly string[]): void {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const name = path.toLowerCase();
    const parents = name
      .split("/")
      .slice(0, -1)
      .map((_, index, all) => all.slice(0, index + 1).join("/"));
    if (files.has(name) || folders.has(name) || parents.some((parent) => files.has(parent))) {
      throw new ClawError("E_PATH_COLLISION", `the path ${JSON.stringify(path)} is another file or folder of the package on some systems`, { path });
    }
    files.add(name);
    for (const parent of parents) folders.add(parent);
  }
}

/** The order of files in an archive and in a tree digest. Paths are ASCII, so code units are bytes. */
export const byPath = (a: { readonly path: string }, b: { readonly path: string }): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0);
