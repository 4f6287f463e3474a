import { isJsonObject } from "@claw/kernel/kit";
import type { ModelInfo, ModelSource } from "@claw/kernel";
import { split } from "./address.ts";
import { fileOf, isIsoDate, readStored, storeIn, writeStored } from "./refresh-file.ts";

/** What was found out about one thing. */
export interface StoredFinding {
  readonly probe: string;
  readonly result: "ok" | "no" | "failed";
  readonly reason?: string;
  /** The field of the registry it is about. */
  readonly fact?: string;
}

/** What was found out about a model by asking it. */
export interface ProbeReport {
  /** ISO. */
  readonly at: string;
  /** The version of claw that asked. */
  readonly claw: string;
  readonly host?: string;
  readonly findings: readonly StoredFinding[];
}

/** A provider's models that were probed, by their names. */
export type Probes = ReadonlyMap<string, ProbeReport>;

const isText = (value: unknown, most: number): boolean => typeof value === "string" && value.length <= most;

function isFinding(value: unknown): value is StoredFinding {
  if (!isJsonObject(value)) return false;
  const { probe, result, reason, fact, ...more } = value;
  return (
    isText(probe, 100) &&
    (result === "ok" || result === "no" || result === "failed") &&
    (reason === undefined || isText(reason, mostReason)) &&
    (fact === undefined || isText(fact, 100)) &&
    Object.keys(more).length === 0
  );
}

function isReport(value: unknown): value is ProbeReport {
  if (!isJsonObject(value)) return false;
  const { at, claw, host, findings, ...more } = value;
  const isSound = isIsoDate(at) && isText(claw, 100) && (host === undefined || isText(host, 300)) && Array.isArray(findings);
  return isSound && findings.length <= 100 && findings.every(isFinding) && Object.keys(more).length === 0;
}

interface StoredProbes {
  readonly version: 1;
  readonly provider: string;
  readonly models: Readonly<Record<string, ProbeReport>>;
}

function isStoredProbes(value: unknown): value is StoredProbes {
  if (!isJsonObject(value)) return false;
  const { version, provider, models, ...more } = value;
  return version === 1 && typeof provider === "string" && isJsonObject(models) && Object.values(models).every(isReport) && Object.keys(more).length === 0;
}

/** The longest reason that is kept. */
export const mostReason = 500;

export async function readProbes(cache: string, provider: string, warn: (message: string) => void): Promise<Probes> {
  const path = fileOf(storeIn(cache), provider, "probes");
  const stored = await readStored(path, (value): value is StoredProbes => isStoredProbes(value) && value.provider === provider, warn);
  return new Map(Object.entries(stored?.models ?? {}));
}

/** Keeps what was found out about a model, in place of what was found out about it before. */
export async function keepProbe(cache: string, provider: string, id: string, report: ProbeReport, warn: (message: string) => void): Promise<void> {
  const models = new Map(await readProbes(cache, provider, warn)).set(id, report);
  const stored: StoredProbes = { version: 1, provider, models: Object.fromEntries(models) };
  await writeStored(fileOf(storeIn(cache), provider, "probes"), storeIn(cache), stored);
}

/** What is known of a model with what it was probed for: the probe is a source of the facts that it bore out. */
export function withProbe(info: ModelInfo, report: ProbeReport | undefined): ModelInfo & { readonly probed?: ProbeReport } {
  if (report === undefined) return info;
  const borneOut = [...new Set(report.findings.map(({ fact }) => fact).filter((fact) => fact !== undefined))].filter((fact) =>
    report.findings.every((one) => one.fact !== fact || (one.result === "ok" && isClaimed(info, fact))),
  );
  const source: ModelSource = { facts: borneOut, from: "claw provider probe", date: report.at.slice(0, 10) };
  return { ...info, sources: [...(info.sources ?? []), ...(borneOut.length === 0 ? [] : [source])], probed: report };
}

function isClaimed(info: ModelInfo, fact: string): boolean {
  const value = (info as unknown as Readonly<Record<string, unknown>>)[fact];
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}

/** Reads each provider's probes once, for many models. */
export function probesOf(cache: string, warn: (message: string) => void): (address: string) => Promise<ProbeReport | undefined> {
  const files = new Map<string, Promise<Probes>>();
  return async (address) => {
    const { provider = "", id } = split(address);
    const reading = files.get(provider) ?? readProbes(cache, provider, warn);
    files.set(provider, reading);
    return (await reading).get(id);
  };
}
