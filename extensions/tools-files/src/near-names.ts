import { ClawError, type CallScope, type Workspace } from "@claw/kernel";
import { editDistance } from "@claw/kernel/kit";
import { basename } from "node:path";
import { shownPath } from "./shown-path.ts";

/** A tree with more files than this is not searched to its end for a name that was mistyped. */
const maxFiles = 20_000;

/** PATH_NOT_FOUND that names what may have been meant. */
export async function notFound(workspace: Workspace, path: string, call: CallScope): Promise<ClawError> {
  const names = (await nearNames(workspace, basename(path).toLowerCase(), call)).map((near) => shownPath(near, call.cwd));
  return new ClawError("PATH_NOT_FOUND", `${path} does not exist${names.length === 0 ? "" : `; did you mean ${names.join(", ")}?`}`, { path });
}

async function nearNames(workspace: Workspace, name: string, call: CallScope): Promise<readonly string[]> {
  const reach = Math.max(1, Math.floor(name.length / 4));
  const near: { readonly path: string; readonly distance: number }[] = [];
  let seen = 0;
  for await (const { path } of workspace.list(call.cwd, call)) {
    const other = basename(path).toLowerCase();
    // Names apart in length are apart anyhow, and are not compared.
    const distance = Math.abs(name.length - other.length) > reach ? Infinity : editDistance(name, other);
    if (distance <= reach) near.push({ path, distance });
    seen += 1;
    if (seen === maxFiles) break;
  }
  return near
    .toSorted((a, b) => a.distance - b.distance || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
    .slice(0, 3)
    .map(({ path }) => path);
}
