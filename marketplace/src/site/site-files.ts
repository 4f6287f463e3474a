import { randomUUID } from "node:crypto";
import { lstat, mkdir, realpath, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { ClawError, parseStrict } from "@claw/kernel/host";
import { isName } from "../names.ts";
import { bytesOf } from "../operator/placing.ts";
import { assets } from "./page.ts";

const mostRecordBytes = 64 * 1024 * 1024;
const shared: ReadonlySet<string> = new Set(Object.values(assets));
/** A path that a site may have. Whatever else a record names is not believed. */
const isOwn = (path: unknown): path is string =>
  typeof path === "string" && (shared.has(path) || (path.endsWith("/index.html") && isName(path.slice(0, -"/index.html".length))));

/** The files of a site in a folder that may hold others: which are its own stands in a record beside them. */
export class SiteFiles {
  written = 0;
  unchanged = 0;
  private before: readonly string[] = [];
  private mine: ReadonlySet<string> = new Set();
  private readonly out: string;
  private readonly staging: string | undefined;
  private readonly folders = new Map<string, Promise<void>>();

  /** `staging` is an empty folder on the same disk; without one nothing is written. */
  constructor(out: string, staging: string | undefined) {
    this.out = out;
    this.staging = staging;
  }

  /** Says which files this run is going to write, before it does: a run that is killed leaves none that nobody knows. What somebody else wrote is refused. */
  async claim(paths: readonly string[]): Promise<void> {
    this.before = await this.recorded();
    this.mine = new Set(paths);
    const known = new Set([...this.before, assets.record]);
    for (const path of paths) if (!known.has(path) && (await exists(join(this.out, path)))) throw foreign(join(this.out, path));
    await this.record([...this.before, ...paths]);
  }

  /** Puts a file in its place, whole; one that is there already with the same contents stays. */
  async put(path: string, text: string): Promise<void> {
    const place = join(this.out, path);
    const there = await bytesOf(place);
    if (there !== undefined && Buffer.from(text).equals(there)) {
      this.unchanged += 1;
      return;
    }
    await this.replace(place, text);
    this.written += 1;
  }

  /** Removes what earlier runs wrote and this one did not, and folders that hold nothing else. */
  async removeOthers(): Promise<number> {
    const gone = this.before.filter((path) => !this.mine.has(path));
    for (const path of gone) {
      const place = join(this.out, path);
      if (this.staging === undefined || !(await this.isInside(dirname(place)))) continue;
      await rm(place, { force: true });
      for (let folder = dirname(place); folder !== this.out; folder = dirname(folder)) if (!(await removeEmpty(folder))) break;
    }
    await this.record([...this.mine]);
    return gone.length;
  }

  private async recorded(): Promise<readonly string[]> {
    const place = join(this.out, assets.record);
    const bytes = await bytesOf(place);
    if (bytes === undefined) return [];
    const record = parseStrict(bytes, { name: place, maxBytes: mostRecordBytes });
    if (!Array.isArray(record)) throw foreign(place);
    return record.filter(isOwn);
  }

  private async record(paths: readonly string[]): Promise<void> {
    const sorted = [...new Set(paths)].sort();
    await this.replace(join(this.out, assets.record), `[\n${sorted.map((path) => JSON.stringify(path)).join(",\n")}\n]\n`);
  }

  /** Whoever reads meanwhile sees the old file or the new. */
  private async replace(place: string, text: string): Promise<void> {
    if (this.staging === undefined) return;
    await this.prepare(dirname(place));
    const fresh = join(this.staging, randomUUID());
    await writeFile(fresh, text, { flag: "wx", mode: 0o644 });
    await rename(fresh, place);
  }

  /** A folder below the site's, through no link. */
  private prepare(folder: string): Promise<void> {
    const ready = this.folders.get(folder) ?? this.made(folder);
    this.folders.set(folder, ready);
    return ready;
  }

  private async made(folder: string): Promise<void> {
    if (folder !== this.out) await this.prepare(dirname(folder));
    if (!(await exists(folder))) await mkdir(folder, { recursive: folder === this.out });
    if (await this.isInside(folder)) return;
    throw new ClawError(
      "PATH_OUTSIDE",
      `${folder} leads somewhere else by a link`,
      { path: folder },
      { fix: "remove the link, or choose another folder with --out" },
    );
  }

  private async isInside(folder: string): Promise<boolean> {
    try {
      return (await realpath(folder)) === join(await realpath(this.out), relative(this.out, folder));
    } catch (error) {
      if (isAbsent(error)) return false;
      throw error;
    }
  }
}

const foreign = (place: string): ClawError =>
  new ClawError(
    "PATH_UNWRITABLE",
    `${place} is there already and was not written by claw ext marketplace site`,
    { path: place },
    { fix: "choose another folder with --out, or move it away" },
  );

const isAbsent = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

async function exists(place: string): Promise<boolean> {
  try {
    await lstat(place);
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}

async function removeEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    throw error;
  }
}
