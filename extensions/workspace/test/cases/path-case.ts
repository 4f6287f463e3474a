/** One path, and what reading, writing and listing it must do. `{around}`, `{root}`, `{pid}` and `{fd}` stand for what they are. */
export interface PathCase {
  readonly path: string;
  /** Where it leads: from the folder around the project, absolute, or the code that locating it answers. */
  readonly place: string;
  /** A text, or a code. */
  readonly read: string;
  /** `written`, or a code. */
  readonly write: string;
  /** The names of the files, with spaces between them, or a code. */
  readonly list: string;
  readonly allowed?: readonly string[];
  /** Only these users can be served by what is on the disk. */
  readonly only?: "root" | "linux";
  /** Another folder that relative paths are meant from. */
  readonly cwd?: string;
}

type More = Partial<Pick<PathCase, "allowed" | "only" | "cwd">>;

export const file = (path: string, place: string, text: string, more: More = {}): PathCase => ({
  path,
  place,
  read: text,
  write: "written",
  list: "PATH_NOT_FOUND",
  ...more,
});

/** A file that is not there, and may be made. */
export const absent = (path: string, place: string, more: More = {}): PathCase => file(path, place, "PATH_NOT_FOUND", more);

export const folder = (path: string, place: string, list: string, more: More = {}): PathCase => ({
  path,
  place,
  read: "PATH_NOT_FILE",
  write: "PATH_NOT_FILE",
  list,
  ...more,
});

/** Something that is neither file nor folder. */
export const device = (path: string, place: string, more: More = {}): PathCase => folder(path, place, "PATH_NOT_FOUND", more);

export const refused = (path: string, place: string, code: string = "PATH_OUTSIDE", more: More = {}): PathCase => ({
  path,
  place,
  read: code,
  write: code,
  list: code,
  ...more,
});

export const invalid = (path: string): PathCase => refused(path, "PATH_INVALID", "PATH_INVALID");

/** Links in a circle, or through what is no folder. */
export const nowhere = (path: string): PathCase => refused(path, "PATH_NOT_FOUND", "PATH_NOT_FOUND");
