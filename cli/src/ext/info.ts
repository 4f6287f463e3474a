import { statSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type Manifest, namesOf, nearest } from "@claw/kernel/host";
import { startKernel } from "../kernel-start.ts";
import type { VerbCall } from "../verbs/run.ts";

/** `claw ext info NAME`: what an extension contributes, asks for, holds and costs. One that is on is woken for the last two. */
export async function info(name: string, { booted, terminal, json }: VerbCall): Promise<number> {
  const { installed, plan } = booted;
  const id = installed.names.includes(name) ? name : (installed.names.find((one) => one.split("/")[1] === name) ?? name);
  const found = installed.get(id);
  if (found === undefined) {
    const refusal = installed.refusal(id);
    if (refusal !== undefined) throw refusal;
    const near = nearest(id, installed.names)[0];
    throw new ClawError(
      "E_NOT_INSTALLED",
      `${name} is not installed${near === undefined ? "" : `; did you mean ${near}?`}`,
      { extension: name },
      { fix: "claw ext list --all" },
    );
  }
  const { manifest, tier, origin } = found;
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
    tree: packed?.tree ?? "",
    contributes: namesOf(manifest, process.platform),
    hooks: hooksOf(manifest),
    uses: manifest.uses ?? [],
    permissions: manifest.permissions,
    config: Object.keys(manifest.config?.properties ?? {}),
    files: packed === undefined ? [] : Object.keys(packed.files).map((path) => ({ path, bytes: statSync(join(packed.folder, path)).size })),
    promptBytes: promptBytes(manifest),
    ...(await running(id, booted)),
  };
  await terminal.write(json ? `${JSON.stringify(record)}\n` : text(record));
  return 0;
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

function text(record: Readonly<Record<string, unknown>> & { readonly files: readonly { readonly path: string; readonly bytes: number }[] }): string {
  const rows = Object.entries(record).filter(([key, value]) => key !== "files" && value !== "" && !(Array.isArray(value) && value.length === 0));
  const shown = (value: unknown): string => (Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value));
  const files = record.files.map(({ path, bytes }) => `  ${path}  ${bytes}\n`).join("");
  return `${rows.map(([key, value]) => `${key.padEnd(13)} ${shown(value)}\n`).join("")}${files === "" ? "" : `files, bytes\n${files}`}`;
}
