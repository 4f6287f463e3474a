import type { CallBlock } from "../contracts/message.ts";
import type { Outcome, TurnEvent } from "../contracts/session.ts";
import type { ToolCall, ToolResult } from "../contracts/tool.ts";
import { ClawError } from "../errors.ts";
import { messageOf } from "../failure-message.ts";
import { failure, guarded } from "../hooks/guarded.ts";
import type { Judged } from "../hooks/judge.ts";
import type { Session } from "../session.ts";
import { progressBlock, toolResult } from "../sound-content.ts";
import { unlessAborted } from "../unless-aborted.ts";
import type { TurnHost } from "./host.ts";
import type { FoundTool } from "./toolbox.ts";

/** What became of a call. */
export interface Settled {
  readonly call: CallBlock;
  readonly tool: string;
  readonly outcome: Outcome;
  readonly result: ToolResult;
  readonly ms: number;
}

/** How long a tool that is told to stop may take to come to its own end: what it still writes must not fall into the next turn. */
const graceMs = 1_000;

/** An error's message is told to the model up to this length. */
const mostErrorCharacters = 10_000;

/**
 * Runs one allowed call and settles it: PostToolUseFailure fires if and only if the tool threw, answered `failed`, timed out
 * or was aborted; PostToolUse if and only if the model will see a success; a recovered failure fires both. Never throws.
 */
export async function runTool(
  call: CallBlock,
  tool: FoundTool,
  judged: Judged,
  session: Session,
  host: TurnHost,
  signal: AbortSignal,
  show: (event: TurnEvent) => void,
): Promise<Settled> {
  const began = host.clock();
  const attempt = await attemptTool(call, tool, judged, session, host, signal, show);
  const ms = Math.round(host.clock() - began);
  // An abort does not reach these: whoever holds something for the call must hear of its end.
  const { signal: own } = new AbortController();
  let { result } = attempt;
  if (attempt.failure !== undefined) {
    const event = { call: judged.call, result, ms, ...attempt.failure };
    const recovered = attempt.outcome === "aborted" ? undefined : await host.bus.fire("PostToolUseFailure", "rewrite", event, own);
    await host.bus.fire("PostToolUseFailure", "observe", event, own);
    if (recovered === undefined || recovered.answer.value.failed === true) {
      return { call, tool: tool.name, outcome: attempt.outcome, result: recovered?.answer.value ?? result, ms };
    }
    result = recovered.answer.value;
  }
  const rewrites = await host.bus.gather(
    "PostToolUse",
    "rewrite",
    (answers) => ({ call: judged.call, result: answers.at(-1)?.answer.value ?? result, ms }),
    own,
  );
  result = rewrites.at(-1)?.answer.value ?? result;
  await host.bus.fire("PostToolUse", "observe", { call: judged.call, result, ms }, own);
  return { call, tool: tool.name, outcome: "ok", result, ms };
}

interface Attempt {
  readonly outcome: Outcome;
  readonly result: ToolResult;
  readonly failure?: { readonly cause: "threw" | "failed" | "timeout" | "aborted"; readonly code: string; readonly message: string };
}

