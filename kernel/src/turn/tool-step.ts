import type { CallBlock } from "../contracts/message.ts";
import type { ReplyEntry, TurnEvent } from "../contracts/session.ts";
import { messageOf } from "../failure-message.ts";
import { judge } from "../hooks/judge.ts";
import type { Session } from "../session.ts";
import { Channel } from "./channel.ts";
import type { TurnHost } from "./host.ts";
import { type Settled, failed, runTool, unrun } from "./tool-run.ts";

/** How many progress events may wait for a slow front-end. */
const waitingProgress = 64;

/**
 * The calls of one reply: each validated, judged and run. Calls of effect `none` and `read` that follow one another run
 * together; any other waits for all before it, and all after it wait. Results are stored in the model's order.
 */
export async function* toolSteps(
  reply: ReplyEntry,
  calls: readonly CallBlock[],
  session: Session,
  host: TurnHost,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, void> {
  const channel = new Channel<TurnEvent>(waitingProgress);
  const work = runCalls(reply, calls, session, host, signal, channel).finally(() => channel.close());
  // Seen by `await work` below; until then nobody else must trip over it.
  work.catch(() => undefined);
  try {
    yield* channel;
  } finally {
    await work;
  }
}

async function runCalls(
  reply: ReplyEntry,
  calls: readonly CallBlock[],
  session: Session,
  host: TurnHost,
  turn: AbortSignal,
  channel: Channel<TurnEvent>,
): Promise<void> {
  // Ends with the turn, and when the log can no longer be written: nothing runs whose result would be lost.
  const stop = new AbortController();
  const { signal } = stop;
  const end = (): void => stop.abort(turn.reason);
  if (turn.aborted) end();
  turn.addEventListener("abort", end, { once: true });
  const running: Promise<Settled>[] = [];
  let stored: Promise<void> = Promise.resolve();
  const settle = (run: Promise<Settled>): void => {
    running.push(run);
    stored = stored.then(async () => store(await run, session, channel));
    stored.catch((error: unknown) => stop.abort(error));
  };
  try {
    for (const call of calls) {
      const prepared = await prepare(reply, call, session, host, signal, channel).catch((error: unknown) => stop.abort(error));
      if (prepared === undefined) {
        settle(Promise.resolve({ call, tool: call.name, outcome: "aborted", result: unrun, ms: 0 }));
        continue;
      }
      if (prepared.alone) await Promise.allSettled([...running, stored]);
      settle(prepared.run(signal));
      if (prepared.alone) await Promise.allSettled([...running, stored]);
    }
    await Promise.all(running);
    await stored;
    signal.throwIfAborted();
  } finally {
    turn.removeEventListener("abort", end);
  }
}

interface Prepared {
  /** Runs with nothing beside it. */
  readonly alone: boolean;
  /** Never rejects. */
  run(signal: AbortSignal): Promise<Settled>;
}

/** Judges a call. Rejects only when the turn is stopped, or the log cannot be written, before the call is judged. */
async function prepare(
  reply: ReplyEntry,
  call: CallBlock,
  session: Session,
  host: TurnHost,
  signal: AbortSignal,
  channel: Channel<TurnEvent>,
): Promise<Prepared> {
  signal.throwIfAborted();
  const { toolbox } = host;
  const tool = toolbox.find(call.name);
  if (reply.reason === "length")
    return refused(call, "not run: the reply reached its token limit, so this call may be cut off; send it again, in smaller parts");
  if (reply.reason === "refusal") return refused(call, "not run: the reply was broken off by a refusal");
  if (tool === undefined) {
    const near = toolbox.near(call.name);
    return refused(call, `Error: there is no tool "${call.name}"${near.length > 0 ? `; did you mean ${near.join(" or ")}?` : ""}`);
  }
  if (call.malformed !== undefined) return refused(call, `Error: the input of ${tool.name} is no JSON object: ${quoted(call.malformed)}`);
  let problems;
  try {
    problems = await toolbox.problems(tool, call.input);
  } catch (error) {
    return refused(call, `Error: the schema of ${tool.name} cannot be read, so it cannot be called: ${messageOf(error)}`);
  }
  if (problems.length > 0) return refused(call, `Error: the input does not fit ${tool.name}: ${problems.join("; ")}`);

  const scratch = host.store.scratch(session.id);
  const judged = await judge(
    toolbox.view(call, tool, call.input, session, scratch),
    {
      bus: host.bus,
      asker: () => host.asker(),
      ...(tool.unsignedDescription === undefined ? {} : { toolDescription: tool.unsignedDescription }),
      mayAllow: (extension) => host.mayAllow(extension),
      revise: async (_view, input) => ({ call: toolbox.view(call, tool, input, session, scratch), problems: await toolbox.problems(tool, input) }),
    },
    signal,
  );
  channel.push(
    await session.append({
      type: "judged",
      call: call.id,
      tool: tool.name,
      input: judged.call.input,
      verdict: judged.verdict,
      opinions: judged.opinions,
      reason: judged.reason,
      ...(judged.decidedBy === undefined ? {} : { decidedBy: judged.decidedBy }),
      ...(judged.answer === undefined ? {} : { answer: judged.answer }),
      ...(judged.containment === undefined ? {} : { containment: judged.containment }),
    }),
  );
  // From here on an abort settles the call: who hears that it may run also hears of its end.
  await host.bus.fire(
    "PreToolUse",
    "observe",
    { call: judged.call, opinions: judged.opinions, verdict: judged.verdict, ...(judged.answer === undefined ? {} : { answer: judged.answer }) },
    new AbortController().signal,
  );
  if (judged.verdict === "deny") {
    const invalid = judged.invalid === undefined ? "" : `: ${judged.invalid.join("; ")}`;
    return refused(call, `Permission denied for ${tool.name}: ${judged.reason}${invalid}`, "denied");
  }
  return {
    alone: tool.effect !== "none" && tool.effect !== "read",
    run: (own) => runTool(call, tool, judged, session, host, own, (event) => channel.push(event, true)),
  };
}

const refused = (call: CallBlock, text: string, outcome: "failed" | "denied" = "failed"): Prepared => ({
  alone: false,
  run: () => Promise.resolve({ call, tool: call.name, outcome, result: failed(text), ms: 0 }),
});

async function store(settled: Settled, session: Session, channel: Channel<TurnEvent>): Promise<void> {
  const { call, tool, outcome, result, ms } = settled;
  channel.push(
    await session.append({
      type: "tool-result",
      call: call.id,
      tool,
      content: result.content,
      outcome,
      ms,
      ...(result.details === undefined ? {} : { details: result.details }),
    }),
  );
}

const quoted = (text: string): string => (text.length <= 200 ? JSON.stringify(text) : `${JSON.stringify(text.slice(0, 200))} … (${text.length} characters)`);
