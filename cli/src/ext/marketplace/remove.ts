import type { VerbCall } from "../../verbs/run.ts";
import { withClient } from "../client.ts";
import { emit } from "../result.ts";

export interface RemoveOptions {
  /** Its name or its address. */
  readonly id: string;
  readonly dryRun: boolean;
}

/** `claw ext marketplace remove ID`: forgets it. What was installed from it stays. */
export const remove = (call: VerbCall, { id, dryRun }: RemoveOptions): Promise<number> =>
  withClient(call, {}, async ({ library, context }) => {
    const removed = dryRun ? library.marketplaceNamed(id, library.knownMarketplaces(context)) : await library.removeMarketplace(id, context, call.signal);
    await emit(call, [{ id: removed.id, url: removed.url, removed: !dryRun }], (one) => `${one.id} ${dryRun ? "would be" : "is"} forgotten\n`);
    return 0;
  });
