import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandCall, ModelProvider, SlotView, ViewNode } from "@claw/kernel";
import type { CommandParts } from "../src/command-line.ts";
import type { RouterConfig } from "../src/models.ts";
import { config, hostOf, never } from "./fakes.ts";

/** A command as it was run: what it showed and emitted. */
export interface Run {
  readonly code: number;
  readonly shown: readonly ViewNode[];
  readonly emitted: readonly object[];
  /** The lines for people, with a `!` before warnings. */
  readonly said: readonly string[];
  /** The rows of the table. */
  readonly rows: readonly (readonly string[])[];
}

export async function run(
  command: (call: CommandCall, parts: CommandParts) => Promise<number>,
  argv: readonly string[],
  parts: CommandParts,
  { json = false, signal = never }: { readonly json?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Run> {
  const shown: ViewNode[] = [];
  const emitted: object[] = [];
  const call: CommandCall = {
    argv,
    cwd: "/",
    workspace: "0123456789abcdef",
    roots: ["/"],
    json,
    // No command of this extension has anything to do with sessions.
    client: undefined as never,
    input: (async function* () {})(),
    signal,
    show: (...nodes) => void shown.push(...nodes),
    emit: (record) => void emitted.push(record),
    flush: () => Promise.resolve(),
  };
  const code = await command(call, parts);
  return {
    code,
    shown,
    emitted,
    said: shown.flatMap((node) => (node.type === "status" ? [`${node.level === "warning" ? "! " : ""}${node.text}`] : [])),
    rows: shown.flatMap((node) => (node.type === "table" ? node.rows : [])),
  };
}

/** A cache folder of its own. */
export function cacheFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "claw-models-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

export const partsOf = (providers: SlotView<ModelProvider>, cache: string, more: Partial<RouterConfig> = {}): CommandParts => ({
  config: { ...config, ...more },
  providers,
  host: hostOf(cache),
});
