import { table } from "../view-text.ts";
import type { VerbCall } from "../verbs/run.ts";
import { catalogueFinder } from "./catalogues.ts";
import { withClient } from "./client.ts";
import { emit, oneLine, roomIn } from "./result.ts";

/** What verification refuses ends with this, as in every command (formats.md §3.10). */
const refusedCode = 8;

/** `claw ext audit`: what one would want to know of what is installed, today. Ends with 8 if anything of it must not be used. */
export async function audit(call: VerbCall): Promise<number> {
  const { terminal, json } = call;
  return withClient(call, {}, async (client) => {
    const findings = await client.patient(async (signal) => {
      const catalogueOf = await catalogueFinder(client, call, signal);
      return client.library.audit({ context: client.context, catalogueOf }, signal);
    });
    client.progress.stop();
    const code = findings.some(({ level }) => level === "error") ? refusedCode : 0;
    if (json) await emit(call, findings, () => "");
    else if (findings.length === 0) await terminal.write("nothing to report\n");
    else
      await terminal.write(
        table(
          ["level", "name", "version", "what"],
          findings.map(({ level, name, version, text }) => [level, name, version, text].map(oneLine)),
          roomIn(terminal),
        ),
      );
    return code;
  });
}
