import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { errorText } from "../report.ts";
import { placeOf } from "./author-place.ts";
import { emit } from "./result.ts";

export interface TypesOptions {
  readonly folder?: string | undefined;
  readonly watch: boolean;
  readonly dryRun: boolean;
}

/** `claw ext types`: the author's types from the manifest; with `--watch` again whenever it changes. */
export async function types(call: VerbCall, { folder, watch, dryRun }: TypesOptions): Promise<number> {
  const library = await import("@claw/marketplace");
  const place = placeOf(call, folder);
  if (!watch) {
    const written = await library.writeContract(place, { dryRun });
    await emit(call, [written], ({ path, changed }) => `${path} ${changed ? (dryRun ? "would change" : "written") : "is current"}\n`);
    return 0;
  }
  const tell = (outcome: Awaited<ReturnType<typeof library.writeContract>> | ClawError): void => {
    if (ClawError.is(outcome)) call.terminal.say(errorText(outcome, false));
    else if (outcome.changed) call.terminal.say(`${outcome.path} written\n`);
  };
  call.terminal.say(`watching ${place}/extension.json; Ctrl-C ends it\n`);
  await library.watchContract(place, tell, call.signal);
  return 0;
}
