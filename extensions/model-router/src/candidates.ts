import { ClawError, type ModelRequest, type ResolvedModel } from "@claw/kernel";
import { fittedEffort } from "./effort.ts";
import type { Candidate, PassedOver } from "./retry.ts";

export interface CandidateParts {
  readonly fallback: readonly string[];
  /** Asked for where a request does not say. */
  readonly effort: string | undefined;
  readonly mayLower: boolean;
  resolve(address: string, signal: AbortSignal): Promise<ResolvedModel>;
  /** Throws for a fallback that can be seen to be none without waking anybody: that is not kept for the day it is needed. */
  requireFallbacks(): Promise<void>;
  /** What a model of a request will be asked, ready to be opened. */
  open(model: ResolvedModel, request: ModelRequest): Promise<Candidate>;
  warn(message: string): void;
}

/** The models of one request in the order they are asked. */
export class Candidates implements AsyncIterable<Candidate | PassedOver> {
  readonly #parts: CandidateParts;
  readonly #request: ModelRequest;
  readonly #signal: AbortSignal;

  constructor(request: ModelRequest, parts: CandidateParts, signal: AbortSignal) {
    this.#request = request;
    this.#parts = parts;
    this.#signal = signal;
  }

  /** The model asked, then the fallbacks, each found only when it is needed. A fallback that cannot take the request as it is, is passed over, and why is said. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Candidate | PassedOver, void> {
    const { resolve, requireFallbacks, fallback, warn } = this.#parts;
    await requireFallbacks();
    const first = await resolve(this.#request.model, this.#signal);
    const { lowered, candidate } = await this.#fitted(first);
    if (lowered !== undefined) warn(`${first.address} is asked ${lowered}`);
    yield candidate;
    const tried = new Set([first.address]);
    for (const address of fallback) {
      let next: Candidate | PassedOver;
      try {
        const model = await resolve(address, this.#signal);
        if (tried.has(model.address)) continue;
        tried.add(model.address);
        const fitted = await this.#fitted(model);
        next = fitted.lowered === undefined ? fitted.candidate : { ...fitted.candidate, note: fitted.lowered };
      } catch (error) {
        this.#signal.throwIfAborted();
        next = { passedOver: `${address} is passed over: ${reasonOf(error)}` };
      }
      yield next;
    }
  }

  /** What is wrong with the fallbacks: said at the first failure, while the model asked still may answer. */
  async problems(): Promise<readonly string[]> {
    const { resolve, fallback, effort: standard, mayLower } = this.#parts;
    const { effort = standard } = this.#request;
    const checked = await Promise.allSettled(fallback.map(async (address) => fittedEffort(await resolve(address, this.#signal), effort, mayLower)));
    this.#signal.throwIfAborted();
    return checked.flatMap((one, at) => (one.status === "rejected" ? [`the fallback ${fallback[at]} cannot answer: ${reasonOf(one.reason)}`] : []));
  }

  async #fitted(model: ResolvedModel): Promise<{ readonly lowered?: string; readonly candidate: Candidate }> {
    const { effort: wanted = this.#parts.effort, ...rest } = this.#request;
    const { effort, lowered } = fittedEffort(model, wanted, this.#parts.mayLower);
    const candidate = await this.#parts.open(model, effort === undefined ? rest : { ...rest, effort });
    return { candidate, ...(lowered === undefined ? {} : { lowered }) };
  }
}

const reasonOf = (error: unknown): string => (ClawError.is(error) || error instanceof Error ? error.message : String(error));
