import { join } from "node:path";
import { ClawError, type Limits, type Manifest, type Plan, type SettingsProblem, resolve } from "@claw/kernel/host";
import { type Arguments, isOn, parseArguments } from "./args.ts";
import { extensionFlags } from "./extension-flags.ts";
import { type FlagSpec, ownFlags } from "./flags.ts";
import { type Installed, openInstalled } from "./installed.ts";
import { type Setting, type SettingsCatalogue, catalogueOf, settingsOfEnvironment, settingsOfFile, settingsOfFlags } from "./layers.ts";
import { limitsOf } from "./limits.ts";
import { type Merged, mergeSettings } from "./merge.ts";
import { type Environment, type Folders, foldersOf } from "./paths.ts";
import { profileChain } from "./profile.ts";
import { type ProjectSettings, projectSettings } from "./project.ts";
import { type Selection, sameSelection, selectionOf } from "./selection.ts";
import { type SettingsFile, parseSettings, readSettingsFile } from "./settings-file.ts";
import { version } from "./version.ts";
import { type WorkspaceFolder, workspaceOf } from "./workspace.ts";

/** Everything known before any extension's code runs. */
export interface Boot {
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
}

/** Environment and files to a plan. The only reader of the environment; imports no extension. */
export function boot(argv: readonly string[], environment: Environment, folder: string, platform: string): Boot {
  const folders = foldersOf(environment, platform);
  const workspace = workspaceOf(folder, folders.home);
  const guess = parseArguments(argv, ownFlags);
  let selection = selectionOf(guess, environment);
  let read = readAll(selection, folders);
  let args = parseArguments(argv, read.flags);
  // Knowing more flags may show that a word taken for --dev was some flag's value.
  if (!sameSelection(selection, selectionOf(args, environment))) {
    selection = selectionOf(args, environment);
    read = readAll(selection, folders);
  }
  args = parseArguments(argv, read.flags);
  if (!sameSelection(selection, selectionOf(args, environment))) throw new ClawError("USAGE", "the command line means different extensions depending on how it is read; put each flag's value after a =", {});

  const { catalogue, problems, files, installed } = read;
  const project = projectSettings({ args, folders, workspace, catalogue, safe: selection.safe, problems });
  const settings: readonly Setting[] = [
    ...files.flatMap(({ file, layer }) => (layer === "--settings" ? [] : settingsOfFile(file, layer, catalogue, problems))),
    ...project.kept,
    ...settingsOfEnvironment(environment, catalogue, problems),
    ...files.flatMap(({ file, layer }) => (layer === "--settings" ? settingsOfFile(file, layer, catalogue, problems) : [])),
    ...settingsOfFlags(args, catalogue, problems),
    ...selection.with.map((name) => ({ key: `extensions.${name}`, value: "*", layer: "flag" as const, source: "--with" })),
    ...installed.developed.map((name) => ({ key: `extensions.${name}`, value: "*", layer: "flag" as const, source: "--dev" })),
    ...(selection.without.length === 0 ? [] : [{ key: "without", value: selection.without, layer: "flag" as const, source: "--without" }]),
  ];
  if (problems.length > 0) {
    throw new ClawError("SETTINGS_INVALID", problems.length === 1 ? "the settings have a mistake" : `the settings have ${problems.length} mistakes`, { problems });
  }
  const merged = mergeSettings(settings, catalogue);
  const available = new Map(Object.keys(merged.choice.extensions).flatMap((name) => {
    const found = installed.get(name);
    return found === undefined ? [] : [[name, found] as const];
  }));
  const resolved = resolve({ choice: merged.choice, available, platform, version, given: new Set(["host", "asker"]) });
  const plan = { ...resolved, heldBack: resolved.heldBack.map((held) => explained(held, installed)) };
  const [held] = plan.heldBack;
  if (held !== undefined && isOn(args, "strict")) {
    throw new ClawError("EXTENSION_HELD_BACK", `${held.extension} is held back: ${held.why}`, held, held.fix === undefined ? {} : { fix: held.fix });
  }
  return { args, flags: read.flags, environment, folders, workspace, project, catalogue, merged, limits: limitsOf(merged.limits, args), plan, installed };
}

interface Read {
  readonly files: readonly { readonly file: SettingsFile; readonly layer: "profile" | "user" | "--settings" }[];
  readonly installed: Installed;
  readonly catalogue: SettingsCatalogue;
  readonly flags: readonly FlagSpec[];
  readonly problems: SettingsProblem[];
}

/** Reads the profile, the user's settings and the manifests they choose. */
function readAll(selection: Selection, folders: Folders): Read {
  const problems: SettingsProblem[] = [];
  const own = selection.safe ? undefined : readSettingsFile(join(folders.config, "settings.json"), problems);
  const extra = selection.settings === undefined ? undefined : extraSettings(selection.settings, problems);
  const extend = [selection.profile, extra?.values["extends"], own?.values["extends"]].find((name) => typeof name === "string");
  const chain = profileChain((extend as string | undefined) ?? "default", folders.config, problems);
  const files = [
    ...chain.map((file) => ({ file, layer: "profile" as const })),
    ...(own === undefined ? [] : [{ file: own, layer: "user" as const }]),
    ...(extra === undefined ? [] : [{ file: extra, layer: "--settings" as const }]),
  ];
  const installed = openInstalled(folders, selection.dev);
  const names = new Set([...files.flatMap(({ file }) => Object.keys((file.values["extensions"] ?? {}) as object)), ...selection.with, ...installed.developed]);
  const manifests: Manifest[] = [];
  for (const name of names) {
    const found = installed.get(name);
    if (found !== undefined) manifests.push(found.manifest);
  }
  return { files, installed, catalogue: catalogueOf(manifests), flags: [...ownFlags, ...extensionFlags(manifests)], problems };
}

/** `--settings` takes a file, or the JSON itself. */
function extraSettings(given: string, problems: SettingsProblem[]): SettingsFile | undefined {
  if (given.trimStart().startsWith("{")) return parseSettings(given, "--settings", problems);
  const file = readSettingsFile(given, problems);
  if (file === undefined && problems.length === 0) problems.push({ file: given, message: "there is no such settings file" });
  return file;
}

/** A package that is there but that nobody vouches for is not "not installed". */
function explained(held: Plan["heldBack"][number], installed: Installed): Plan["heldBack"][number] {
  const refusal = installed.refusal(held.extension);
  return refusal === undefined ? held : { ...held, why: refusal.message, ...(refusal.fix === undefined ? {} : { fix: refusal.fix }) };
}
