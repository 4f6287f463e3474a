import { ClawError, type Host, type Processes } from "@claw/kernel";
import { redacted } from "@claw/kernel/kit";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { tokenOf } from "./token-answer.ts";
import type { Token } from "./token-cache.ts";

export interface CliParts {
  readonly processes: Processes;
  readonly host: Pick<Host, "environment" | "folders" | "now">;
  readonly signal: AbortSignal;
}

const timeoutMs = 20_000;
const maxBytes = 64 * 1024;

/** A token of who is signed in to the Azure CLI, or in a few words why there is none. */
export async function cliToken(scope: string, { processes, host, signal }: CliParts): Promise<Token | string> {
  const { folders, environment } = host;
  const folder = environment["AZURE_CONFIG_DIR"];
  // Not in a folder of the person's work: what lies there may be named like the program.
  const cwd = folders.home ?? folders.config;
  try {
    await using running = await processes.start(
      ["az", "account", "get-access-token", "--output", "json", "--scope", scope],
      { cwd, timeoutMs, own: true, env: folder === undefined ? {} : { AZURE_CONFIG_DIR: folder } },
      { session: "", cwd, roots: [cwd], signal },
    );
    const said: Record<"stdout" | "stderr", Uint8Array[]> = { stdout: [], stderr: [] };
    let length = 0;
    for await (const { stream, bytes } of running.output) {
      said[stream].push(bytes);
      if ((length += bytes.length) > maxBytes) break;
    }
    const { code, timedOut } = await running.exit;
    signal.throwIfAborted();
    if (timedOut) return `the Azure CLI took longer than ${timeoutMs / 1000} s`;
    if (code !== 0) return refusal(Buffer.concat(said.stderr).toString("utf8"));
    return tokenOf(200, Buffer.concat(said.stdout).toString("utf8"), host.now().getTime(), { name: "the Azure CLI", secrets: [], fix: "run az login" });
  } catch (error) {
    signal.throwIfAborted();
    if (ClawError.is(error, "PROGRAM_NOT_FOUND")) return "there is no Azure CLI";
    throw error;
  }
}

/** Whether somebody has signed in to the Azure CLI here. */
export function isSignedIn({ environment, folders }: Pick<Host, "environment" | "folders">): boolean {
  const folder = environment["AZURE_CONFIG_DIR"] ?? (folders.home === undefined ? undefined : join(folders.home, ".azure"));
  return folder !== undefined && existsSync(join(folder, "azureProfile.json"));
}

function refusal(text: string): string {
  if (/\baz login\b/.test(text)) return "nobody is signed in to the Azure CLI";
  const line = redacted(text.trim().split("\n").at(0) ?? "", []).slice(0, 200);
  return `the Azure CLI failed${line === "" ? "" : `: ${line.replace(/[.\s]+$/, "")}`}`;
}
