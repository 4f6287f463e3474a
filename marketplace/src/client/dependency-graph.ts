import { ClawError } from "@claw/kernel/host";

/** Name to the names that it depends on. */
export type Graph = ReadonlyMap<string, readonly string[]>;

export const graphLimits = { nodes: 64, depth: 8 } as const;

/** Refuses a request that brings more with it than anybody would look through. */
export function refuseLarge(requested: readonly string[], graph: Graph): void {
  for (const root of requested) {
    const seen = new Set([root]);
    let level: readonly string[] = [root];
    for (let depth = 0; level.length > 0; depth += 1) {
      if (depth > graphLimits.depth || seen.size > graphLimits.nodes) {
        const what = depth > graphLimits.depth ? `a chain of more than ${graphLimits.depth} dependencies` : `more than ${graphLimits.nodes} packages`;
        throw new ClawError("E_DEP_LIMIT", `${root} would bring ${what}`, { name: root });
      }
      const next = level.flatMap((name) => graph.get(name) ?? []).filter((name) => !seen.has(name));
      for (const name of next) seen.add(name);
      level = [...new Set(next)];
    }
  }
}

/** The names, each after all that it depends on; refuses those that depend on themselves in the end. */
export function inOrder(graph: Graph): readonly string[] {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (name: string): void => {
    if (done.has(name)) return;
    const start = path.indexOf(name);
    if (start !== -1) throw cyclic(path.slice(start));
    path.push(name);
    for (const next of [...(graph.get(name) ?? [])].sort()) visit(next);
    path.pop();
    done.add(name);
  };
  for (const name of [...graph.keys()].sort()) visit(name);
  return [...done];
}

/** Told from its first name on, wherever it was met. */
function cyclic(members: readonly string[]): ClawError {
  const start = members.indexOf([...members].sort()[0] ?? "");
  const cycle = [...members.slice(start), ...members.slice(0, start)];
  const closed = [...cycle, cycle[0] ?? ""];
  return new ClawError("E_DEP_CYCLE", `${closed.join(" depends on ")}`, { cycle: closed });
}
