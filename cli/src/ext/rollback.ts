import type { VerbCall } from "../verbs/run.ts";
import { withClient } from "./client.ts";
import { installedName } from "./installed-name.ts";
import { relock } from "./project-lock-file.ts";
import { emit } from "./result.ts";

export interface RollbackOptions {
  readonly name: string;
  readonly dryRun: boolean;
}

/** `claw ext rollback NAME`: the version before, which is still on the disk. */
export async function rollback(call: VerbCall, { name, dryRun }: RollbackOptions): Promise<number> {
  const { booted, signal } = call;
  const full = installedName(name, booted.installed.names);
  return withClient(call, {}, async (client) => {
    const { library, context, hooks } = client;
    const isOfProject = booted.installed.ofProject.includes(full);
    const workspace = isOfProject ? { workspace: booted.workspace.key } : {};
    const { step, from } = dryRun
      ? await library.planRollback(full, { context, ...workspace })
      : await library.rollback(full, { context, hooks, ...workspace }, signal);
    if (isOfProject && !dryRun) await relock(client, call);
    const record = { name: full, version: step.version, from: from.version, state: dryRun ? "to be rolled back" : "rolled back" };
    await emit(call, [record], ({ version, state }) => `${full} ${state} to ${version} (was ${from.version})\n`);
    return 0;
  });
}
