import type { Bridge } from "./bridge.ts";
import type { ServerEntry } from "./server-entries.ts";
import type { Servers } from "./servers.ts";
import type { ToolMemory } from "./tool-memory.ts";

export interface StartParts {
  readonly servers: Servers;
  readonly entries: ReadonlyMap<string, ServerEntry>;
  readonly bridge: Bridge;
  readonly memory: ToolMemory;
  readonly startWaitMs: number;
  readonly signal: AbortSignal;
}

/**
 * Begins to connect to every server, all at once. Waits only, and only so long, for those whose tools were never seen: of the others the
 * tools of last time are offered at once.
 */
export async function start({ servers, entries, bridge, memory, startWaitMs, signal }: StartParts): Promise<void> {
  const unseen: Promise<unknown>[] = [];
  for (const [name, entry] of entries) {
    await servers.addEntry(entry);
    const remembered = await memory.recall(entry.spec);
    if (remembered !== undefined)
      bridge.offer(
        entry,
        remembered.filter((tool) => entry.offers(tool.name)),
      );
    // Who needs it hears why it cannot be reached; `claw mcp list` says so to everybody else.
    const connecting = servers.connect(name, signal).catch(() => undefined);
    if (remembered === undefined) unseen.push(connecting);
  }
  if (unseen.length === 0) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, startWaitMs);
  await Promise.race([Promise.all(unseen), late]);
  clearTimeout(timer);
}
