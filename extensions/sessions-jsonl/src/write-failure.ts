import { ClawError } from "@claw/kernel";

/** What a failed system call means to a person: what happened, and what to do. */
const reasons: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  ENOSPC: ["the disk is full", "make room on it, then go on with --resume"],
  EDQUOT: ["your disk quota is used up", "make room, then go on with --resume"],
  EFBIG: ["the file would become too large", "go on in a new session"],
  EROFS: ["the folder is read-only", "choose another with --session-dir, or run with --no-session-persistence"],
  EACCES: ["permission is denied", "choose another folder with --session-dir, or run with --no-session-persistence"],
  EPERM: ["permission is denied", "choose another folder with --session-dir, or run with --no-session-persistence"],
  ENOTDIR: ["a part of its path is no folder", "choose another folder with --session-dir"],
  EMFILE: ["too many files are open", "raise the limit with ulimit -n"],
  EIO: ["the disk reports an error", "check the disk, then go on with --resume"],
};

/** The error of a log that cannot be written. */
export function writeFailure(session: string, path: string, cause: unknown): ClawError {
  if (ClawError.is(cause)) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const [what, fix] = reasons[code ?? ""] ?? [message, "check the folder, or choose another with --session-dir"];
  return new ClawError("SESSION_WRITE_FAILED", `cannot write ${path}: ${what}`, { session }, { cause, fix });
}

/** Runs a piece of writing; what the system refuses becomes SESSION_WRITE_FAILED. */
export function writing<T>(session: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw writeFailure(session, path, error);
  }
}
