import { watch } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClawError, validateManifest, writing } from "@claw/kernel/host";
import { type ContractSource, contractOf } from "./contract.ts";
import { readManifestOf } from "./pack.ts";

/** What became of `src/contract.gen.ts`. */
export interface ContractWritten {
  readonly path: string;
  readonly changed: boolean;
}

/** Writes an extension's types from its manifest, if they are others than those that are there. */
export async function writeContract(folder: string, { dryRun = false }: { readonly dryRun?: boolean } = {}): Promise<ContractWritten> {
  const manifest = await readManifestOf(folder);
  const problems = validateManifest(manifest);
  if (problems.length > 0) {
    const texts = problems.map(({ path, message }) => `${path}: ${message}`);
    throw new ClawError("E_MANIFEST_SCHEMA", `extension.json is not valid: ${texts[0] ?? ""}`, { problems: texts }, { fix: "claw ext check" });
  }
  const text = contractOf(manifest as ContractSource);
  const path = "src/contract.gen.ts";
  const before = await readFile(join(folder, path), "utf8").catch(() => "");
  const changed = before !== text;
  if (changed && !dryRun) {
    await writing(folder, async () => {
      await mkdir(join(folder, "src"), { recursive: true });
      await writeFile(join(folder, path), text);
    });
  }
  return { path, changed };
}

/** Editors write a file in several steps. */
const settleMs = 50;

/** Writes the types now and whenever the manifest changes, until the signal says to stop. A manifest that is not valid yet is told of and waited out. */
export async function watchContract(folder: string, tell: (outcome: ContractWritten | ClawError) => void, signal: AbortSignal): Promise<void> {
  const write = async (): Promise<void> => {
    try {
      tell(await writeContract(folder));
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      tell(error);
    }
  };
  let isDue = Promise.withResolvers<void>();
  // The folder, not the file: an editor that replaces the file would be lost sight of.
  const watcher = watch(folder, { signal }, (_event, name) => {
    if (name === null || name === "extension.json") isDue.resolve();
  });
  const stopped = new Promise<void>((resolve) => watcher.once("close", resolve));
  watcher.on("error", () => undefined);
  try {
    while (!signal.aborted) {
      await write();
      await Promise.race([isDue.promise, stopped]);
      if (signal.aborted) return;
      await delay(settleMs);
      isDue = Promise.withResolvers<void>();
    }
  } finally {
    watcher.close();
  }
}
