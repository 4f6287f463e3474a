import { posix } from "node:path";
import { gunzip } from "../../marketplace/src/archive/gzip.ts";
import { packFiles, tarOf } from "../../marketplace/src/archive/pack.ts";
import { readArchive, readTar } from "../../marketplace/src/archive/read.ts";
import { type ArchiveFile, treeDigest } from "../../marketplace/src/archive/tree-digest.ts";
import { mutateBytes } from "./mutation.ts";
import { bomb, fileOf, forgedGzip, forgedTar, stored } from "./tar-forgery.ts";
import { promise, type Target } from "./target.ts";

const packages: readonly (readonly ArchiveFile[])[] = [
  [],
  [fileOf("extension.json", '{"name":"acme/a"}')],
  [fileOf("README.md", "# It\n"), fileOf("bin/tool", "x", true), fileOf("dist/index.mjs", "export default 1;\n".repeat(40)), fileOf("extension.json", "{}")],
  ["a", "a-b/c", "a0", "b/c/d/e", "z"].map((path) => fileOf(path, "text")),
];
const tars = packages.map((files) => tarOf(files));
const archives = packages.map((files) => Buffer.from(packFiles(files).archive));
/** The second one is past the ratio and the third past the size. */
const bombs = [50_000, 20_000_000, 70_000_000].map(bomb);

/** Whether a buffer begins as a gzip does: then it is read as an archive, and otherwise as the tar inside. */
const isPacked = (input: Buffer): boolean => input[0] === 0x1f;

export const archive: Target<Buffer, readonly ArchiveFile[]> = {
  name: "archive",
  refusals: /^E_(?:GZIP|GZIP_TRAILING|BOMB|TOO_LARGE|TOO_MANY_FILES|TAR_[A-Z0-9_]+|PATH_(?:TRAVERSAL|ROOT|CHARSET|RESERVED|COLLISION|FORBIDDEN))$/,

  input(random) {
    if (random.oneIn(20_000)) return mutateBytes(random, random.pick(bombs), archives);
    switch (random.below(8)) {
      case 0:
        return forgedGzip(random, random.pick(archives), archives);
      case 1:
        return stored(forgedTar(random, random.pick(packages)));
      case 2:
      case 3:
        return mutateBytes(random, random.pick(tars), tars);
      default:
        return forgedTar(random, random.pick(packages));
    }
  },

  read: (input) => (isPacked(input) ? readArchive(input) : readTar(input)),

  holds(files, input, random) {
    const tar = isPacked(input) ? gunzip(input) : input;
    promise(tarOf(files).equals(tar), "the same files make another archive");
    for (const { path } of files) promise(posix.resolve("/package", path) === `/package/${path}` && /^[\x21-\x7e]+$/.test(path), `${path} leads elsewhere`);
    // Packing is slow, and what it could find is mostly found above.
    if (random.oneIn(64)) promise(packFiles(files).tree === treeDigest(files), "packed again it is another tree");
  },
};
