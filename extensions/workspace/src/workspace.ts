import type { Workspace } from "@claw/kernel";
import { createConfinement } from "./confinement.ts";
import { readFile, readText } from "./file-read.ts";
import { writeFile } from "./file-write.ts";
import { listFiles } from "./listing.ts";

/** The workspace of a machine whose user's home folder is `home`. It keeps nothing: what a session may touch comes with every call. */
export function createWorkspace(home: string | undefined): Workspace {
  const confinement = createConfinement(home);
  return {
    locate: (path, call) => confinement.locate(path, call),
    read: (path, call, options) => readFile(confinement, path, call, options),
    readText: (path, call) => readText(confinement, path, call),
    write: (path, bytes, call, options) => writeFile(confinement, path, bytes, call, options),
    ignored: async () => [],
    list: (folder, call, options) => listFiles(confinement, folder, call, options),
  };
}
