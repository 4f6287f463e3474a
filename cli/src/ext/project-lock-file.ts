import { openStore } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import type { Client } from "./client.ts";
import { projectWants } from "./project-wants.ts";

/** Writes into the project's lock what it resolves to here now. */
export function relock({ library, context }: Client, call: VerbCall): Promise<void> {
  const { root, key } = call.booted.workspace;
  return library.writeProjectLock(root, library.projectLockOf(openStore(context.store), key, Object.keys(projectWants(call))));
}
