import { mkdirSync } from "node:fs";
import { ClawError, type SettingsProblem, type TrustedFolders, commitFolders, readFolders } from "@claw/kernel/host";
import { declined, isYes, openAsking } from "../ext/ask.ts";
import { userStoreOf } from "../paths.ts";
import { jsonLine, oneLine } from "../printable.ts";
import { judgeProject, wordingOf } from "../project-trust.ts";
import { table } from "../view-text.ts";
import type { VerbCall } from "./run.ts";

export interface TrustOptions {
  readonly yes: boolean;
  readonly remove: boolean;
  readonly list: boolean;
}

/** `claw trust`: shows what this folder's settings would change, asks, and remembers the answer for exactly that wording. */
export async function trust({ booted, terminal, json, signal }: VerbCall, { yes, remove, list }: TrustOptions): Promise<number> {
  const { folders, workspace, project, catalogue, installed } = booted;
  const store = userStoreOf(folders);
  if (list) {
    const known = readFolders(store);
    if (json) for (const [path, { at }] of Object.entries(known)) await terminal.write(jsonLine({ path, at }));
    else
      await terminal.write(
        table(
          ["trusted since", "folder"],
          Object.entries(known).map(([path, { at }]) => [at, path]),
        ),
      );
    return 0;
  }
  mkdirSync(store.folder, { recursive: true, mode: 0o700 });
  const { root } = workspace;
  if (remove) {
    await commitFolders(store, (current) => without(current, root), signal);
    terminal.say(`${root} is no longer trusted\n`);
    return 0;
  }
  const problems: SettingsProblem[] = [];
  const { kept, unaccepted, refused, missing } = judgeProject(project.read(problems), new Set(), catalogue, installed.ofProject);
  if (problems.length > 0)
    throw new ClawError("SETTINGS_INVALID", `${root} has settings with mistakes, so nobody can say what trusting it means`, { problems });
  const rows = [
    ...kept.map((setting) => ["counts", setting] as const),
    ...unaccepted.map((setting) => ["LOOSENS", setting] as const),
    ...refused.map((setting) => ["never counts", setting] as const),
    ...missing.map((setting) => ["not installed", setting] as const),
  ];
  terminal.say(
    rows.length === 0
      ? `${root} has no settings of its own\n`
      : table(
          ["", "setting", "value", "at"],
          rows.map(([word, { key, value, source }]) => [word, key, JSON.stringify(value), source].map(oneLine)),
        ),
  );
  if (!yes && !(await confirmed(`Trust ${root}, with everything above that says LOOSENS? [y/N] `, booted, terminal, signal))) return declined(terminal);
  await commitFolders(store, (current) => ({ ...current, [root]: { at: new Date().toISOString(), accepted: unaccepted.map(wordingOf) } }), signal);
  terminal.say(`${root} is trusted\n`);
  return 0;
}

const without = (current: TrustedFolders, root: string): TrustedFolders => Object.fromEntries(Object.entries(current).filter(([path]) => path !== root));

async function confirmed(question: string, { workspace }: VerbCall["booted"], terminal: VerbCall["terminal"], signal: AbortSignal): Promise<boolean> {
  if (!terminal.interactive)
    throw new ClawError("E_CONSENT_REQUIRED", `nobody can be asked whether to trust ${workspace.root}`, { what: workspace.root }, { fix: "claw trust --yes" });
  return isYes(await openAsking(terminal, signal).line(question));
}
