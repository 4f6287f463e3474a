import type { CallBlock, ContentBlock } from "../contracts/message.ts";
import type { TurnEvent } from "../contracts/session.ts";
import { ClawError } from "../errors.ts";
import type { HookBus } from "../hooks/bus.ts";
import type { Session } from "../session.ts";
import { unlessAborted } from "../unless-aborted.ts";
import { compactStep } from "./compact-step.ts";
import { type QueuedPrompt, type TurnHost, checkBudget, checkPaid, limitReached, resolvedModel } from "./host.ts";
import { modelStep } from "./model-step.ts";
import { toolSteps } from "./tool-step.ts";

/** A Stop hook may resume a turn this often. */
const mostResumes = 8;

/**
 * One turn, start to end. Everything an extension can change is a call on `host`, in this order and nowhere else. `left` prompts
 * still wait from a turn that ended badly: they were said before this one.
 */
export async function* turn(session: Session, prompt: QueuedPrompt, left: number, host: TurnHost, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
  yield* joined(session, left, host, signal);
  yield await session.append({ type: "prompt", content: await submit(session, prompt, host.bus, signal), source: prompt.source });
  const model = await resolvedModel(await unlessAborted(host.models(), signal), session, signal);
  checkBudget(host.limits, model);
  let resumed = 0;
  let compacts = true;
  for (let step = 0; ; step += 1) {
    yield* joined(session, Infinity, host, signal);
    const limit = limitReached(host.limits, session, step);
    if (limit !== undefined) return void (yield await session.append({ type: "turn-end", reason: "limit", ...limit }));
    if (compacts) compacts = yield* compactStep(session, model, host, signal);
    const reply = yield* modelStep(session, model, host, signal);
    checkPaid(host.limits, reply);
    const calls = reply.content.filter((block): block is CallBlock => block.type === "tool-call");
    if (calls.length > 0) {
      yield* toolSteps(reply, calls, session, host, signal);
      continue;
    }
    const event = { session: session.id, cwd: session.cwd, resumed, reply: reply.content };
    const resume = resumed < mostResumes ? await host.bus.fire("Stop", "decide", event, signal) : undefined;
    await host.bus.fire("Stop", "observe", event, signal);
    if (resume !== undefined) {
      resumed += 1;
      yield await session.append({ type: "note", text: resume.answer.text, author: resume.author });
    } else if (host.queue(session).length > 0) {
      // A prompt that came while the last reply was on its way: the turn goes on with it.
      continue;
    } else {
      return void (yield await session.append({ type: "turn-end", reason: "done" }));
    }
  }
}

/** At most so many of the prompts that came while a turn ran. One that is blocked is reported: it must not end a turn that is not its own. */
async function* joined(session: Session, most: number, host: TurnHost, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
  const queue = host.queue(session);
  for (let count = 0, queued = queue[0]; queued !== undefined && count < most; queued = queue[0], count += 1) {
    try {
      const content = await submit(session, queued, host.bus, signal);
      yield await session.append({ type: "prompt", content, source: queued.source });
    } catch (error) {
      if (!ClawError.is(error, "PROMPT_BLOCKED")) throw error;
      yield await session.append({ type: "fault", extension: error.data.extension, where: "UserPromptSubmit guard", code: error.code, message: error.message });
    }
    queue.shift();
  }
}

/** UserPromptSubmit: guards may block the prompt, each extension may rewrite it once. */
async function submit(session: Session, prompt: QueuedPrompt, bus: HookBus, signal: AbortSignal): Promise<readonly ContentBlock[]> {
  const about = { session: session.id, cwd: session.cwd, source: prompt.source };
  const spent = new Set<string>();
  let { content } = prompt;
  for (;;) {
    const guard = await bus.fire("UserPromptSubmit", "guard", { ...about, content }, signal);
    if (guard !== undefined) throw new ClawError("PROMPT_BLOCKED", `${guard.author} blocked the prompt: ${guard.answer.reason}`, { extension: guard.author });
    const rewritten = await bus.fire("UserPromptSubmit", "rewrite", { ...about, content }, signal, spent);
    if (rewritten === undefined) break;
    spent.add(rewritten.author);
    content = rewritten.answer.value;
  }
  await bus.fire("UserPromptSubmit", "observe", { ...about, content }, signal);
  return content;
}
