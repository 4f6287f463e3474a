import { table } from "../../view-text.ts";
import type { VerbCall } from "../../verbs/run.ts";
import { withClient } from "../client.ts";
import { emit, oneLine, roomIn } from "../result.ts";
import { recordOf } from "./record.ts";

/** `claw ext marketplace list`: the marketplaces that are known, and what was last seen of them. */
export async function list(call: VerbCall): Promise<number> {
  const { terminal, json } = call;
  return withClient(call, {}, async ({ library, context }) => {
    const state = library.readState(context.store);
    const records = library.knownMarketplaces(context).map((known) => {
      const { id, insecure, credential, publishers } = known;
      const seen = library.seenOf(state, id);
      return {
        ...recordOf(known),
        insecure: insecure === true,
        ...(credential === undefined ? {} : { credential }),
        publishers: publishers?.length ?? 0,
        isDefault: id === context.bundled.trust.marketplace?.id,
        extensions: seen?.names.length ?? 0,
        ...(seen?.index === undefined ? {} : { indexVersion: seen.index.version, issued: seen.index.issued }),
        ...(seen?.refreshedAt === undefined ? {} : { refreshedAt: seen.refreshedAt }),
      };
    });
    if (json) await emit(call, records, () => "");
    else if (records.length === 0) terminal.say("no marketplace is known (claw ext marketplace add URL)\n");
    else
      await terminal.write(
        table(
          ["marketplace", "scopes", "signed", "extensions", "asked", "at"],
          records.map((one) =>
            [one.id, one.scopes.join(" "), one.unsigned ? "NO" : "yes", String(one.extensions), one.refreshedAt ?? "never", one.url].map(oneLine),
          ),
          roomIn(terminal),
        ),
      );
    return 0;
  });
}
