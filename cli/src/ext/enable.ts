import { join } from "node:path";
import { userStoreOf } from "../paths.ts";
import type { VerbCall } from "../verbs/run.ts";
import { installedName } from "./installed-name.ts";
import { emit } from "./result.ts";
import { editSettings, type SettingsPlace } from "./settings-edit.ts";
import type { SettingsEdit } from "./settings-text.ts";

/** The person's own settings, or those of the project. */
export const settingsPlaceOf = ({ booted }: VerbCall, project: boolean): SettingsPlace =>
  project
    ? { path: join(booted.workspace.root, ".claw", "settings.json"), mode: 0o644, project: booted.workspace.root }
    : { path: join(booted.folders.config, "settings.json"), mode: 0o600 };

type Values = Readonly<Record<string, unknown>>;

const namesOf = (values: Values): Readonly<Record<string, unknown>> => (values["extensions"] ?? {}) as Readonly<Record<string, unknown>>;
const withoutOf = (values: Values): readonly unknown[] => (values["without"] ?? []) as readonly unknown[];

const leftOut = (names: readonly unknown[]): SettingsEdit => ({ path: ["without"], value: names.length === 0 ? undefined : names });

/** What makes settings choose these extensions. Those that are chosen already, by these settings or by others below them, stay as they are. */
export function choosing(names: readonly string[], values: Values, isChosen: (name: string) => boolean): readonly SettingsEdit[] {
  const left = withoutOf(values).filter((name) => !names.includes(name as string));
  return [
    ...names
      .filter((name) => !Object.hasOwn(namesOf(values), name) && !isChosen(name))
      .map((name): SettingsEdit => ({ path: ["extensions", name], value: "*" })),
    ...(left.length === withoutOf(values).length ? [] : [leftOut(left)]),
  ];
}

/** What makes settings choose these extensions no longer. One that others below these settings choose has to be left out by name. */
export function leavingOut(names: readonly string[], values: Values, isChosenBelow: (name: string) => boolean): readonly SettingsEdit[] {
  const out = names.filter((name) => isChosenBelow(name) && !withoutOf(values).includes(name));
  return [...forgetting(names, values).filter(({ path }) => path[0] === "extensions"), ...(out.length === 0 ? [] : [leftOut([...withoutOf(values), ...out])])];
}

/** What makes settings not mention these extensions at all. */
export function forgetting(names: readonly string[], values: Values): readonly SettingsEdit[] {
  const left = withoutOf(values).filter((name) => !names.includes(name as string));
  return [
    ...names.filter((name) => Object.hasOwn(namesOf(values), name)).map((name): SettingsEdit => ({ path: ["extensions", name], value: undefined })),
    ...(left.length === withoutOf(values).length ? [] : [leftOut(left)]),
  ];
}

/** Whether a profile chooses an extension, which settings then need not say. */
export const isInProfile = ({ booted }: VerbCall, name: string): boolean => {
  const found = booted.merged.explained.get(`extensions.${name}`);
  return [...(found?.from ?? []), ...(found?.shadowed ?? [])].some(({ layer }) => layer === "profile");
};

/** Adds names to the settings, so that the next run has them. Says whether that changed anything. */
export const addToSettings = (names: readonly string[], call: VerbCall, project: boolean): Promise<boolean> =>
  editSettings(
    settingsPlaceOf(call, project),
    (values) => choosing(names, values, (name) => isInProfile(call, name)),
    userStoreOf(call.booted.folders),
    call.signal,
  );

/** Takes names out of the settings, as they will mean nothing any more. */
export const removeFromSettings = (names: readonly string[], call: VerbCall, project: boolean): Promise<boolean> =>
  editSettings(settingsPlaceOf(call, project), (values) => forgetting(names, values), userStoreOf(call.booted.folders), call.signal);

export interface SwitchOptions {
  readonly names: readonly string[];
  readonly dryRun: boolean;
}

/** `claw ext enable NAME`: has it in every run from now on. */
export async function enable(call: VerbCall, { names, dryRun }: SwitchOptions): Promise<number> {
  const full = names.map((name) => knownName(name, call));
  if (!dryRun) await addToSettings(full, call, false);
  await emit(
    call,
    full.map((name) => ({ name, state: "on", ...(dryRun ? { dryRun } : {}) })),
    ({ name }) => `${name} is ${dryRun ? "to be " : ""}on\n`,
  );
  return 0;
}

/** `claw ext disable NAME`: leaves it out of every run, and keeps it installed. */
export async function disable(call: VerbCall, { names, dryRun }: SwitchOptions): Promise<number> {
  const full = names.map((name) => knownName(name, call));
  if (!dryRun) {
    const change = (values: Values): readonly SettingsEdit[] => leavingOut(full, values, (name) => isInProfile(call, name));
    await editSettings(settingsPlaceOf(call, false), change, userStoreOf(call.booted.folders), call.signal);
  }
  await emit(
    call,
    full.map((name) => ({ name, state: "off", ...(dryRun ? { dryRun } : {}) })),
    ({ name }) => `${name} is ${dryRun ? "to be " : ""}off\n`,
  );
  return 0;
}

/** Of what is installed, or in the settings still. */
const knownName = (name: string, { booted: { installed, merged } }: VerbCall): string =>
  installedName(name, [...new Set([...installed.names, ...Object.keys(merged.choice.extensions)])]);
