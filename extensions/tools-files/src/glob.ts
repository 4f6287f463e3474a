import { ClawError, type CallScope, type ListedFile, type Tool, type Workspace } from "@claw/kernel";
import { isAbsolute, join, relative, sep } from "node:path";
import { createGlobPattern, type GlobPattern } from "./glob-pattern.ts";
import { shownPath } from "./shown-path.ts";
import type { ToolInput } from "./tool-input.ts";

const maxShown = 100;

export const glob =
  (workspace: Workspace): Tool<ToolInput<"glob">> =>
  async ({ pattern, path = ".", ignored = false }, call) => {
    const wanted = await createGlobPattern(pattern);
    const { files, count } = await newest(matching(workspace, wanted, path, ignored, call));
    const paths = files.map((file) => shownPath(file.path, call.cwd));
    const lines =
      count === 0
        ? [nothing(pattern, ignored)]
        : count > paths.length
          ? [...paths, `[${count - paths.length} older files match too; a narrower pattern shows them]`]
          : paths;
    return { content: [{ type: "text", text: lines.join("\n") }], details: { paths: files.map((file) => file.path), count } };
  };

const nothing = (pattern: string, ignored: boolean): string =>
  `no file matches ${pattern}${pattern.includes("/") ? "" : `; **/${pattern} looks in the folders below, too`}${ignored ? "" : "; files that .gitignore names were left out"}`;

/** Whether a pattern says itself where to begin, wherever it is meant from. */
const leadsAway = (folder: string): boolean => isAbsolute(folder) || folder.startsWith("~/") || folder.split("/").includes("..");

/** A pattern is no path that anybody was asked about. */
const unjudged = (folder: string, { roots }: CallScope): ClawError =>
  new ClawError(
    "PATH_OUTSIDE",
    `the pattern leads to ${folder}, which is outside this session's folders (${roots.join(", ")})`,
    { path: folder },
    { fix: `give ${folder} as path, so that it can be judged, and as pattern only what is looked for below it` },
  );

async function* matching(workspace: Workspace, wanted: GlobPattern, path: string, ignored: boolean, call: CallScope): AsyncGenerator<ListedFile, void> {
  const below = isAbsolute(wanted.folder) || wanted.folder.startsWith("~/") ? wanted.folder : join(path, wanted.folder);
  const folder = await workspace.locate(below, call);
  if (!folder.inside && folder.allowed !== true && leadsAway(wanted.folder)) throw unjudged(folder.path, call);
  // A pattern may name folders that are not there; a path that was given may not.
  if (folder.inside && folder.kind !== "folder" && wanted.folder !== ".") return;
  // What was allowed outside is the path that was given, and no folder of it.
  const start = folder.inside || below === wanted.folder ? below : path;
  for await (const file of workspace.list(start, call, { ignored })) {
    const found = relative(folder.path, file.path).split(sep).join("/");
    if (!found.startsWith("../") && wanted.matches(found)) yield file;
  }
}

/** The newest of all, without keeping all. */
async function newest(found: AsyncIterable<ListedFile>): Promise<{ readonly files: readonly ListedFile[]; readonly count: number }> {
  let files: ListedFile[] = [];
  let count = 0;
  const keepNewest = (): void => void (files = files.toSorted((a, b) => b.mtimeMs - a.mtimeMs || (a.path < b.path ? -1 : 1)).slice(0, maxShown));
  for await (const file of found) {
    count += 1;
    files.push(file);
    if (files.length > maxShown * 10) keepNewest();
  }
  keepNewest();
  return { files, count };
}
