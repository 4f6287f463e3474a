import { ClawError, commitGrants, type Grants, grantKeyOf, readGrants } from "@claw/kernel/host";
import { userStoreOf } from "../paths.ts";
import type { VerbCall } from "../verbs/run.ts";
import { declined, isYes, openAsking } from "./ask.ts";
import { installedName } from "./installed-name.ts";
import { emit, oneLine } from "./result.ts";

export interface GrantOptions {
  readonly name: string;
  /** Also what its manifest says it can do without. */
  readonly optional: boolean;
  readonly yes: boolean;
  readonly dryRun: boolean;
}

type Permissions = Readonly<Record<string, unknown>>;

/** `claw ext grant NAME`: lets an installed extension have what its manifest asks for. */
export async function grant(call: VerbCall, { name, optional, yes, dryRun }: GrantOptions): Promise<number> {
  const { booted, terminal, json, signal } = call;
  const full = installedName(name, booted.installed.names);
  const found = booted.installed.package(full);
  if (found === undefined) throw new ClawError("USAGE", `${full} is loaded from a folder and needs no grant`, {});
  if (found.store === "bundled") throw new ClawError("USAGE", `${full} comes with claw and needs no grant`, {});
  const { permissionWords } = await import("@claw/marketplace");
  const requested = found.lock.requested;
  const granted = optional ? both(requested, found.manifest.optionalPermissions ?? {}) : requested;
  const words = permissionWords(granted);
  if (!dryRun && !yes) {
    if (!terminal.interactive)
      throw new ClawError(
        "E_CONSENT_REQUIRED",
        `nobody can be asked whether ${full} may have what it asks for`,
        { what: full },
        { fix: `claw ext grant ${full}${optional ? " --optional" : ""} --yes` },
      );
    terminal.say(`${full} ${found.version} asks for\n${words.length === 0 ? "  nothing\n" : words.map((one) => `  ${oneLine(one)}\n`).join("")}`);
    if (!isYes(await openAsking(terminal, signal).line("Grant it? [y/N] "))) return declined(terminal);
  }
  const key = grantKeyOf(full, found.lock);
  if (!dryRun)
    await commitGrants(
      userStoreOf(booted.folders),
      (current) => ({ ...current, [key]: { granted, at: new Date().toISOString(), by: yes ? "flag" : "prompt" } }),
      signal,
    );
  await emit(
    { terminal, json },
    [{ name: full, granted, words, ...(dryRun ? { dryRun } : {}) }],
    () => `${full} ${dryRun ? "would be" : "is"} granted what it asks for\n`,
  );
  return 0;
}

/** `claw ext ungrant NAME`: takes every grant of it back. It is held back until it is granted again. */
export async function ungrant({ booted, terminal, json, signal }: VerbCall, { name, dryRun }: Pick<GrantOptions, "name" | "dryRun">): Promise<number> {
  const store = userStoreOf(booted.folders);
  const known = [...new Set(Object.keys(readGrants(store)).map(nameOf))];
  const full = installedName(name, [...new Set([...booted.installed.names, ...known])]);
  if (!known.includes(full)) throw new ClawError("USAGE", `${full} has no grant`, {}, { fix: `claw ext info ${full}` });
  if (!dryRun) await commitGrants(store, (current) => withoutGrants(current, full), signal);
  await emit(
    { terminal, json },
    [{ name: full, granted: null, ...(dryRun ? { dryRun } : {}) }],
    () => `${full} ${dryRun ? "would have" : "has"} no grant any more\n`,
  );
  return 0;
}

const nameOf = (key: string): string => key.slice(0, key.indexOf("|"));

const withoutGrants = (current: Grants, name: string): Grants => Object.fromEntries(Object.entries(current).filter(([key]) => nameOf(key) !== name));

/** Lists of one permission add up; of anything else the optional one holds. */
export function both(requested: Permissions, optional: Permissions): Permissions {
  const keys = [...new Set([...Object.keys(requested), ...Object.keys(optional)])];
  return Object.fromEntries(keys.map((key) => [key, joined(requested[key], optional[key])]));
}

function joined(one: unknown, other: unknown): unknown {
  if (one === undefined || other === undefined) return other ?? one;
  if (Array.isArray(one) && Array.isArray(other)) return [...new Set<unknown>([...(one as readonly unknown[]), ...(other as readonly unknown[])])];
  if (typeof one === "object" && typeof other === "object" && one !== null && other !== null) return both(one as Permissions, other as Permissions);
  return other;
}
