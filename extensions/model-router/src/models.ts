import { ClawError, type Cassette, type ModelEvent, type ModelProvider, type ModelRequest, type Models, type ResolvedModel, type SlotView } from "@claw/kernel";
import { resolveAddress, split } from "./address.ts";
import { catalogueOf, type KnownModel } from "./catalogue.ts";
import { hasEffort, requireEffort } from "./effort.ts";
import { replyOf, type Candidate } from "./retry.ts";
import type { Timing } from "./timing.ts";

export interface RouterConfig {
  readonly default: string;
  readonly fallback: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly effort?: string;
  readonly retries: number;
  readonly patienceMs: number;
  readonly idleTimeoutMs: number;
  readonly known: readonly KnownModel[];
}

export interface RouterParts {
  readonly providers: SlotView<ModelProvider>;
  readonly cassette: Cassette | undefined;
  readonly timing: Timing;
  /** Told of a provider that could not be listed. */
  warn(message: string): void;
}

/** Waits of half a second, then twice as long each time, up to half a minute. */
const backoff = { baseMs: 500, maxMs: 30_000 };

/** The service `models`. */
export function createModels(config: RouterConfig, { providers, cassette, timing, warn }: RouterParts): Models {
  const catalogue = catalogueOf(providers, config.known);
  const naming = { catalogue, aliases: config.aliases, standard: config.default };
  const resolved = new Map<string, ResolvedModel>();

  const resolve: Models["resolve"] = async (address, signal) => {
    const recorded = cassette?.mode === "replay" ? await cassette.model() : undefined;
    if (recorded !== undefined) return recorded;
    const written = address ?? config.default;
    const known = resolved.get(written);
    if (known !== undefined) return known;
    const model = await resolveAddress(written, naming, signal);
    resolved.set(written, model).set(model.address, model);
    return model;
  };

  const awake = async (name: string): Promise<ModelProvider> => {
    const provider = await providers.get(name);
    if (provider === undefined) throw new ClawError("MODEL_UNAVAILABLE", `the provider ${name} is gone`, { provider: name });
    return provider;
  };

  const candidate = async (model: ResolvedModel, request: ModelRequest): Promise<Candidate> => {
    const { provider: name = "", id } = split(model.address);
    const own = { ...request, model: id };
    if (cassette !== undefined && cassette.mode !== "off") {
      // A replay never gets so far as to wake a provider.
      const next = async function* (asked: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
        yield* (await awake(name)).stream(asked, signal);
      };
      return { model, open: (signal) => cassette.stream(own, model, next, signal) };
    }
    const provider = await awake(name);
    return { model, open: (signal) => provider.stream(own, signal) };
  };

  /** The model asked, then the fallbacks, each found only when it is needed. A fallback does without an effort it lacks. */
  async function* candidates(request: ModelRequest, signal: AbortSignal): AsyncGenerator<Candidate, void> {
    const { effort = config.effort, ...rest } = request;
    const first = await resolve(request.model, signal);
    requireEffort(first, effort);
    yield await candidate(first, effort === undefined ? rest : { ...rest, effort });
    const tried = new Set([first.address]);
    for (const address of config.fallback) {
      const model = await resolve(address, signal);
      if (tried.has(model.address)) continue;
      tried.add(model.address);
      yield await candidate(model, effort !== undefined && hasEffort(model.info.efforts, effort) ? { ...rest, effort } : rest);
    }
  }

  return {
    resolve,
    stream: (request, signal) =>
      replyOf(
        candidates(request, signal),
        {
          policy: { ...backoff, attempts: config.retries + 1, patienceMs: config.patienceMs },
          idleTimeoutMs: config.idleTimeoutMs,
          timing,
          waits: cassette?.mode !== "replay",
        },
        signal,
      ),
    async list(signal) {
      const recorded = cassette?.mode === "replay" ? await cassette.model() : undefined;
      if (recorded !== undefined) return [recorded];
      const lists = await Promise.all(
        catalogue.providers.map(async (provider) => {
          try {
            return (await catalogue.list(provider, signal)).map((info) => ({ address: `${provider}/${info.id}`, info }));
          } catch (error) {
            signal.throwIfAborted();
            warn(`the models of ${provider} could not be listed: ${error instanceof Error ? error.message : String(error)}`);
            return [];
          }
        }),
      );
      return lists.flat();
    },
  };
}
