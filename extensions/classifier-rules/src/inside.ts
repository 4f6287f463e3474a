import { ClawError, type ToolCallView, type Workspace } from "@claw/kernel";

/** More are not looked at: a call that names more is not allowed. */
const mostPaths = 400;

/** Whether paths, once every link is followed, are all in the session's folders, and none is kept from tools or has a second name. */
export async function areInside(paths: readonly string[], call: ToolCallView, workspace: Pick<Workspace, "locate">, signal: AbortSignal): Promise<boolean> {
  const { session, cwd, roots } = call;
  const distinct = [...new Set(paths)];
  if (distinct.length > mostPaths) return false;
  try {
    const found = await Promise.all(distinct.map((path) => workspace.locate(path, { session, cwd, roots, signal })));
    return found.every(({ inside, kind, ignored, links = 1 }) => inside && kind !== "other" && ignored !== true && (kind !== "file" || links < 2));
  } catch (error) {
    signal.throwIfAborted();
    // A path that cannot be looked at is nowhere inside.
    if (ClawError.is(error)) return false;
    throw error;
  }
}
