import { ClawError, type ModelRequest, type ResolvedModel } from "@claw/kernel";
import { type FittedEffort, fittedEffort, spareEffort } from "./effort.ts";
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
  /** Whether it is the model that is asked where nobody names one, whose effort the settings' effort is. */
  isStandard(model: ResolvedModel, signal: AbortSignal): Promise<boolean>;
  /** A failure that no retry can help, with what can be done about it here. */
  remedied(error: ClawError, signal: AbortSignal): Promise<ClawError>;
  /** Whether a session is to be told that of a model: once. */
  isNews(session: string | undefined, message: string): boolean;
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
    const { resolve, requireFallbacks, fallback, isNews } = this.#parts;
    await requireFallbacks();
    const first = await resolve(this.#request.model, this.#signal);
    const { lowered, candidate } = await this.#fitted(first, await this.#firstEffort(first));
    yield lowered !== undefined && isNews(this.#request.session, `${first.address} ${lowered}`) ? { ...candidate, note: lowered } : candidate;
    const tried = new Set([first.address]);
    for (const address of fallback) {
      let next: Candidate | PassedOver;
      try {
        const model = await resolve(address, this.#signal);
        if (tried.has(model.address)) continue;
        tried.add(model.address);
        const fitted = await this.#fitted(model, fittedEffort(model, this.#wanted, this.#parts.mayLower));
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
    const { resolve, fallback, mayLower } = this.#parts;
    const checked = await Promise.allSettled(fallback.map(async (address) => fittedEffort(await resolve(address, this.#signal), this.#wanted, mayLower)));
    this.#signal.throwIfAborted();
    return checked.flatMap((one, at) => (one.status === "rejected" ? [`the fallback ${fallback[at]} cannot answer: ${reasonOf(one.reason)}`] : []));
  }

  remedied(error: ClawError): Promise<ClawError> {
    return this.#parts.remedied(error, this.#signal);
  }

  get #wanted(): string | undefined {
    return this.#request.effort ?? this.#parts.effort;
  }

  /** The effort of the settings is meant for the model of the settings: another one, as a summary may have it, is not refused for it. */
  async #firstEffort(model: ResolvedModel): Promise<FittedEffort> {
    const { mayLower, isStandard } = this.#parts;
    const wanted = this.#wanted;
    if (wanted === undefined || this.#request.effort !== undefined || model.info.efforts?.includes(wanted) === true)
      return fittedEffort(model, wanted, mayLower);
    return (await isStandard(model, this.#signal)) ? fittedEffort(model, wanted, mayLower) : spareEffort(model, wanted);
  }

  async #fitted(model: ResolvedModel, { effort, lowered }: FittedEffort): Promise<{ readonly lowered?: string; readonly candidate: Candidate }> {
    const { effort: _wanted, ...rest } = this.#request;
    const candidate = await this.#parts.open(model, effort === undefined ? rest : { ...rest, effort });
    return { candidate, ...(lowered === undefined ? {} : { lowered }) };
  }
}

function reasonOf(error: unknown): string {
  if (ClawError.is(error, "MODEL_UNKNOWN") && error.fix?.startsWith("claw ") === true) return `${error.message} (${error.fix})`;
  return ClawError.is(error) || error instanceof Error ? error.message : String(error);
}
