import type { Dirent } from "node:fs";
import { lstat, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, isAbsolute, join } from "node:path";
import { normalize } from "node:path/posix";
import { ClawError, writing } from "@claw/kernel/host";
import type { Bundle } from "./bundle.ts";

/** What a bundle is made of: the main file, and chunks by name and digest. */
const chunk = /^[^/]+-[0-9a-f]{8}\.mjs$/;

const ownFolder = 'give it a folder of its own in extension.json: "main": "./dist/index.mjs"';

/**
 * The folder of the main file holds nothing but the bundle, which is made anew each time: so it is one of its own. What anybody else put there is not
 * ours to take away. Answers the folder as it is in the package.
 */
export async function bundleFolderOf(name: string, folder: string, main: string): Promise<string> {
  // The manifest may be a stranger's, and nobody has judged it yet.
  const at = normalize(dirname(main));
  const place = join(folder, at);
  if (isAbsolute(main) || at.split("/").includes("..") || (await leadsElsewhere(folder, at)))
    throw new ClawError(
      "E_MAIN",
      `${name}: its main file ${JSON.stringify(main.slice(0, 120))} lies outside of its folder`,
      { path: place },
      { fix: ownFolder },
    );
  const others = (await entriesIn(place)).filter((entry) => entry.name !== basename(main) && !(entry.isFile() && chunk.test(entry.name)));
  const isShared = at === "." || /^src(?:\/|$)/.test(at) || others.length > 0;
  if (!isShared) return at;
  const what = others[0] === undefined ? "" : `, and ${join(at, others[0].name)} is not of it`;
  throw new ClawError(
    "E_MAIN",
    `${name}: its main file ${main} is made anew by every bundle, with all that lies beside it${what}`,
    { path: place },
    { fix: ownFolder },
  );
}

/** Whether a link stands anywhere on the way. */
async function leadsElsewhere(folder: string, at: string): Promise<boolean> {
  const steps = at.split("/").map((_name, index, all) => join(folder, ...all.slice(0, index + 1)));
  const found = await Promise.all(steps.map((step) => lstat(step).catch(() => undefined)));
  return found.some((step) => step?.isSymbolicLink() === true);
}

async function entriesIn(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Puts a bundle in the place of the last one. */
export async function writeBundle(folder: string, bundle: Pick<Bundle, "folder" | "files">): Promise<void> {
  const place = join(folder, bundle.folder);
  await writing(place, async () => {
    for (const { name } of await entriesIn(place)) await rm(join(place, name));
    await mkdir(place, { recursive: true });
    await Promise.all(bundle.files.map(({ path, data }) => writeFile(join(folder, path), data)));
  });
}
