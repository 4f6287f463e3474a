import type { CallScope } from "@claw/kernel";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

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
