import { realpath } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { foldedPath, isSecretFile, isWithin } from "@claw/kernel/kit";
import { importsOf } from "./imports.ts";
import type { Place } from "./instruction-places.ts";
import { readTextFile } from "./text-file.ts";
import { visibleText } from "./visible-text.ts";

/** One file's part of the instructions. */
export interface InstructionFile {
  readonly path: string;
  readonly author: Place["author"];
  /** The file that imports it. */
  readonly importedBy?: string;
  /** Empty when nothing of it could be read. */
  readonly text: string;
  /** What a reader must know about it, one sentence each. */
  readonly notices: readonly string[];
}

export interface FileLimits {
  readonly maxFileBytes: number;
  /** Folders that the project's files may not lead out of. */
  readonly projectFolders: readonly string[];
  /** Folders that the person's own files may import from. */
  readonly personFolders: readonly string[];
  readonly home: string | undefined;
}

/** How deep imports may be nested. */
const MAX_DEPTH = 5;
/** How many files one place may bring in. */
const MAX_FILES = 50;

interface Importer {
  readonly path: string;
  readonly real: string;
}

/** Each place's file with what it imports; a file that was read for an earlier place is not read again. */
export async function readInstructions(places: readonly Place[], limits: FileLimits): Promise<readonly (readonly InstructionFile[])[]> {
  const seen = new Set<string>();
  const groups: (readonly InstructionFile[])[] = [];
  for (const place of places) groups.push(await new PlaceReader(place, limits, seen).read());
  return groups.filter((group) => group.length > 0);
}

/** Reads the file of one place and whatever it imports. */
class PlaceReader {
  readonly #place: Place;
  readonly #limits: FileLimits;
  readonly #seen: Set<string>;
  readonly #files: InstructionFile[] = [];

  constructor(place: Place, limits: FileLimits, seen: Set<string>) {
    this.#place = place;
    this.#limits = limits;
    this.#seen = seen;
  }

  async read(): Promise<readonly InstructionFile[]> {
    for (const name of this.#place.names) {
      const path = join(this.#place.folder, name);
      const real = await realOf(path);
      if (real === undefined) continue;
      const { author } = this.#place;
      const { projectFolders, personFolders } = this.#limits;
      // The person may keep their own files where they like, and link to them; what a project links to must be the project's.
      if (author === "project" && !(await isInOneOf(real, projectFolders)))
        this.#add({ path, text: "", notices: ["not read: it is a link that leads out of the project"] });
      else await this.#take(path, real, author === "project" ? projectFolders : [...personFolders, dirname(real)], []);
      break;
    }
    return this.#files;
  }

  #add(file: Omit<InstructionFile, "author">): void {
    this.#files.push({ ...file, author: this.#place.author });
  }

  /** `chain` is what imports it, nearest last. */
  async #take(path: string, real: string, folders: readonly string[], chain: readonly Importer[]): Promise<void> {
    if (this.#seen.has(real)) return;
    this.#seen.add(real);
    const importer = chain.at(-1);
    const about = { path, ...(importer === undefined ? {} : { importedBy: importer.path }) };
    const file = await readTextFile(real, this.#limits.maxFileBytes);
    if (file.kind === "folder" && importer !== undefined) return; // A word that happens to name one.
    if (file.kind !== "text")
      return this.#add({
        ...about,
        text: "",
        notices: [`not read: ${file.kind === "unreadable" ? file.why : file.kind === "folder" ? "it is a folder" : "it is gone"}`],
      });
    const { text, hidden } = visibleText(file.text);
    const notices = [
      ...(hidden === 0 ? [] : [`${hidden} hidden character${hidden === 1 ? " is" : "s are"} written out as \\u{…}`]),
      ...(file.shownBytes === file.totalBytes ? [] : [`cut: these are the first ${file.shownBytes} of ${file.totalBytes} bytes; read the file for the rest`]),
    ];
    const at = this.#files.length;
    this.#add({ ...about, text, notices });
    const refused = await this.#follow(text, path, folders, [...chain, { path, real }]);
    if (refused.length > 0) this.#files[at] = { ...about, author: this.#place.author, text, notices: [...notices, ...refused] };
  }

  /** Reads the imports of a text; what is not followed is said, in a sentence each. */
  async #follow(text: string, path: string, folders: readonly string[], chain: readonly Importer[]): Promise<readonly string[]> {
    const refused: string[] = [];
    for (const name of importsOf(text)) {
      const target = this.#resolve(name, path);
      const real = target === undefined ? undefined : await realOf(target);
      const why = real === undefined ? missing(name) : await this.#refusal(real, folders, chain);
      if (why !== undefined) refused.push(`@${name} is not imported: ${why}`);
      else if (target !== undefined && real !== undefined) await this.#take(target, real, folders, chain);
    }
    return refused;
  }

  async #refusal(real: string, folders: readonly string[], chain: readonly Importer[]): Promise<string | undefined> {
    if (!(await isInOneOf(real, folders))) return `it is outside ${this.#place.author === "project" ? "the project" : "the folders of your settings"}`;
    if (isSecretFile(real) || isInGit(real)) return "it may hold secrets";
    if (chain.length > MAX_DEPTH) return `imports nest deeper than ${MAX_DEPTH}`;
    if (chain.some((file) => file.real === real)) return "it imports itself";
    return this.#files.length >= MAX_FILES ? `there are more than ${MAX_FILES} files` : undefined;
  }

  #resolve(name: string, from: string): string | undefined {
    if (!name.startsWith("~")) return resolve(dirname(from), name);
    return this.#limits.home !== undefined && name.startsWith("~/") ? join(this.#limits.home, name.slice(2)) : undefined;
  }
}

/** A repository's own files may hold the passwords of its remotes. */
const isInGit = (real: string): boolean => foldedPath(real).split("/").includes(".git");

/** A word like @types/node or @alice means no file, and is no mistake. */
const missing = (name: string): string | undefined => (/^(?:\.{1,2}\/|~\/|\/)|\.(?:md|mdc|txt)$/i.test(name) ? "there is no such file" : undefined);

const realOf = (path: string): Promise<string | undefined> =>
  realpath(path).catch((error: NodeJS.ErrnoException) => {
    // A file that is there and cannot be reached is read under its own name, which says why it fails.
    return error.code === "ENOENT" || error.code === "ENOTDIR" ? undefined : path;
  });

async function isInOneOf(real: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const top = await realOf(folder);
    if (top !== undefined && isWithin(top, real)) return true;
  }
  return false;
}
