import { statSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type Manifest, grantKeyOf, type InstalledExtension, namesOf, readGrants } from "@claw/kernel/host";
import { startKernel } from "../kernel-start.ts";
import { userStoreOf } from "../paths.ts";
import { jsonLine } from "../printable.ts";
import type { VerbCall } from "../verbs/run.ts";
import { installedName } from "./installed-name.ts";
import { oneLine, roomIn } from "./result.ts";
import { folded } from "../sections.ts";
import { revocationTexts } from "./revocation.ts";

/**
 * `claw ext info NAME`: what an extension contributes, asks for, holds and costs. One that is on is woken for the last two. Of one that is not
 * installed, what the marketplaces say.
 */
export async function info(name: string, call: VerbCall): Promise<number> {
  const { booted, terminal, json } = call;
  const { installed, plan } = booted;
  const absent = absence(name, installed.names);
  if (absent !== undefined) return (await import("./info-offered.ts")).infoOffered(name, absent, call);
  const id = installedName(name, installed.names);
  const found = installed.get(id);
  if (found === undefined) throw installed.refusal(id) ?? new ClawError("E_NOT_INSTALLED", `${id} is not installed`, { extension: id });
  const { manifest, tier, origin } = found;
  const { permissionWords } = await import("@claw/marketplace");
  const packed = installed.package(id);
  const held = plan.heldBack.find(({ extension }) => extension === id);
  const record = {
    name: id,
    version: manifest.version,
    description: manifest.description ?? "",
    license: manifest.license ?? "",
    tier,
    origin,
    state: plan.extensions.some((one) => one.id === id) ? "on" : held === undefined ? "off" : `held back: ${held.why}`,
    publisher: packed?.publisher ?? "nobody: a folder",
    ...(packed === undefined ? {} : provenance(packed, booted)),
    tree: packed?.tree ?? "",
    contributes: namesOf(manifest, process.platform),
    hooks: hooksOf(manifest),
    uses: manifest.uses ?? [],
    permissions: manifest.permissions,
    asks: permissionWords(manifest.permissions),
    optional: permissionWords(manifest.optionalPermissions ?? {}),
    inactive: inactiveOf(manifest),
    config: Object.keys(manifest.config?.properties ?? {}),
    files: packed === undefined ? [] : Object.keys(packed.files).map((path) => ({ path, bytes: bytesIn(packed.folder, path) })),
    promptBytes: promptBytes(manifest),
    ...(await running(id, booted)),
  };
  await terminal.write(json ? jsonLine(record) : text(record, roomIn(terminal)));
  return 0;
}

/** How large a file is; nothing of one that somebody took away. */
const bytesIn = (folder: string, path: string): number | null => statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? null;

/** Why a name means nothing that is installed; undefined where it does. A short name that two have is no question for a marketplace. */
function absence(name: string, names: readonly string[]): ClawError | undefined {
  try {
    installedName(name, names);
    return undefined;
  } catch (error) {
    if (!ClawError.is(error, "E_NOT_INSTALLED") || names.some((one) => one.split("/")[1] === name)) throw error;
    return error;
  }
}

/** Where it came from, who vouches for it, and what is known against it. */
function provenance(packed: InstalledExtension, booted: VerbCall["booted"]): object {
  const { marketplace, resolved, signature, integrity, foreign, requestedBy, dependencies, previous } = packed.lock;
  const { mode, identity, logIndex, integratedTime } = signature;
  const signed = [
    identity,
    logIndex === undefined ? undefined : `log ${logIndex}`,
    integratedTime === undefined ? undefined : new Date(integratedTime * 1000).toISOString(),
  ];
  const grants = packed.store === "user" ? readGrants(userStoreOf(booted.folders)) : undefined;
  const grant = grants?.[grantKeyOf(packed.name, packed.lock)];
  return {
    marketplace,
    resolved,
    signature: [mode === "none" ? "none: nobody vouches for it" : mode, ...signed].filter((word) => word !== undefined).join(", "),
    integrity,
    ...(foreign === undefined ? {} : { format: foreign }),
    requestedBy,
    needs: Object.entries(dependencies).map(([name, version]) => `${name} ${version}`),
    ...(previous === undefined ? {} : { before: previous.version }),
    granted: packed.store === "bundled" ? "comes with claw" : grant === undefined ? "no" : `${grant.at} by ${grant.by}`,
    revoked: revocationTexts(booted)(packed) ?? "",
  };
}

/** Parts of a foreign package that claw has no use for yet. */
function inactiveOf(manifest: Manifest): readonly string[] {
  const parts: unknown = (manifest as unknown as Readonly<Record<string, unknown>>)["x-inactive"];
  return Array.isArray(parts) ? parts.map(String) : [];
}

/** What it took to wake, in milliseconds, and how many things it owns then. Nothing for one that is not on. */
async function running(id: string, booted: VerbCall["booted"]): Promise<{ readonly wakeMs?: number; readonly holds?: number; readonly failed?: string }> {
  if (!booted.plan.extensions.some((one) => one.id === id)) return {};
  const kernel = startKernel(booted);
  try {
    await kernel.wake(id);
    const wake = kernel.wakes.find(({ extension }) => extension === id);
    const holding = kernel.held().children.find(({ label }) => label === id);
    return { wakeMs: Math.round((wake?.loadMs ?? 0) + (wake?.activateMs ?? 0)), holds: holding?.owns ?? 0 };
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  } finally {
    await kernel.close();
  }
}

const hooksOf = (manifest: Manifest): readonly string[] =>
  Object.entries(manifest.hooks ?? {}).flatMap(([event, stages]) => Object.keys(stages ?? {}).map((stage) => `${event} ${stage}`));

/** What its tools add to every request, in bytes: the standing cost of having it. */
const promptBytes = (manifest: Manifest): number =>
  Object.entries(manifest.provides?.["tool"] ?? {}).reduce(
    (sum, [name, { description, input }]) => sum + Buffer.byteLength(JSON.stringify({ name, description, input })),
    0,
  );

/** Rows that say in words what another says for programs. */
const forPrograms: ReadonlySet<string> = new Set(["files", "permissions", "integrity", "resolved"]);

function text(
  record: Readonly<Record<string, unknown>> & { readonly files: readonly { readonly path: string; readonly bytes: number | null }[] },
  columns: number,
): string {
  const rows = Object.entries(record).filter(([key, value]) => !forPrograms.has(key) && value !== "" && !(Array.isArray(value) && value.length === 0));
  const shown = (value: unknown): string => {
    const all = Array.isArray(value) ? value.map((one) => oneLine(String(one))) : [oneLine(String(value))];
    const texts = all.some((one) => one.includes(" ")) ? all : [all.join(", ")];
    return texts.flatMap((one) => folded(one, Math.max(20, columns - 14))).join(`\n${" ".repeat(14)}`);
  };
  const files = record.files.map(({ path, bytes }) => `  ${oneLine(path)}  ${bytes ?? "is gone"}\n`).join("");
  return `${rows.map(([key, value]) => `${key.padEnd(13)} ${shown(value)}\n`).join("")}${files === "" ? "" : `files, bytes\n${files}`}`;
}
