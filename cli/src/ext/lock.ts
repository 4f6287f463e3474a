import { ClawError, openStore } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { withClient } from "./client.ts";
import { projectWants } from "./project-wants.ts";
import { emit } from "./result.ts";

export interface LockOptions {
  readonly dryRun: boolean;
}

/** `claw ext lock`: writes into the project's lock what its settings resolve to here. */
export async function lock(call: VerbCall, { dryRun }: LockOptions): Promise<number> {
  const { workspace } = call.booted;
  return withClient(call, {}, async ({ library, context }) => {
    const wanted = projectWants(call);
    const next = library.projectLockOf(openStore(context.store), workspace.key, Object.keys(wanted));
    const drift = library.lockDrift(next, wanted, context.bundled);
    if (drift.length > 0)
      throw new ClawError(
        "E_LOCK_DRIFT",
        `the project asks for what is not installed here: ${drift.join("; ")}`,
        { drift },
        { fix: "claw ext add NAME --project" },
      );
    if (!dryRun) await library.writeProjectLock(workspace.root, next);
    const path = library.projectLockPath(workspace.root);
    const names = Object.entries(next.extensions).map(([name, { version }]) => `${name} ${version}`);
    await emit(
      call,
      [{ path, extensions: next.extensions, ...(dryRun ? { dryRun } : {}) }],
      () => `${path} ${dryRun ? "would lock" : "locks"} ${names.length === 0 ? "nothing" : names.join(", ")}\n`,
    );
    return 0;
  });
}
