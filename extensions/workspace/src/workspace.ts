import type { Workspace } from "@claw/kernel";
import { createAgentsIgnore } from "./agents-ignore.ts";
import { createConfinement } from "./confinement.ts";
import { readFile, readText } from "./file-read.ts";
import { writeFile } from "./file-write.ts";
import { createIgnoredPaths } from "./ignored-paths.ts";
import { listFiles } from "./listing.ts";

/** The workspace of a machine whose user's home folder is `home`. What a session may touch comes with every call. */
export function createWorkspace(home: string | undefined): Workspace {
  const agents = createAgentsIgnore();
  const confinement = createConfinement(home, agents);
  return {
    locate: (path, call) => confinement.locate(path, call),
    read: (path, call, options) => readFile(confinement, path, call, options),
    readText: (path, call) => readText(confinement, path, call),
    write: (path, bytes, call, options) => writeFile(confinement, path, bytes, call, options),
    ignored: createIgnoredPaths(agents),
    list: (folder, call, options) => listFiles({ confinement, agents }, folder, call, options),
  };
}