async function attemptTool(
  call: CallBlock,
  tool: FoundTool,
  judged: Judged,
  session: Session,
  host: TurnHost,
  signal: AbortSignal,
  show: (event: TurnEvent) => void,
): Promise<Attempt> {
  const at = `tool ${tool.name}`;
  let work: Promise<unknown> | undefined;
  let isOver = false;
  const showPart = (content: unknown): void => {
    const block = isOver ? undefined : progressBlock(content);
    if (block !== undefined) show({ type: "progress", call: call.id, content: block });
  };
  try {
    signal.throwIfAborted();
    if (host.isSuspended(tool.owner))
      throw new ClawError("EXTENSION_SUSPENDED", `${tool.owner} failed too often and is suspended until claw starts again`, { extension: tool.owner });
    const run = await unlessAborted(host.toolbox.get(tool.name), signal);
    const answer = await guarded({
      extension: tool.owner,
      at,
      timeoutMs: tool.timeoutMs,
      signal,
      run: (own) => (work = (async () => run(judged.call.input, toolCall(call.id, judged, session, host, own, showPart)))()),
    });
    const result = resultOf(answer, tool.owner, at);
    host.success(tool.owner);
    return result.failed === true
      ? { outcome: "failed", result, failure: { cause: "failed", code: "TOOL_FAILED", message: textOf(result) } }
      : { outcome: "ok", result };
  } catch (error) {
    const late = ClawError.is(error, "EXTENSION_TIMEOUT");
    const end = signal.aborted || late ? await endOf(work) : "ended";
    if (signal.aborted) {
      if (end === undefined) host.fault(tool.owner, at, unstoppable(tool.owner, at), session.id);
      const result = work === undefined ? unrun : interrupted(end === "ended" ? undefined : end?.answer);
      return { outcome: "aborted", result, failure: { cause: "aborted", code: "ABORTED", message: "interrupted" } };
    }
    if (!isPlainFailure(error)) host.fault(tool.owner, at, error, session.id);
    const message = messageOf(error, mostErrorCharacters);
    const fix = ClawError.is(error) && error.fix !== undefined ? `\nfix: ${error.fix}` : "";
    return {
      outcome: "failed",
      result: failed(`Error: ${message}${fix}`),
      failure: { cause: late ? "timeout" : "threw", code: ClawError.is(error) ? error.code : "TOOL_FAILED", message },
    };
  } finally {
    isOver = true;
  }
}

/** How a tool that was told to stop comes to its end: with an answer, without one, or not in good time. */
async function endOf(work: Promise<unknown> | undefined): Promise<{ readonly answer: unknown } | "ended" | undefined> {
  if (work === undefined) return "ended";
  let timer: NodeJS.Timeout | undefined;
  const grace = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, graceMs, undefined)));
  try {
    return await Promise.race([
      work.then(
        (answer) => ({ answer }),
        () => "ended" as const,
      ),
      grace,
    ]);
  } finally {
    clearTimeout(timer);
  }
}

const unstoppable = (extension: string, at: string): ClawError =>
  new ClawError("EXTENSION_TIMEOUT", `${extension} did not stop within ${graceMs} ms of being told to in ${at}`, { extension, at, ms: graceMs });

/** A tool that says in a ClawError what went wrong works; one that throws anything else, hangs or answers nonsense is at fault. One that is suspended was, before. */
const isPlainFailure = (error: unknown): boolean => ClawError.is(error) && (!error.code.startsWith("EXTENSION_") || error.code === "EXTENSION_SUSPENDED");

function toolCall(
  id: string,
  { call: view, containment }: Judged,
  session: Session,
  host: TurnHost,
  signal: AbortSignal,
  progress: ToolCall["progress"],
): ToolCall {
  return {
    id,
    session: session.id,
    cwd: session.cwd,
    roots: session.roots,
    scratch: host.store.scratch(session.id),
    allowed: view.paths,
    ...(containment === undefined ? {} : { containment }),
    signal,
    progress,
    spill: (name) => host.store.spill(session.id, name),
  };
}

export const failed = (text: string): ToolResult => ({ content: [{ type: "text", text }], failed: true });

/** The result of a call that was not begun. */
export const unrun: ToolResult = failed("not run: the turn was stopped before it");

/** The result of a call that was stopped, with what its tool still answered. */
function interrupted(answer: unknown): ToolResult {
  const said = "interrupted: the turn was stopped during this call";
  try {
    const result = toolResult(answer);
    if (result !== undefined && result.content.length > 0)
      return { ...result, content: [{ type: "text", text: `${said}; it still answered:` }, ...result.content], failed: true };
  } catch {
    // An answer that is none says nothing of what was done.
  }
  return failed(`${said}; it may have done its work or a part of it`);
}

function resultOf(answer: unknown, extension: string, at: string): ToolResult {
  let result;
  try {
    result = toolResult(answer);
  } catch (error) {
    throw failure(extension, at, error);
  }
  if (result === undefined) throw new ClawError("EXTENSION_FAILED", `${extension} answered ${at} with something that is no tool result`, { extension, at });
  return result;
}

const textOf = (result: ToolResult): string =>
  result.content
    .map((block) => (block.type === "text" ? block.text : `[${block.type}]`))
    .join("\n")
    .slice(0, 2_000);
