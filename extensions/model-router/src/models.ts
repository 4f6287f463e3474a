import {
  ClawError,
  type Cassette,
  type Host,
  type ModelEvent,
  type ModelProvider,
  type ModelRequest,
  type Models,
  type ResolvedModel,
  type SlotView,
} from "@claw/kernel";
import { impossible, resolveAddress, split } from "./address.ts";
import { Candidates, type CandidateParts } from "./candidates.ts";
import { catalogueOf } from "./catalogue.ts";
import type { KnownModel } from "./known.ts";
import { createPrefixes } from "./prefix.ts";
import { recordedReply } from "./prefix-reply.ts";
import { backoff, replyOf } from "./retry.ts";
import type { Timing } from "./timing.ts";

export interface RouterConfig {
  readonly default: string;
  readonly fallback: readonly string[];
  readonly aliases: Readonly<Record<string, string>>;
  readonly effort?: string;
  readonly lowerEffort: boolean;
  readonly retries: number;
  readonly patienceMs: number;
  readonly idleTimeoutMs: number;
  readonly known: readonly KnownModel[];
}

export interface RouterParts {
  readonly providers: SlotView<ModelProvider>;
  readonly cassette: Cassette | undefined;
  readonly timing: Timing;
  readonly host: Pick<Host, "folders" | "now">;
  /** Told of a provider that could not be listed. */
  warn(message: string): void;
}

/** The service `models`. */
export function createModels(config: RouterConfig, { providers, cassette, timing, host, warn }: RouterParts): Models {
  const catalogue = catalogueOf({ providers, known: config.known, host, warn });
  const naming = { catalogue, aliases: config.aliases, standard: config.default };
  const resolved = new Map<string, ResolvedModel>();
  const prefixes = createPrefixes();

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

  const open: CandidateParts["open"] = async (model, request) => {
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

  const told = new Set<string>();
  const parts: CandidateParts = {
    fallback: config.fallback,
    effort: config.effort,
    mayLower: config.lowerEffort,
    resolve,
    open,
    async requireFallbacks() {
      if (cassette?.mode === "replay") return;
      for (const address of config.fallback) {
        const wrong = await impossible(address, naming);
        if (wrong === undefined) continue;
        const { message, data, fix } = wrong;
        throw new ClawError("MODEL_UNKNOWN", `the fallback model ${address} cannot be asked: ${message}`, data, fix === undefined ? {} : { fix });
      }
    },
    async isStandard({ address }, signal) {
      try {
        return (await resolve(config.default, signal)).address === address;
      } catch (error) {
        // A default that is no model has no effort either.
        if (ClawError.is(error, "MODEL_UNKNOWN")) return false;
        throw error;
      }
    },
    remedied: async (error, signal) =>
      ClawError.is(error, "MODEL_NO_CREDENTIALS") ? (await import("./ready-providers.ts")).withReadyProvider(error, providers, signal) : error,
    isNews(session = "", message) {
      const news = `${session} ${message}`;
      const isNews = !told.has(news);
      told.add(news);
      return isNews;
    },
  };
  const candidates = (request: ModelRequest, signal: AbortSignal): Candidates => new Candidates(request, parts, signal);

  return {
    resolve,
    stream: (request, signal) =>
      recordedReply(request, prefixes, (sent, follow) =>
        replyOf(
          follow(candidates(sent, signal)),
          {
            policy: { ...backoff, attempts: config.retries + 1, patienceMs: config.patienceMs },
            idleTimeoutMs: config.idleTimeoutMs,
            timing,
            waits: cassette?.mode !== "replay",
          },
          signal,
        ),
      ),
    async list(signal) {
      const recorded = cassette?.mode === "replay" ? await cassette.model() : undefined;
      if (recorded !== undefined) return [recorded];
      const lists = await Promise.all(
        catalogue.providers.map(async (provider) => {
          try {
            return (await catalogue.listAll(provider, signal)).map((info) => ({ address: `${provider}/${info.id}`, info }));
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
