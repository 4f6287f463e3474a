import { randomBytes } from "node:crypto";
import { ClawError, type Classifier, type Judgement, type Models, type Permissions, type Sandbox, type ShellAnalysis, type ToolCallView } from "@claw/kernel";
import { unlessAborted } from "@claw/kernel/kit";
import { answerIn, sentenceOf } from "./answer.ts";
import { circumstancesOf } from "./circumstances.ts";
import { cacheKey, decisionCache } from "./decision-cache.ts";
import { denialCount } from "./denial-count.ts";
import { denialIn, type DenyList } from "./deny-list.ts";
import { caseOf, requestOf } from "./judge-request.ts";
import { factsOf, reportOn, shellTextOf } from "./shell-facts.ts";
import type { UserMessages } from "./user-messages.ts";

export interface JudgeParts {
  readonly config: { readonly model: string; readonly timeoutMs: number; readonly deny: DenyList; readonly guidance?: string };
  readonly models: Pick<Models, "resolve" | "stream">;
  readonly analysis: ShellAnalysis | undefined;
  readonly permissions: Permissions | undefined;
  readonly sandbox: Sandbox | undefined;
  readonly messages: UserMessages;
  readonly home: string | undefined;
  /** Milliseconds. */
  now(): number;
}

const ask = (reason: string): Judgement => ({ decision: "ask", reason: sentenceOf(reason) });

/** The classifier. Whatever goes wrong, it asks. */
export function judgeWith(parts: JudgeParts): Classifier {
  const denials = denialCount();
  const judgement = deliberation(parts);
  return async (call, signal) => {
    signal.throwIfAborted();
    const { timeoutMs } = parts.config;
    const controller = new AbortController();
    const follow = (): void => controller.abort(signal.reason);
    signal.addEventListener("abort", follow, { once: true });
    const timer = setTimeout(() => controller.abort(new Error(`no judgement came within ${timeoutMs} ms`)), timeoutMs);
    try {
      const standing = await unlessAborted(standingDenial(call, parts, controller.signal), controller.signal);
      const stopped = denials.stopped(call.session);
      const given =
        standing ??
        (stopped === undefined ? await unlessAborted(judgement(call, controller.signal), controller.signal) : ask(`${stopped}: nothing is judged any more`));
      denials.note(call.session, given.decision);
      return given;
    } catch (error) {
      signal.throwIfAborted();
      const cause: unknown = controller.signal.aborted ? controller.signal.reason : error;
      return ask(cause instanceof Error ? cause.message : String(cause));
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", follow);
      // What still waits for the model waits in vain.
      controller.abort();
    }
  };
}

/** What the list of denied commands says, before any model and whatever one would say. */
async function standingDenial(call: ToolCallView, { config: { deny }, analysis, home }: JudgeParts, signal: AbortSignal): Promise<Judgement | undefined> {
  const text = shellTextOf(call);
  if (text === undefined || deny.length === 0) return undefined;
  if (analysis === undefined) return ask("without the extension claw/shell-analysis a command cannot be held against the list of denied commands");
  const denial = denialIn(await reportOn(text, call, analysis, home, signal), deny);
  if (denial === undefined) return undefined;
  return denial.type === "denied"
    ? { decision: "deny", reason: `${denial.entry} is on the list of denied commands` }
    : ask(`it may run ${denial.entry}, which is on the list of denied commands`);
}

/** A model's opinion, or the one it gave before on the very same. */
function deliberation({ config, models, analysis, permissions, sandbox, messages, home, now }: JudgeParts) {
  const cache = decisionCache(now);
  return async (call: ToolCallView, signal: AbortSignal): Promise<Judgement> => {
    const text = shellTextOf(call);
    const report = text === undefined || analysis === undefined ? undefined : await reportOn(text, call, analysis, home, signal);
    const given = caseOf(call, report === undefined ? undefined : factsOf(report), await messages.latest(call.session, signal));
    if ("problem" in given) return ask(`${given.problem}, and such a call is for a person to judge`);
    const { address, info: about } = await models.resolve(config.model, signal).catch((error: unknown) => Promise.reject(unasked(config.model, error)));
    const under = await circumstancesOf(call.session, permissions, sandbox, signal);
    const key = cacheKey({ ...given, analysis: given.analysis ?? "", ...under, model: address });
    const known = cache.get(key);
    if (known !== undefined) return known;
    const request = requestOf(given, { model: address, efforts: about.efforts, guidance: config.guidance, nonce: randomBytes(12).toString("hex") });
    const answer = await answerIn(models.stream(request, signal), address).catch((error: unknown) => Promise.reject(unasked(address, error)));
    signal.throwIfAborted();
    // Only now, not when it is remembered: then nothing is paid.
    const spent = answer.usage === undefined ? {} : { spent: { model: address, usage: answer.usage } };
    if ("problem" in answer) return { ...ask(`${address} ${answer.problem}`), ...spent };
    cache.keep(key, answer.judgement);
    return { ...answer.judgement, ...spent };
  };
}

const unasked = (model: string, error: unknown): Error => {
  const fix = ClawError.is(error) && error.fix !== undefined ? `; ${error.fix}` : "";
  return new Error(`the judging model ${model} gave no answer: ${error instanceof Error ? error.message : String(error)}${fix}`);
};
