import type { ClawError } from "@claw/kernel/host";
import { errorText, exitCode } from "../../report.ts";
import type { VerbCall } from "../../verbs/run.ts";
import { noteRevocations } from "../catalogues.ts";
import { withClient } from "../client.ts";
import { counted, emit } from "../result.ts";

export interface RefreshOptions {
  /** A marketplace's name or address; all of them when absent. */
  readonly id: string | undefined;
  /** Nobody is there to read anything: only failures that need somebody are told. */
  readonly quiet: boolean;
}

/** `claw ext marketplace refresh [ID]`: asks for what is new and what is revoked, which holds from the next start. One that fails keeps no other from answering. */
export const refresh = (call: VerbCall, { id, quiet }: RefreshOptions): Promise<number> =>
  withClient(quiet ? { ...call, json: true } : call, {}, async (client) => {
    const { library, context, patient, progress } = client;
    const failures: ClawError[] = [];
    const records = await patient(async (signal) => {
      const failed = (_known: unknown, error: ClawError): void => void failures.push(error);
      const opened = await library.openCatalogues(context, signal, { fresh: true, failed, ...(id === undefined ? {} : { only: [id] }) });
      const results = [];
      for (const catalogue of opened) {
        const revocations = await noteRevocations(catalogue, client, call, signal);
        results.push({ id: catalogue.id, indexVersion: catalogue.indexVersion, extensions: catalogue.names.length, revocations });
      }
      return results;
    });
    progress.stop();
    if (!quiet)
      await emit(
        call,
        records,
        (one) => `${one.id}: ${counted(one.extensions, "extension")}${one.revocations === 0 ? "" : `, ${counted(one.revocations, "new revocation")}`}\n`,
      );
    const [first] = failures;
    if (first === undefined) return 0;
    if (failures.length === 1 && records.length === 0) throw first;
    for (const error of failures) call.terminal.say(errorText(error, false));
    return exitCode(first);
  });
