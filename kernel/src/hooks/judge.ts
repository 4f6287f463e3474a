import type { Asker, Question } from "../contracts/frontend.ts";
import type { Opinion } from "../contracts/permission.ts";
import type { Containment } from "../contracts/sandbox.ts";
import type { ToolCallView } from "../contracts/tool.ts";
import { messageOf } from "../failure-message.ts";
import { isRecord } from "../plain-data.ts";
import { unlessAborted } from "../unless-aborted.ts";
import type { Answered, HookBus } from "./bus.ts";
import type { Allow, Ask, Deny } from "./verdicts.ts";

/** What is left of a call once everybody has been heard. `input` is what may run. */
export interface Judged {
  readonly verdict: "allow" | "deny";
  readonly call: ToolCallView;
  readonly opinions: readonly Opinion[];
  /** Who decided, and why. */
  readonly reason: string;
  /** The extension whose word decided, or `person`. */
  readonly decidedBy?: string;
  readonly answer?: string;
  /** How far the call's programs may reach, if it may run. */
  readonly containment?: Containment;
  /** Set if a rewrite made the input one that the tool's schema refuses. */
  readonly invalid?: readonly string[];
}

export interface JudgeOptions {
  readonly bus: HookBus;
  readonly asker: () => Asker | undefined;
  /** Shown with a question about the call. */
  readonly toolDescription?: string;
  /** Whether an extension's `allow` counts. */
  readonly mayAllow: (extension: string) => boolean;
  /** The view of the same call with another input; says what the tool's schema finds wrong with it. */
  readonly revise: (
    call: ToolCallView,
    input: Readonly<Record<string, unknown>>,
  ) => Promise<{ readonly call: ToolCallView; readonly problems: readonly string[] }>;
}

/**
 * PreToolUse. A rewrite restarts the judgement on the new input, and each extension may rewrite a call once: so it ends, and
 * no guard is ever skipped. The most restrictive opinion holds; an `ask` becomes one question to the person, or a deny when
 * nobody can be asked. Without any opinion effects `none` and `read` run and the rest is denied.
 */
export async function judge(first: ToolCallView, options: JudgeOptions, signal: AbortSignal): Promise<Judged> {
  const { bus } = options;
  const opinions: Opinion[] = [];
  const spent = new Set<string>();
  let call = first;
  for (;;) {
    const guard = await bus.fire("PreToolUse", "guard", { call, opinions: [...opinions] }, signal);
    if (guard !== undefined) {
      opinions.push({ author: guard.author, stage: "guard", decision: "block", reason: guard.answer.reason });
      return { verdict: "deny", call, opinions, reason: guard.answer.reason, decidedBy: guard.author };
    }
    const rewritten = await bus.fire("PreToolUse", "rewrite", { call, opinions: [...opinions] }, signal, spent);
    if (rewritten === undefined) break;
    const { author, answer } = rewritten;
    // A fault of a rewriter answers with a block, which the stage's own type does not name.
    const action = answer.action as string;
    const reason = answer.reason ?? "rewrote the input";
    if (action !== "rewrite") {
      opinions.push({ author, stage: "rewrite", decision: "block", reason });
      return { verdict: "deny", call, opinions, reason, decidedBy: author };
    }
    spent.add(author);
    opinions.push({ author, stage: "rewrite", decision: "rewrite", reason });
    const revised = await options.revise(call, answer.value);
    if (revised.problems.length > 0)
      return {
        verdict: "deny",
        call,
        opinions,
        reason: `${author} rewrote the input into one that does not fit the tool`,
        decidedBy: author,
        invalid: revised.problems,
      };
    call = revised.call;
  }
  return decide(call, opinions, options, signal);
}

type Answer = Answered<Allow | Ask | Deny>;

