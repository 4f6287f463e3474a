import { resolve } from "node:path";
import { openStore, type ProjectLock } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { type Client, withClient } from "./client.ts";
import { projectWants } from "./project-wants.ts";
import { emit } from "./result.ts";

export interface BundleOptions {
  readonly output: string;
  /** What this project's lock has, instead of what the person has. */
  readonly project: boolean;
  readonly insecure: boolean;
  readonly dryRun: boolean;
}

/** `claw ext bundle -o FILE`: one file with all it takes to install the same where no marketplace can be reached. */
export const bundle = (call: VerbCall, { output, project, insecure, dryRun }: BundleOptions): Promise<number> =>
  withClient(call, { insecure }, async (client) => {
    const { library, context, progress } = client;
    const file = resolve(call.booted.workspace.cwd, output);
    const lock = await lockFor(project, client, call);
    const names = Object.entries(lock.extensions).map(([name, { version }]) => `${name} ${version}`);
    const files = dryRun ? [] : await library.makePack(lock, file, library.knownMarketplaces(context), context, call.signal);
    progress.stop();
    const record = { file, extensions: Object.keys(lock.extensions), files: files.length, ...(dryRun ? { dryRun } : {}) };
    await emit(call, [record], () => `${file} ${dryRun ? "would hold" : "holds"} ${names.length === 0 ? "nothing" : names.join(", ")}\n`);
    return 0;
  });

async function lockFor(project: boolean, { library, context }: Client, call: VerbCall): Promise<ProjectLock> {
  const { root, key } = call.booted.workspace;
  const store = openStore(context.store);
  if (!project) return library.projectLockOf(store, "", store.names);
  return (await library.readProjectLock(root)) ?? library.projectLockOf(store, key, Object.keys(projectWants(call)));
}
