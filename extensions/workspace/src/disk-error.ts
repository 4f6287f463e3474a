import { ClawError } from "@claw/kernel";

/** The system's word for a failure, such as `ENOENT`; undefined when it is none of the system's. */
export const errnoOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" && !ClawError.is(error) ? error.code : undefined;

/** What a failure of the disk means for the path it happened on, as one sentence. */
export function diskError(error: unknown, path: string, doing: "read" | "write"): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  const options = { cause: error };
  const blocked = (sentence: string, fix?: string): ClawError =>
    new ClawError(doing === "read" ? "PATH_UNREADABLE" : "PATH_UNWRITABLE", sentence, { path }, fix === undefined ? options : { ...options, fix });
  switch (code) {
    case "ENOENT":
      return new ClawError("PATH_NOT_FOUND", `${path} does not exist`, { path }, options);
    case "ENOTDIR":
      return new ClawError("PATH_NOT_FOUND", `${path} does not exist: a part of it is a file and no folder`, { path }, options);
    case "ENAMETOOLONG":
      return new ClawError("PATH_INVALID", `${path} has a name that is too long for the disk`, { path }, options);
    case "EISDIR":
      return new ClawError("PATH_NOT_FILE", `${path} is a folder`, { path }, options);
    case "ENXIO":
    case "ENODEV":
    case "EOPNOTSUPP":
      return new ClawError("PATH_NOT_FILE", `${path} is no regular file`, { path }, options);
    case "EACCES":
    case "EPERM":
      return blocked(`${path} may not be ${doing === "read" ? "read" : "written"} by this user`, "change its permissions, or those of its folder");
    case "EROFS":
      return blocked(`${path} is on a disk that can only be read`);
    case "ENOSPC":
      return blocked(`the disk of ${path} is full`, "free some space and try again");
    case "EDQUOT":
      return blocked(`the disk quota for ${path} is used up`, "free some space and try again");
    case "EFBIG":
      return blocked(`${path} would be larger than files may be here`);
    case "EMFILE":
    case "ENFILE":
      return blocked(`${path} could not be opened: too many files are open`, "try again, or raise the limit of open files");
    default:
      return blocked(`${path} could not be ${doing === "read" ? "read" : "written"} (${code})`);
  }
}
