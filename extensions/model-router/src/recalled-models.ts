import type { ModelInfo, ModelProvider } from "@claw/kernel";
import { assumed, isWhole, withFacts } from "./facts.ts";
import { readRefresh, type StoredRefresh } from "./refresh-file.ts";

export interface Recall {
  readonly provider: string;
  readonly source: ModelProvider;
  /** The person's cache folder. */
  readonly cache: string;
  warn(message: string): void;
}

/** A provider's models with what its vendor said at the last refresh over it, and those that only the vendor named after them. */
export async function withRecalled(
  listed: readonly ModelInfo[],
  { provider, source, cache, warn }: Recall,
  signal: AbortSignal,
): Promise<readonly ModelInfo[]> {
  const stored = await readRefresh(cache, provider, warn);
  if (stored === undefined) return listed;
  const host = stored.host === undefined ? undefined : await hostOf(source, signal);
  if (host === undefined || host === stored.host) return withRefreshed(listed, stored, (id) => source.unlisted?.(id));
  warn(`what ${stored.host} said of its models counts for nothing at ${host}; claw models --refresh asks it`);
  return listed;
}

/** Where a provider's requests go, if it says so. */
export async function hostOf(source: ModelProvider, signal: AbortSignal): Promise<string | undefined> {
  try {
    return (await source.status?.(signal))?.host;
  } catch {
    // What keeps it from saying so keeps it from answering too, and is said then.
    signal.throwIfAborted();
    return undefined;
  }
}

/** A model whose context window nobody knows is left out: it could not be asked. */
function withRefreshed(
  listed: readonly ModelInfo[],
  { models, host, provider, at }: StoredRefresh,
  unlisted: (id: string) => ModelInfo | undefined,
): readonly ModelInfo[] {
  const from = `the list of ${host ?? provider}`;
  const date = at.slice(0, 10);
  const said = new Map(models.map(({ id, sources: _sources, ...facts }) => [id, facts]));
  const known = listed.map((model) => withFacts(model, said.get(model.id) ?? {}, from, date));
  for (const { id } of listed) said.delete(id);
  const only = [...said].map(([id, facts]) => withFacts(unlisted(id) ?? assumed(id), facts, from, date));
  return [...known, ...only.filter(isWhole)];
}
