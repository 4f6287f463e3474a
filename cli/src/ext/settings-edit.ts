import { randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ClawError, exclusively, type SettingsProblem, type StoreLocation, syncFolder, writeNewFile, writing } from "@claw/kernel/host";
import { parseSettings } from "../settings-file.ts";
import { editedSettings, type SettingsEdit } from "./settings-text.ts";

/** A settings file, and the mode it has where it is made. */
export interface SettingsPlace {
  readonly path: string;
  readonly mode: number;
  /** The project's folder, its real path: the file is in it, or nowhere. */
  readonly project?: string;
}

/**
 * Changes a settings file, made where there is none: no other claw changes it meanwhile, and the old text or the new is there after a crash at any
 * moment. `change` is given the values it has. A file with mistakes is left alone. Says whether anything changed.
 */
export function editSettings(
  { path: file, mode, project }: SettingsPlace,
  change: (values: Readonly<Record<string, unknown>>) => readonly SettingsEdit[],
  { folder }: StoreLocation,
  signal: AbortSignal,
): Promise<boolean> {
  const edit = async (): Promise<boolean> => {
    // A settings file may be a link into a folder of settings that somebody keeps elsewhere.
    const target = await realpath(file).catch(() => file);
    if (project !== undefined) await refuseOutside(file, target);
    const text = await textOf(target);
    const problems: SettingsProblem[] = [];
    const found = parseSettings(text, file, problems);
    if (found === undefined || problems.length > 0) throw new ClawError("SETTINGS_INVALID", `${file} has mistakes, so it is left as it is`, { problems });
    const edited = editedSettings(text, change(found.values));
    if (edited === text) return false;
    await writing(dirname(target), () => replaced({ path: target, mode }, edited.endsWith("\n") ? edited : `${edited}\n`));
    return true;
  };
  return exclusively(folder, edit, signal);
}

/** A link that came with a project would lead what is written for it into files of the person's. */
async function refuseOutside(file: string, target: string): Promise<void> {
  const folder = await realpath(dirname(file)).catch(() => dirname(file));
  if (target !== file || folder !== dirname(file)) throw new ClawError("PATH_OUTSIDE", `${file} leads out of the project by a link`, { path: file });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw new ClawError("PATH_UNREADABLE", `${file} cannot be read: ${(error as Error).message}`, { path: file }, { cause: error });
  }
}

/** On the disk of the file itself, which need not be the one of the store. */
async function replaced({ path: file, mode }: SettingsPlace, text: string): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: mode | 0o100 | ((mode & 0o044) >> 2) });
  const temporary = join(folder, `.${basename(file)}.${randomUUID()}`);
  try {
    const about = await stat(file).catch(() => undefined);
    await writeNewFile(temporary, text, about === undefined ? mode : about.mode & 0o777);
    await rename(temporary, file);
    await syncFolder(folder);
  } finally {
    await rm(temporary, { force: true });
  }
}
