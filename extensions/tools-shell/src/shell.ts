import { type CallScope, ClawError, type Processes, type Running, type Workspace } from "@claw/kernel";

export interface ShellCommand {
  readonly command: string;
  readonly cwd?: string | undefined;
  readonly timeoutMs?: number | undefined;
  /** What it was allowed to reach beyond the session, as it asked for it. */
  readonly needs?: readonly string[];
}

export type StartShell = (command: ShellCommand, call: CallScope) => Promise<Running>;

/** Starts a command in a new shell that reads no start-up file: bash, or sh where there is no bash. */
export function createShell(processes: Processes, workspace: Workspace): StartShell {
  return async ({ command, cwd, timeoutMs }, call) => {
    const options = {
      merged: true,
      ...(cwd === undefined ? {} : { cwd: await folderOf(cwd, call, workspace) }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    };
    try {
      return await processes.start(["bash", "--norc", "--noprofile", "-c", command], options, call);
    } catch (error) {
      if (!ClawError.is(error, "PROGRAM_NOT_FOUND")) throw error;
      return processes.start(["sh", "-c", command], options, call);
    }
  };
}

async function folderOf(cwd: string, call: CallScope, workspace: Workspace): Promise<string> {
  const { path, kind } = await workspace.locate(cwd, call);
  if (kind !== "folder")
    throw new ClawError(
      "PATH_NOT_FOUND",
      `${cwd} is ${kind === "missing" ? "missing" : "not a folder"}`,
      { path },
      { fix: "leave cwd out to run in the session's folder" },
    );
  return path;
}
