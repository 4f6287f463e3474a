import type { LimitName } from "@claw/kernel";
import { wireStopReason, wireUsage } from "./messages-api.ts";
import type { Outcome } from "./outcome.ts";
import type { TurnReport } from "./printer.ts";
import type { Totals } from "./totals.ts";

const limitSubtypes: Readonly<Record<LimitName, string>> = {
  steps: "error_max_turns",
  money: "error_max_budget_usd",
  time: "error_during_execution",
  tokens: "error_during_execution",
};
const limitReasons: Readonly<Record<LimitName, string>> = { steps: "max_turns", money: "max_budget_usd", time: "max_time", tokens: "max_tokens" };

/** The last line of a turn in `json` and `stream-json`: the same on success, at a limit and on every failure. */
export function resultOf({ outcome, session, turn, run, durationMs }: TurnReport, id: string): object {
  const { failure, limit } = outcome;
  return {
    type: "result",
    subtype: limit !== undefined ? limitSubtypes[limit] : failure === undefined ? "success" : "error_during_execution",
    is_error: failure !== undefined,
    duration_ms: durationMs,
    duration_api_ms: turn.modelMs,
    num_turns: turn.requests,
    ...(failure === undefined ? { result: turn.answer } : { errors: [failure.message], error: failure }),
    stop_reason: wireStopReason(turn.stopReason),
    terminal_reason: terminalReason(outcome),
    total_cost_usd: run.usage.costUsd ?? null,
    usage: wireUsage(turn.usage),
    modelUsage: modelUsage(run),
    permission_denials: turn.denials.map(({ tool, call, input }) => ({ tool_name: tool, tool_use_id: call, tool_input: input })),
    denials: turn.denials.map(({ tool, call, reason }) => ({ tool, call, reason })),
    exit_code: outcome.exitCode,
    session_id: session ?? null,
    uuid: id,
  };
}

function terminalReason({ reason, limit }: Outcome): string {
  if (limit !== undefined) return limitReasons[limit];
  return reason === "done" ? "completed" : reason;
}

const modelUsage = ({ models }: Totals): object =>
  Object.fromEntries(
    [...models].map(([model, usage]) => [
      model,
      {
        inputTokens: usage.inputTokens,
        outputTokens: usage.outputTokens,
        cacheReadInputTokens: usage.cacheReadTokens,
        cacheCreationInputTokens: usage.cacheWriteTokens,
        ...(usage.costUsd === undefined ? {} : { costUSD: usage.costUsd }),
      },
    ]),
  );
