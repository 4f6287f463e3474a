import type { VerbCall } from "../verbs/run.ts";
import { withClient } from "./client.ts";
import { emit } from "./result.ts";

/** `claw ext gc`: removes what interrupted installs left, and packages that nothing names any more. */
export async function gc(call: VerbCall, { dryRun }: { readonly dryRun: boolean }): Promise<number> {
  return withClient(call, {}, async ({ library, context }) => {
    if (dryRun) {
      const { leftovers } = await library.verifyStore(context.store, call.signal);
      await emit(call, [{ leftovers, dryRun }], () =>
        leftovers.length === 0 ? "nothing would be removed\n" : leftovers.map((path) => `${path} would be removed\n`).join(""),
      );
      return 0;
    }
    await library.collectStaging(context.store.folder);
    const removed = await library.collectPackages(context.store, call.signal);
    await emit(call, [{ removed }], () => `${removed} ${removed === 1 ? "package" : "packages"} removed\n`);
    return 0;
  });
}
