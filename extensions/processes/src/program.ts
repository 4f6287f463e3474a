import { accessSync, constants, readdirSync, statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { ClawError } from "@claw/kernel";
import { editDistance } from "@claw/kernel/kit";

export interface ProgramSearch {
  readonly folders: readonly string[];
  readonly cwd: string;
  readonly platform: NodeJS.Platform;
}

/** The absolute path of a program: a bare name is looked for on the clean PATH, a path is meant from `cwd`. */
export function findProgram(name: string, { folders, cwd, platform }: ProgramSearch): string {
  if (name === "" || name.includes("\0")) throw notStarted(name, "its name is empty or holds a NUL character");
  if (isAbsolute(name) || name.includes("/") || (platform === "win32" && name.includes("\\"))) return namedProgram(name, resolve(cwd, name));
  const path = programIn(folders, name, platform);
  if (path === undefined) throw missing(name, folders);
  return path;
}

/** The first program of that bare name in the folders. */
export function programIn(folders: readonly string[], name: string, platform: NodeJS.Platform): string | undefined {
  // Only real programs: Node refuses to start .cmd and .bat without a shell.
  const endings = platform === "win32" ? ["", ".exe", ".com"] : [""];
  return folders.flatMap((folder) => endings.map((ending) => join(folder, name + ending))).find((path) => kindOf(path) === "program");
}

function namedProgram(name: string, path: string): string {
  switch (kindOf(path)) {
    case "program":
      return path;
    case "folder":
      throw notStarted(name, "it is a folder");
    case "data":
      throw new ClawError("PROGRAM_NOT_STARTED", `${name} is not executable`, { program: name }, { fix: `chmod +x ${path}` });
    case "missing":
      throw new ClawError("PROGRAM_NOT_FOUND", `${name} does not exist`, { program: name }, { fix: "check the path, or name a program on PATH" });
  }
}

function kindOf(path: string): "program" | "folder" | "data" | "missing" {
  try {
    const entry = statSync(path, { throwIfNoEntry: false });
    if (entry === undefined) return "missing";
    if (!entry.isFile()) return entry.isDirectory() ? "folder" : "data";
  } catch {
    return "missing"; // A folder on the way that may not be entered hides the program as well as if it were not there.
  }
  try {
    accessSync(path, constants.X_OK);
    return "program";
  } catch {
    return "data";
  }
}

export const notStarted = (
  program: string,
  why: string,
  options: { readonly cause?: unknown; readonly retryable?: boolean; readonly fix?: string } = {},
): ClawError => new ClawError("PROGRAM_NOT_STARTED", `${program === "" ? "a program" : program} cannot be started: ${why}`, { program }, options);

function missing(name: string, folders: readonly string[]): ClawError {
  const near = nearest(name, folders);
  const install = `install ${name}, or add its folder to PATH`;
  return new ClawError(
    "PROGRAM_NOT_FOUND",
    `${name} is not installed, or not on PATH`,
    { program: name },
    {
      fix: near === undefined ? install : `did you mean ${near}? else ${install}`,
    },
  );
}

/** The program on PATH whose name is one or two letters away. */
function nearest(name: string, folders: readonly string[]): string | undefined {
  const limit = name.length < 4 ? 1 : 2;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const folder of folders) {
    for (const other of namesIn(folder)) {
      if (Math.abs(other.length - name.length) > limit) continue;
      const distance = editDistance(name, other);
      if (distance <= limit && distance < (best?.distance ?? limit + 1)) best = { name: other, distance };
    }
  }
  return best?.name;
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
