import type { IndexOptions } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { marketplaceFolderOf } from "./author-place.ts";
import type { Library } from "./client.ts";
import { push } from "./publish.ts";
import { counted, emit } from "./result.ts";
import { type IndexFlags, indexSigners, requireSigners } from "./signing.ts";

/** Flags of every verb that signs a new index. */
export interface ChangeFlags extends IndexFlags {
  readonly to: string;
  readonly days?: number | undefined;
  readonly push: boolean;
  readonly dryRun: boolean;
}

export type Changes = NonNullable<IndexOptions["changes"]>;

/** Signs the next index of a marketplace, with changes. What could not be taken in makes it end with 1. */
export async function changeIndex(
  call: VerbCall,
  flags: ChangeFlags,
  { changes, incoming, message }: { readonly changes: (library: Library) => Changes; readonly incoming: boolean; readonly message: string },
): Promise<number> {
  const library = await import("@claw/marketplace");
  const { days, dryRun } = flags;
  const folder = marketplaceFolderOf(call, flags.to);
  const signers = await indexSigners(library, flags, call);
  if (!dryRun) requireSigners(signers);
  const report = await library.indexMarketplace(
    folder,
    { signers, now: new Date(), changes: changes(library), incoming, dryRun, ...(days === undefined ? {} : { days }) },
    call.signal,
  );
  await emit(call, [{ ...report, state: dryRun ? "not written" : "signed" }], (it) => {
    const taken = it.incoming.map(({ path, accepted, why }) => `  ${path} ${accepted ? "taken in" : `refused: ${why ?? ""}`}\n`).join("");
    return `index ${it.version} of ${it.marketplace} ${it.state}: ${counted(it.extensions, "extension")}, good until ${it.expires}\n${taken}`;
  });
  if (flags.push && !dryRun) await push(folder, message, call);
  return report.incoming.every(({ accepted }) => accepted) ? 0 : 1;
}