async function decide(call: ToolCallView, before: readonly Opinion[], options: JudgeOptions, signal: AbortSignal): Promise<Judged> {
  const answers = await options.bus.gather("PreToolUse", "decide", (given) => ({ call, opinions: [...before, ...given.map(opinionOf)] }), signal);
  const opinions = [...before, ...answers.map(opinionOf)];
  const counted = answers.filter(({ answer, author }) => answer.action !== "allow" || options.mayAllow(author));
  const first = (action: Opinion["decision"]): Answer | undefined => counted.find(({ answer }) => answer.action === action);
  const denied = first("deny");
  if (denied !== undefined) return { verdict: "deny", call, opinions, reason: denied.answer.reason, decidedBy: denied.author };
  const containment = tightest(answers, options.mayAllow);
  const reach = containment === undefined ? {} : { containment };
  const asked = first("ask");
  if (asked !== undefined) {
    const remember = answers.flatMap(({ answer }) => (answer.action === "ask" && answer.remember !== undefined ? [answer.remember] : [])).at(-1);
    const answered = await question(call, opinions, asked, remember, options, signal);
    return answered.verdict === "allow" ? { ...answered, ...reach } : answered;
  }
  const allowed = first("allow");
  if (allowed !== undefined) return { verdict: "allow", call, opinions, reason: allowed.answer.reason, decidedBy: allowed.author, ...reach };
  const harmless = call.effect === "none" || call.effect === "read";
  return harmless
    ? { verdict: "allow", call, opinions, reason: "nobody objects to a read" }
    : { verdict: "deny", call, opinions, reason: `nothing allows ${call.tool}, whose effect is ${call.effect}` };
}

const opinionOf = ({ author, answer }: Answer): Opinion => ({
  author,
  stage: "decide",
  decision: answer.action,
  reason: answer.reason,
  ...(answer.details === undefined ? {} : { details: answer.details }),
  ...(answer.spent === undefined ? {} : { spent: answer.spent }),
});

/** Of those whose word counts: a wall before none, of two walls the one said last, and whatever one of them denies. */
function tightest(answers: readonly Answer[], mayAllow: JudgeOptions["mayAllow"]): Containment | undefined {
  const said = answers.flatMap(({ author, answer }) =>
    answer.action === "deny" || answer.containment === undefined || !mayAllow(author) ? [] : [answer.containment],
  );
  const walls = said.filter((one) => one.type === "contained");
  const [wall, denied] = [walls.at(-1), walls.flatMap((one) => (one.denied === undefined ? [] : [one.denied]))];
  if (wall === undefined) return said.at(-1);
  return denied.length === 0 ? wall : { ...wall, denied: { read: denied.flatMap(({ read }) => read), write: denied.flatMap(({ write }) => write) } };
}

async function question(
  call: ToolCallView,
  opinions: readonly Opinion[],
  { author, answer: { reason } }: Answer,
  remember: string | undefined,
  options: JudgeOptions,
  signal: AbortSignal,
): Promise<Judged> {
  const asker = options.asker();
  if (asker === undefined) return { verdict: "deny", call, opinions, reason: `${reason}; nobody can be asked here`, decidedBy: author };
  let answer: unknown;
  try {
    answer = await unlessAborted(asker.ask(questionOf(call, reason, remember, options.toolDescription), signal), signal);
  } catch (error) {
    signal.throwIfAborted();
    return { verdict: "deny", call, opinions, reason: `${reason}; asking failed: ${messageOf(error)}`, decidedBy: author, answer: "none" };
  }
  const id = isRecord(answer) && typeof answer["id"] === "string" ? answer["id"] : "none";
  if (id === "allow-once" || (id === "allow-always" && remember !== undefined))
    return { verdict: "allow", call, opinions, reason: "the person allowed it", decidedBy: "person", answer: id };
  return { verdict: "deny", call, opinions, reason: "denied by user approval prompt", decidedBy: "person", answer: id };
}

function questionOf(call: ToolCallView, reason: string, remember: string | undefined, toolDescription: string | undefined): Question {
  const always = remember === undefined ? [] : [{ id: "allow-always", label: `Always allow ${remember}`, kind: "allow-always" as const }];
  return {
    session: call.session,
    text: reason,
    call,
    ...(toolDescription === undefined ? {} : { toolDescription }),
    freeText: false,
    options: [{ id: "allow-once", label: "Allow once", kind: "allow-once" }, ...always, { id: "reject-once", label: "Deny", kind: "reject-once" }],
  };
}
