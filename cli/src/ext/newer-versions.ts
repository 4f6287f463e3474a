import type { VerbCall } from "../verbs/run.ts";
import { openKnown } from "./catalogues.ts";
import { withClient } from "./client.ts";

/** From the names of what the person installed to the version that an update would bring; those that are up to date are not in it. */
export const newerVersions = (call: VerbCall): Promise<ReadonlyMap<string, string>> =>
  withClient(call, {}, async (client) => {
    const { library, context, patient, progress } = client;
    const plan = await patient(async (signal) =>
      library.planUpdate("all", { scope: "user", allowUnsigned: true }, context, await openKnown(client, call, signal), signal),
    );
    progress.stop();
    return new Map(plan.packages.filter(({ step }) => step.action === "update").map(({ step }) => [step.name, step.version]));
  });
