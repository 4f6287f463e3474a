/** Resources that keep a process alive and that an extension can leave behind. */
const watched: ReadonlySet<string> = new Set([
  "Timeout",
  "Immediate",
  "TCPSocketWrap",
  "TCPServerWrap",
  "TLSWrap",
  "ProcessWrap",
  "FSEventWrap",
  "StatWatcher",
  "Worker",
]);

/** Compares what keeps the process alive now with what does later. */
export function watchLeaks(): { check(): Promise<void> } {
  const before = count();
  return {
    async check() {
      // Sockets and processes that are being closed need a few turns of the event loop; what is still there after them stays.
      for (let attempt = 0; attempt < 50; attempt += 1) {
        if (leaked(before).length === 0) return;
        await new Promise((resolve) => setImmediate(resolve));
        if (attempt > 10) await new Promise((resolve) => setTimeout(resolve, 5).unref());
      }
      const left = leaked(before);
      if (left.length > 0) throw new Error(`the extension left behind: ${left.join(", ")}`);
    },
  };
}

function count(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) if (watched.has(kind)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

const leaked = (before: ReadonlyMap<string, number>): readonly string[] =>
  [...count()].filter(([kind, now]) => now > (before.get(kind) ?? 0)).map(([kind, now]) => `${now - (before.get(kind) ?? 0)} ${kind}`);
