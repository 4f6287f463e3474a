import type { VerbCall } from "../verbs/run.ts";
import { carriedAs, type InstallOptions, scopeOf, trusting } from "./add.ts";
import { carryThrough } from "./carry-through.ts";
import { openKnown } from "./catalogues.ts";
import { withClient } from "./client.ts";

export interface UpdateOptions extends Omit<InstallOptions, "enable"> {
  readonly names: readonly string[];
  /** Only updates in which nothing is different but the version. */
  readonly patch: boolean;
  readonly allowUnsigned: boolean;
  readonly insecure: boolean;
}

/** `claw ext update [NAME…]`: newer versions of what is installed, with what is different in them. */
export const update = (call: VerbCall, options: UpdateOptions): Promise<number> =>
  withClient(call, { insecure: options.insecure }, async (client) => {
    const { names, patch, allowUnsigned, project, trust } = options;
    const { library, context, patient } = client;
    const how = { allowUnsigned, ...scopeOf(call, project) };
    const whole = await patient(async (signal) =>
      library.planUpdate(names.length === 0 ? "all" : names, how, context, await openKnown(client, call, signal), signal),
    );
    const { plan, waiting } = patch ? library.patchesIn(whole) : { plan: whole, waiting: [] };
    if (waiting.length > 0) {
      const held = waiting.map(({ step }) => step.name);
      call.terminal.say(`${held.join(", ")} would change more than a version (claw ext update ${held.join(" ")})\n`);
    }
    const command = ["claw", "ext", "update", ...names, ...(project ? ["--project"] : []), ...(patch ? ["--patch"] : []), ...trusting(trust)];
    return await carryThrough(plan, carriedAs(plan, { ...options, enable: false }, command, client, call), client, call);
  });
