import { join, resolve as absolute } from "node:path";
import { type AdminPolicy, ClawError, isForPlatform, type Manifest, type SettingsProblem } from "@claw/kernel/host";
import { type Arguments, parseArguments } from "./args.ts";
import { extensionFlags } from "./extension-flags.ts";
import { type FlagSpec, ownFlags } from "./flags.ts";
import { type Installed, openInstalled } from "./installed.ts";
import { type SettingsCatalogue, catalogueOf, isOwnKey } from "./layers.ts";
import type { Environment, Folders } from "./paths.ts";
import { profileChain } from "./profile.ts";
import { trustOf } from "./project-trust.ts";
import { type Selection, sameSelection, selectionOf } from "./selection.ts";
import { type SettingsFile, parseSettings, readSettingsFile } from "./settings-file.ts";
import { type WorkspaceFolder, workspaceOf } from "./workspace.ts";

/** The command line and the extensions it chooses, which agree on which words are flags. */
export interface Chosen extends Read {
  readonly args: Arguments;
  readonly selection: Selection;
}

interface Read {
  readonly files: readonly { readonly file: SettingsFile; readonly layer: "profile" | "user" | "--settings" }[];
  readonly workspace: WorkspaceFolder;
  readonly installed: Installed;
  readonly catalogue: SettingsCatalogue;
  readonly flags: readonly FlagSpec[];
  readonly problems: SettingsProblem[];
}

/** Where a reading happens. */
export interface ReadingPlace {
  readonly environment: Environment;
  readonly folders: Folders;
  /** The current folder. */
  readonly folder: string;
  readonly policy: AdminPolicy;
}

/** Each reading may show that a word taken for `--dev` was another flag's value, which only that flag's extension knows. */
const mostReadings = 4;

/** Which words are flags depends on the extensions there are, and these on the flags: read again until both agree, beginning with the usual extensions. */
export function readChosen(argv: readonly string[], place: ReadingPlace): Chosen {
  const { environment } = place;
  let selection = selectionOf(parseArguments([], ownFlags), environment);
  let read = usual(selection, place);
  for (let reading = 1; reading <= mostReadings; reading += 1) {
    const next = selectionOf(parsedAsFar(argv, read?.flags ?? ownFlags), environment);
    if (read !== undefined && sameSelection(next, selection)) return { ...read, selection, args: parseArguments(argv, read.flags) };
    selection = next;
    read = readAll(selection, place);
  }
  throw new ClawError("USAGE", "the command line means different extensions depending on how it is read; put each flag's value after a =", {});
}

/** What is wrong with the usual extensions matters only to a run of them. */
function usual(selection: Selection, place: ReadingPlace): Read | undefined {
  try {
    return readAll(selection, place);
  } catch {
    return undefined;
  }
}

/** The last word may look like a flag without its value, and be the value of one that is not known yet. */
function parsedAsFar(argv: readonly string[], flags: readonly FlagSpec[]): Arguments {
  try {
    return parseArguments(argv, flags);
  } catch {
    return parseArguments(argv.slice(0, -1), flags);
  }
}

/** Reads the profile, the user's settings and the manifests they choose. */
function readAll(selection: Selection, { folders, folder, policy }: ReadingPlace): Read {
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
  const workspace = workspaceOf(absolute(folder, selection.cwd ?? "."), folders.home);
  const isTrusted = (): boolean => selection.trustFolder || trustOf(folders, workspace).folder !== undefined;
  const installed = openInstalled({ folders, dev: selection.dev, policy, workspace: selection.safe ? undefined : { key: workspace.key, isTrusted } });
  const chosen = files.flatMap(({ file }) => Object.keys((file.values["extensions"] ?? {}) as object));
  const names = new Set([...chosen, ...installed.ofProject, ...selection.with, ...installed.developed]);
  const manifests = manifestsOf(names, installed);
  const catalogue = catalogueOf(manifests);
  const others = files.flatMap(({ file }) => Object.keys(file.values)).filter((key) => !isOwnKey(key) && !catalogue.claimed.has(key));
  return {
    files,
    workspace,
    installed,
    catalogue: others.length === 0 ? catalogue : catalogueOf([...manifests, ...claimants(others, installed)]),
    flags: [...ownFlags, ...extensionFlags(manifests)],
    problems,
  };
}

/** Of those that have anything to offer on this machine: two for two platforms may share flags and a key of the settings. */
const manifestsOf = (names: Iterable<string>, installed: Installed): readonly Manifest[] =>
  [...names].flatMap((name) => installed.get(name)?.manifest ?? []).filter((manifest) => isForPlatform(manifest, process.platform));

/** Settings of an extension that this run leaves out are no mistake: whoever is installed and claims one of these keys. */
const claimants = (keys: readonly string[], installed: Installed): readonly Manifest[] =>
  manifestsOf(installed.names, installed).filter(({ settings }) => settings !== undefined && keys.includes(settings));

/** `--settings` takes a file, or the JSON itself. */
function extraSettings(given: string, problems: SettingsProblem[]): SettingsFile | undefined {
  if (given.trimStart().startsWith("{")) return parseSettings(given, "--settings", problems);
  const before = problems.length;
  const file = readSettingsFile(given, problems);
  if (file === undefined && problems.length === before) problems.push({ file: given, message: "there is no such settings file" });
  return file;
}
