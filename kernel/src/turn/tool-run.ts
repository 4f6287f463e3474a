import type { CallBlock, ContentBlock } from "../contracts/message.ts";
import type { Outcome, TurnEvent } from "../contracts/session.ts";
import type { ToolCall, ToolCallView, ToolResult } from "../contracts/tool.ts";
import { ClawError } from "../errors.ts";
import { guarded } from "../hooks/guarded.ts";
import { deepFreeze } from "../plain-data.ts";
import type { Session } from "../session.ts";
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

/** Longer results are cut to this many characters, head and tail: a tool that does not bound its own output must not fill the context. */
const resultLimit = 400_000;

/**
 * Runs one allowed call and settles it: PostToolUseFailure fires if and only if the tool threw, answered `failed`, timed out
 * or was aborted; PostToolUse if and only if the model will see a success; a recovered failure fires both.
 */
export async function runTool(call: CallBlock, tool: FoundTool, view: ToolCallView, session: Session, host: TurnHost, signal: AbortSignal, show: (event: TurnEvent) => void): Promise<Settled> {
  const began = host.clock();
  const attempt = await attemptTool(call, tool, view, session, host, signal, show);
  const ms = Math.round(host.clock() - began);
  // The events of a call that was aborted still fire: whoever holds something for it must hear of its end.
  const hookSignal = signal.aborted ? new AbortController().signal : signal;
  let { result } = attempt;
  if (attempt.failure !== undefined) {
    const failure = { call: view, result, ms, ...attempt.failure };
    const recovered = attempt.outcome === "aborted" ? undefined : await host.bus.fire("PostToolUseFailure", "rewrite", failure, hookSignal);
    await host.bus.fire("PostToolUseFailure", "observe", failure, hookSignal);
    if (recovered === undefined || recovered.answer.value.failed === true) {
      return { call, tool: tool.name, outcome: attempt.outcome, result: recovered?.answer.value ?? result, ms };
    }
    result = recovered.answer.value;
  }
  const rewrites = await host.bus.gather("PostToolUse", "rewrite", (answers) => ({ call: view, result: answers.at(-1)?.answer.value ?? result, ms }), hookSignal);
  result = rewrites.at(-1)?.answer.value ?? result;
  await host.bus.fire("PostToolUse", "observe", { call: view, result, ms }, hookSignal);
  return { call, tool: tool.name, outcome: result.failed === true ? "failed" : "ok", result, ms };
}

interface Attempt {
  readonly outcome: Outcome;
  readonly result: ToolResult;
  readonly failure?: { readonly cause: "threw" | "failed" | "timeout" | "aborted"; readonly code: string; readonly message: string };
}

async function attemptTool(call: CallBlock, tool: FoundTool, view: ToolCallView, session: Session, host: TurnHost, signal: AbortSignal, show: (event: TurnEvent) => void): Promise<Attempt> {
  const at = `tool ${tool.name}`;
  try {
    if (host.isSuspended(tool.owner)) throw new ClawError("EXTENSION_SUSPENDED", `${tool.owner} failed too often and is suspended until claw starts again`, { extension: tool.owner });
    const run = await host.toolbox.get(tool.name);
    const answer = await guarded({
      extension: tool.owner, at, timeoutMs: tool.timeoutMs, signal,
      run: (own) => run(view.input, toolCall(call.id, view, session, host, own, show)),
    });
    const result = resultOf(answer, tool.owner, at);
    host.success(tool.owner);
    return result.failed === true ? { outcome: "failed", result, failure: { cause: "failed", code: "TOOL_FAILED", message: textOf(result) } } : { outcome: "ok", result };
  } catch (error) {
    if (signal.aborted) return { outcome: "aborted", result: failed("interrupted: the person stopped this call"), failure: { cause: "aborted", code: "ABORTED", message: "interrupted" } };
    if (!isPlainFailure(error)) host.fault(tool.owner, at, error, session.id);
    const message = error instanceof Error ? error.message : String(error);
    const fix = ClawError.is(error) && error.fix !== undefined ? `\nfix: ${error.fix}` : "";
    const code = ClawError.is(error) ? error.code : "TOOL_FAILED";
    return { outcome: "failed", result: failed(`Error: ${message}${fix}`), failure: { cause: code === "EXTENSION_TIMEOUT" ? "timeout" : "threw", code, message } };
  }
}

/** A tool that says in a ClawError what went wrong works; one that throws anything else, hangs or answers nonsense is at fault. */
const isPlainFailure = (error: unknown): boolean => ClawError.is(error) && !error.code.startsWith("EXTENSION_");

function toolCall(id: string, view: ToolCallView, session: Session, host: TurnHost, signal: AbortSignal, show: (event: TurnEvent) => void): ToolCall {
  return {
    id, session: session.id, cwd: session.cwd, roots: session.roots, scratch: host.store.scratch(session.id), allowed: view.paths, signal,
    progress: (content) => show({ type: "progress", call: id, content }),
    spill: (name) => host.store.spill(session.id, name),
  };
}

function resultOf(answer: unknown, owner: string, at: string): ToolResult {
  if (typeof answer === "string") return { content: [bounded(answer)] };
  const content = typeof answer === "object" && answer !== null ? (answer as { content?: unknown }).content : undefined;
  if (!Array.isArray(content) || !content.every(isBlock)) {
    throw new ClawError("EXTENSION_FAILED", `${owner} answered ${at} with something that is no tool result`, { extension: owner, at });
  }
  const result = answer as ToolResult;
  return deepFreeze({ ...result, content: content.map((block: ContentBlock) => (block.type === "text" ? bounded(block.text) : block)) });
}

function isBlock(value: unknown): value is ContentBlock {
  const block = value as { type?: unknown; text?: unknown; data?: unknown } | null;
  return typeof block === "object" && block !== null && (block.type === "text" ? typeof block.text === "string" : (block.type === "image" || block.type === "document") && typeof block.data === "string");
}

function bounded(text: string): ContentBlock {
  if (text.length <= resultLimit) return { type: "text", text };
  const half = resultLimit / 2;
  return { type: "text", text: `${text.slice(0, half)}\n[… ${text.length - resultLimit} characters left out …]\n${text.slice(-half)}` };
}

export const failed = (text: string): ToolResult => ({ content: [{ type: "text", text }], failed: true });

const textOf = (result: ToolResult): string => result.content.map((block) => (block.type === "text" ? block.text : `[${block.type}]`)).join("\n").slice(0, 2_000);
