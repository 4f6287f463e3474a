import { type AdminPolicy, ClawError, type Limits, type Plan, nearest, resolve } from "@claw/kernel/host";
import { type Arguments, isOn } from "./args.ts";
import { readChosen } from "./chosen.ts";
import type { FlagSpec } from "./flags.ts";
import type { Installed } from "./installed.ts";
import { type Setting, type SettingsCatalogue, settingsOfEnvironment, settingsOfFile, settingsOfFlags } from "./layers.ts";
import { defaultSteps, limitsOf } from "./limits.ts";
import { type Merged, mergeSettings } from "./merge.ts";
import { type Environment, type Folders, foldersOf } from "./paths.ts";
import { type ProjectSettings, projectSettings } from "./project.ts";
import { projectLockPath } from "./project-lock.ts";
import { version } from "./version.ts";
import type { WorkspaceFolder } from "./workspace.ts";

/** Everything known before any extension's code runs. */
export interface Boot {
  /** The command line as it was given. */
  readonly argv: readonly string[];
  readonly args: Arguments;
  /** Every flag there is in this run. */
  readonly flags: readonly FlagSpec[];
  readonly environment: Environment;
  readonly folders: Folders;
  readonly workspace: WorkspaceFolder;
  readonly project: ProjectSettings;
  readonly catalogue: SettingsCatalogue;
  readonly merged: Merged;
  readonly limits: Limits;
  readonly plan: Plan;
  readonly installed: Installed;
  readonly policy: AdminPolicy;
}

/** Environment and files to a plan. The only reader of the environment; imports no extension. */
export function boot(argv: readonly string[], environment: Environment, folder: string, platform: string, policy: AdminPolicy): Boot {
  const folders = foldersOf(environment, platform);
  const { args, selection, files, workspace, installed, catalogue, flags, problems } = readChosen(argv, { environment, folders, folder, policy });
  const nobody = selection.without.find((name) => !installed.names.includes(name));
  if (nobody !== undefined) throw unknownExtension(nobody, installed);
  const project = projectSettings({ args, folders, workspace, catalogue, installed, safe: selection.safe, problems });
  const settings: readonly Setting[] = [
    defaultSteps,
    ...files.flatMap(({ file, layer }) => (layer === "--settings" ? [] : settingsOfFile(file, layer, catalogue, problems))),
    ...installed.ofProject.map((name) => ({ key: `extensions.${name}`, value: "*", layer: "project" as const, source: projectLockPath(workspace) })),
    ...project.kept,
    ...settingsOfEnvironment(environment, catalogue, problems),
    ...files.flatMap(({ file, layer }) => (layer === "--settings" ? settingsOfFile(file, layer, catalogue, problems) : [])),
    ...settingsOfFlags(args, catalogue, problems),
    ...selection.with.map((name) => ({ key: `extensions.${name}`, value: "*", layer: "flag" as const, source: "--with" })),
    ...installed.developed.map((name) => ({ key: `extensions.${name}`, value: "*", layer: "flag" as const, source: "--dev" })),
    ...(selection.without.length === 0 ? [] : [{ key: "without", value: selection.without, layer: "flag" as const, source: "--without" }]),
  ];
  if (problems.length > 0) {
    throw new ClawError("SETTINGS_INVALID", problems.length === 1 ? "the settings have a mistake" : `the settings have ${problems.length} mistakes`, {
      problems,
    });
  }
  const merged = mergeSettings(settings, catalogue);
  const available = new Map(
    Object.keys(merged.choice.extensions).flatMap((name) => {
      const found = installed.get(name);
      return found === undefined ? [] : [[name, found] as const];
    }),
  );
  const resolved = resolve({ choice: merged.choice, available, platform, version, given: new Set(["host", "asker", "settings"]) });
  const mistyped = mistypedConfig(merged.choice.config, installed);
  const plan = {
    ...resolved,
    notices: [...installed.notices, ...mistyped, ...resolved.notices],
    heldBack: resolved.heldBack.map((held) => explained(held, installed)),
  };
  const [held] = plan.heldBack;
  if (held !== undefined && isOn(args, "strict")) {
    throw new ClawError("EXTENSION_HELD_BACK", `${held.extension} is held back: ${held.why}`, held, held.fix === undefined ? {} : { fix: held.fix });
  }
  return { argv, args, flags, environment, folders, workspace, project, catalogue, merged, limits: limitsOf(merged.limits, args), plan, installed, policy };
}

/** Whoever mistypes what must not run is told before it does. */
function unknownExtension(name: string, { names }: Installed): ClawError {
  const near = nearest(name, names)[0];
  return new ClawError(
    "USAGE",
    `--without: there is no extension ${name}${near === undefined ? "" : `; did you mean ${near}?`}`,
    {},
    { fix: "claw ext list --all" },
  );
}

/** What is set for an extension that is not here is kept for the day it is; unless its name is nearly that of one. */
function mistypedConfig(config: Merged["choice"]["config"], { names }: Installed): readonly string[] {
  return Object.keys(config).flatMap((name) => {
    const near = names.includes(name) ? undefined : nearest(name, names)[0];
    return near === undefined ? [] : [`the settings' config of ${name} is for no extension there is; did you mean ${near}?`];
  });
}

/** A package that is there but that nobody vouches for is not "not installed". */
function explained(held: Plan["heldBack"][number], installed: Installed): Plan["heldBack"][number] {
  const refusal = installed.refusal(held.extension);
  return refusal === undefined ? held : { ...held, why: refusal.message, ...(refusal.fix === undefined ? {} : { fix: refusal.fix }) };
}
