import { ClawError, type CallScope, type Workspace } from "@claw/kernel";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

export interface Folder extends AsyncDisposable {
  readonly root: string;
  readonly call: CallScope;
}

/** A real folder with files, inside a folder of its own that goes with it. */
export async function folderOf(files: Readonly<Record<string, string>> = {}): Promise<Folder> {
  const around = await realpath(await mkdtemp(join(tmpdir(), "workspace-")));
  const root = join(around, "proj");
  await mkdir(root);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return {
    root,
    call: { session: "s", cwd: root, roots: [root], signal: new AbortController().signal },
    [Symbol.asyncDispose]: () => rm(around, { recursive: true }),
  };
}

/** `done`, or code, message and fix of the refusal. */
export const outcomeOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "done",
    (error: unknown) => (ClawError.is(error) ? `${error.code}: ${error.message} fix: ${error.fix ?? "none"}` : Promise.reject(error as Error)),
  );

/** What a listing gives, from the call's folder, sorted. */
export async function listed(workspace: Workspace, folder: string, call: CallScope, options: { readonly ignored?: boolean } = {}): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { path } of workspace.list(folder, call, options)) paths.push(relative(call.cwd, path));
  return paths.toSorted();
}
