import { type Manifest, usesOf } from "./manifest.ts";

interface Node {
  readonly id: string;
  readonly manifest: Manifest;
}

export interface Order {
  readonly sorted: readonly string[];
  /** Those that each need another of them first. */
  readonly cycle: readonly string[];
  readonly notices: readonly string[];
}

/** Providers of a service before those who use it, then `after`, then the order given. */
export function orderOf(nodes: readonly Node[], owners: ReadonlyMap<string, string>): Order {
  const known = new Set(nodes.map(({ id }) => id));
  const notices: string[] = [];
  const before = new Map<string, Set<string>>();
  for (const { id, manifest } of nodes) {
    const first = new Set<string>();
    for (const use of usesOf(manifest)) {
      const owner = owners.get(`service:${use.id}`);
      if (owner !== undefined && owner !== id && known.has(owner)) first.add(owner);
    }
    for (const other of manifest.after ?? []) {
      if (known.has(other)) first.add(other);
      else notices.push(`${id} wants to come after ${other}, which is not in the profile`);
    }
    before.set(id, first);
  }
  const sorted: string[] = [];
  const state = new Map<string, "entered" | "placed" | "stuck">();
  /** Places what an extension needs first, then itself. Answers false when it, or what it needs, stands in a cycle. */
  const place = (id: string): boolean => {
    const reached = state.get(id);
    if (reached !== undefined) return reached === "placed";
    state.set(id, "entered");
    const ready = [...(before.get(id) ?? [])].map(place).every(Boolean);
    state.set(id, ready ? "placed" : "stuck");
    if (ready) sorted.push(id);
    return ready;
  };
  for (const { id } of nodes) place(id);
  return { sorted, cycle: nodes.map(({ id }) => id).filter((id) => state.get(id) === "stuck"), notices };
}
