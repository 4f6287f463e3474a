import { ClawError, openStore } from "@claw/kernel/host";
import { bundledStore, userStoreOf } from "../paths.ts";
import type { VerbCall } from "../verbs/run.ts";
import { withClient } from "./client.ts";
import { removeFromSettings } from "./enable.ts";
import { installedName } from "./installed-name.ts";
import { relock } from "./project-lock-file.ts";
import { emit } from "./result.ts";

export interface RemoveOptions {
  readonly names: readonly string[];
  readonly purge: boolean;
  readonly prune: boolean;
  readonly project: boolean;
  readonly dryRun: boolean;
}

/** `claw ext remove NAME…`: uninstalls, and takes the names out of the settings. */
export async function remove(call: VerbCall, { names, purge, prune, project, dryRun }: RemoveOptions): Promise<number> {
  const { booted, terminal, signal } = call;
  const { key } = booted.workspace;
  const opened = openStore(userStoreOf(booted.folders));
  const own = project ? opened.namesIn(key) : opened.names;
  const full = [...new Set(names.map((name) => removableName(name, own, booted.installed.names)))];
  return withClient(call, {}, async (client) => {
    const { library, context, hooks } = client;
    const options = { context, hooks, prune, purge, ...(project ? { workspace: key } : {}) };
    const { steps, unneeded } = dryRun ? library.planRemoval(full, options) : await library.removeExtensions(full, options, signal);
    const taken = steps.map(({ name }) => name);
    if (!dryRun) {
      const { names: ofProgram } = openStore(bundledStore);
      await removeFromSettings(
        taken.filter((name) => !ofProgram.includes(name)),
        call,
        project,
      );
      if (project) await relock(client, call);
    }
    const records = steps.map(({ name, version }) => ({ name, version, state: dryRun ? "to be removed" : "removed" }));
    await emit(call, records, ({ name, version, state }) => `${name} ${version} ${state}\n`);
    const left = unneeded.filter((name) => !taken.includes(name));
    if (left.length > 0) terminal.say(`nothing needs ${left.join(", ")} any more (claw ext remove ${left.join(" ")})\n`);
    return 0;
  });
}

function removableName(name: string, own: readonly string[], all: readonly string[]): string {
  const full = installedName(name, [...new Set([...own, ...all])]);
  if (own.includes(full)) return full;
  throw new ClawError("USAGE", `${full} comes with claw, so it can only be left out`, {}, { fix: `claw ext disable ${full}` });
}
