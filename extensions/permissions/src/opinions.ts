import type { Classifier, SlotView, Spending, ToolCallView } from "@claw/kernel";
import { isJsonObject, unlessAborted } from "@claw/kernel/kit";
import type { Voice } from "./order.ts";

/** Which classifiers are heard: those that can only restrict are heard on every call, those that may allow only in `auto`. */
export type Audience = "restricting" | "allowing";

interface Hearing {
  readonly classifiers: SlotView<Classifier>;
  readonly call: ToolCallView;
  readonly signal: AbortSignal;
  /** What one classifier may take; past it, it counts as having asked. */
  readonly timeoutMs: number;
  /** Whether an extension's classifier may allow: those of other publishers only tighten. */
  mayLoosen(extension: string): boolean;
  /** Told what a model was asked for. */
  spent(spending: Spending): void;
}

/** What the classifiers of one kind say of a call, in the slot's order. Whoever fails or answers nonsense has asked. */
export async function opinionsOf(audience: Audience, hearing: Hearing): Promise<readonly Voice[]> {
  const names = hearing.classifiers.names.filter((name) => mayAllow(hearing, name) === (audience === "allowing"));
  const voices = await Promise.all(names.map((name) => opinionOf(name, audience, hearing)));
  return voices.filter((voice) => voice !== undefined);
}

/** One that says it may allow and is not trusted to is heard on every call, and its `allow` is no opinion. */
function mayAllow({ classifiers, mayLoosen }: Hearing, name: string): boolean {
  const verdicts = classifiers.about(name)?.["verdicts"];
  const owner = classifiers.owner(name);
  return Array.isArray(verdicts) && verdicts.includes("allow") && owner !== undefined && mayLoosen(owner);
}

async function opinionOf(name: string, audience: Audience, { classifiers, call, signal, timeoutMs, spent }: Hearing): Promise<Voice | undefined> {
  const controller = new AbortController();
  const abort = (): void => controller.abort(signal.reason);
  const timer = setTimeout(() => controller.abort(new Error(`it took longer than ${timeoutMs} ms`)), timeoutMs);
  signal.addEventListener("abort", abort, { once: true });
  try {
    signal.throwIfAborted();
    const asked = async (): Promise<unknown> => {
      const judge = await classifiers.get(name);
      controller.signal.throwIfAborted();
      return judge?.(call, controller.signal);
    };
    const answer = await unlessAborted(asked(), controller.signal);
    const spending = spendingOf(answer);
    if (spending !== undefined) spent(spending);
    return voiceOf(name, answer, audience);
  } catch (error) {
    signal.throwIfAborted();
    return { author: name, decision: "ask", reason: `it failed: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

/** The kernel looks at the numbers. */
function spendingOf(answer: unknown): Spending | undefined {
  const spent = isJsonObject(answer) ? answer["spent"] : undefined;
  return isJsonObject(spent) && typeof spent["model"] === "string" && isJsonObject(spent["usage"]) ? (spent as unknown as Spending) : undefined;
}

/** What was answered, as far as it may be: an `allow` of one that may not allow is no opinion. */
function voiceOf(author: string, answer: unknown, audience: Audience): Voice | undefined {
  if (answer === undefined) return undefined;
  const { decision, reason } = (typeof answer === "object" && answer !== null ? answer : {}) as { readonly decision?: unknown; readonly reason?: unknown };
  if ((decision !== "allow" && decision !== "ask" && decision !== "deny") || typeof reason !== "string")
    return { author, decision: "ask", reason: "it answered nonsense" };
  return decision === "allow" && audience === "restricting" ? undefined : { author, decision, reason };
}
