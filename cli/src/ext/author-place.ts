import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ClawError } from "@claw/kernel/host";
import { programFolder } from "../paths.ts";
import type { VerbCall } from "../verbs/run.ts";

/** A folder or file of the command line; where claw runs when none is named. */
export const placeOf = ({ booted }: Pick<VerbCall, "booted">, given: string | undefined): string => resolve(booted.workspace.cwd, given ?? ".");

/** The bytes of a file of the command line. */
export async function readNamed(call: Pick<VerbCall, "booted">, given: string, fix?: string): Promise<Buffer> {
  const path = placeOf(call, given);
  try {
    return await readFile(path);
  } catch (cause) {
    const isAbsent = (cause as NodeJS.ErrnoException).code === "ENOENT";
    const message = isAbsent ? `${path} is not there` : `${path} cannot be read`;
    throw new ClawError(isAbsent ? "PATH_NOT_FOUND" : "PATH_UNREADABLE", message, { path }, { cause, ...(fix === undefined ? {} : { fix }) });
  }
}

/** The folder of a marketplace: a path, or a `file:` URL, of a checkout with `git+` before it. */
export function marketplaceFolderOf(call: Pick<VerbCall, "booted">, given: string): string {
  const spelling = given.replace(/^git\+/, "");
  if (spelling.startsWith("file:")) return fileURLToPath(spelling);
  if (!/^[a-z][a-z0-9+.-]+:\/\//i.test(spelling)) return placeOf(call, spelling);
  throw new ClawError(
    "USAGE",
    `${given} cannot be written to: publish to a folder, and copy it to where it is served`,
    {},
    { fix: "aws s3 sync FOLDER s3://BUCKET, git push, rsync" },
  );
}

/** The templates that come with the program, in a checkout and where npm puts them. */
export function templatesFolder(): string {
  const places = [join(programFolder, "templates"), join(programFolder, "../marketplace/templates"), join(programFolder, "../@claw/marketplace/templates")];
  const found = places.find((place) => existsSync(place));
  if (found === undefined)
    throw new ClawError("PATH_NOT_FOUND", "the templates did not come with this claw", { path: places[0] ?? "" }, { fix: "install claw again" });
  return found;
}

/** In a checkout of claw, what authors build against is there and not in a registry. */
export function ownPackages(): Readonly<Record<string, string>> {
  const repository = join(programFolder, "..");
  if (!existsSync(join(repository, "kernel/package.json")) || !existsSync(join(repository, "test/package.json"))) return {};
  return { "@claw/kernel": `file:${join(repository, "kernel")}`, "@claw/testing": `file:${join(repository, "test")}` };
}
