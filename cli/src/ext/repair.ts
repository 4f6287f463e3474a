import type { VerbCall } from "../verbs/run.ts";
import { catalogueFinder } from "./catalogues.ts";
import { withClient } from "./client.ts";
import { installedName } from "./installed-name.ts";
import { emit } from "./result.ts";

export interface RepairOptions {
  readonly name: string;
  readonly from: string | undefined;
  readonly insecure: boolean;
  readonly dryRun: boolean;
}

/** `claw ext repair NAME`: puts a damaged package back as it was, from where it came or from a mirror of that. */
export async function repair(call: VerbCall, { name, from, insecure, dryRun }: RepairOptions): Promise<number> {
  const full = installedName(name, call.booted.installed.names);
  return withClient(call, { insecure }, async (client) => {
    const { library, context, patient, progress } = client;
    const repaired = dryRun
      ? await library.damagedIn(context, [full])
      : await patient(async (signal) => library.repair([full], { context, catalogueOf: await catalogueFinder(client, call, signal, from) }, signal));
    progress.stop();
    const state = dryRun ? "damaged" : "repaired";
    const records: readonly { readonly name: string; readonly version?: string; readonly state: string }[] =
      repaired.length === 0 ? [{ name: full, state: "intact" }] : repaired.map(({ name: one, version }) => ({ name: one, version, state }));
    await emit(call, records, (record) => `${record.name} is ${record.state}\n`);
    return 0;
  });
}
