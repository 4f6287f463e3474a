import { ClawError, type CallScope, type Workspace } from "@claw/kernel";
import { basename } from "node:path";
import { shownPath } from "./shown-path.ts";

/** A tree with more files than this is not searched to its end for a name that was mistyped. */
const maxFiles = 20_000;

/** PATH_NOT_FOUND that names what may have been meant. */
export async function notFound(workspace: Workspace, path: string, call: CallScope): Promise<ClawError> {
  const names = (await nearNames(workspace, basename(path), call)).map((near) => shownPath(near, call.cwd));
  return new ClawError("PATH_NOT_FOUND", `${path} does not exist${names.length === 0 ? "" : `; did you mean ${names.join(", ")}?`}`, { path });
}

async function nearNames(workspace: Workspace, name: string, call: CallScope): Promise<readonly string[]> {
  const near: { readonly path: string; readonly distance: number }[] = [];
  let seen = 0;
  for await (const { path } of workspace.list(call.cwd, call)) {
    const distance = distanceOf(name.toLowerCase(), basename(path).toLowerCase());
    if (distance <= Math.max(1, Math.floor(name.length / 4))) near.push({ path, distance });
    seen += 1;
    if (seen === maxFiles) break;
  }
  return near.toSorted((a, b) => a.distance - b.distance || a.path.length - b.path.length || (a.path < b.path ? -1 : 1)).slice(0, 3).map(({ path }) => path);
}

/** How many characters have to be put in, taken out or changed; two that are far apart in length are only said to be far. */
export function distanceOf(a: string, b: string): number {
  if (a === b) return 0;
  if (Math.abs(a.length - b.length) > Math.max(1, a.length / 4)) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, character] of [...a].entries()) {
    let diagonal = row[0] ?? 0;
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) {
      const above = row[j + 1] ?? Infinity;
      next.push(Math.min(above + 1, (next[j] ?? Infinity) + 1, diagonal + (character === other ? 0 : 1)));
      diagonal = above;
    }
    row = next;
  }
  return row.at(-1) ?? Infinity;
}
