import type { CallScope } from "./tool.ts";

/** A place as the workspace sees it, before anything is opened. */
export interface Located {
  /** The path asked for, absolute and without `..`. */
  readonly path: string;
  /** Where it leads once every link on the way is followed; of a file to be made, its folder's real path and its name. */
  readonly real: string;
  /** True if `real` is in one of the session's folders or its scratch folder. */
  readonly inside: boolean;
  /** True if this call may open it although it is not inside, or ignored: its judgement allowed the path. Absent means false. */
  readonly allowed?: boolean;
  readonly kind: "file" | "folder" | "missing" | "other";
  /** True if an `.agentsignore` at the top of one of the session's folders names it: it is opened only where its judgement allowed the path. */
  readonly ignored?: boolean;
  /** Of a file, how many names it has. */
  readonly links?: number;
  /** What tells whether two names are one file: device and inode. */
  readonly identity?: string;
}

/** What identifies a file's content: a write that names one is refused when the file is no longer that. */
export interface FileVersion {
  readonly size: number;
  readonly mtimeMs: number;
  /** `sha256-` and base64 of the whole content. */
  readonly digest: string;
}

export interface OpenFile {
  /** Where it was opened: its real path. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly version: FileVersion;
  /** Unix permission bits. */
  readonly mode: number;
}

export interface ListedFile {
  /** Absolute. */
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * Service `workspace`: the only way from a model's string to a file. Opens what it checked: a path is refused with
 * PATH_INVALID, PATH_OUTSIDE, PATH_NOT_FOUND, PATH_NOT_FILE, PATH_TOO_LARGE, PATH_CHANGED, PATH_UNREADABLE or
 * PATH_UNWRITABLE, and no descriptor is handed out. Only `locate` answers for a path outside; everything else refuses it.
 */
export interface Workspace {
  locate(path: string, call: CallScope): Promise<Located>;
  /** Reads a regular file of at most `maxBytes` (default 64 MiB). */
  read(path: string, call: CallScope, options?: { readonly maxBytes?: number }): Promise<OpenFile>;
  /** As `read`, decoded as UTF-8. */
  readText(path: string, call: CallScope): Promise<string>;
  /** Writes atomically, keeping an existing file's mode. `expect` is the version to replace, or `"absent"`; otherwise PATH_CHANGED. */
  write(path: string, bytes: Uint8Array, call: CallScope, options?: { readonly expect?: FileVersion | "absent" }): Promise<FileVersion>;
  /** The files below a folder, under the name the folder was asked by; those `.gitignore` names are left out unless `ignored`, and `.git` always is. */
  list(folder: string, call: CallScope, options?: { readonly ignored?: boolean }): AsyncIterable<ListedFile>;
  /**
   * What `.agentsignore` names in the session's folders, absolute, a folder standing for all below it. Throws PATH_TOO_LARGE
   * where that is more than can be kept out of sight.
   */
  ignored(call: CallScope): Promise<readonly string[]>;
}
