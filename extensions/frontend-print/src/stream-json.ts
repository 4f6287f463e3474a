import type { JudgedEntry, LogEntry, ReplyEntry, SessionInfo, ToolResultEntry, TurnEvent } from "@claw/kernel";
import { denialReason } from "@claw/kernel/kit";
import { wireBlock, wireContent, wireUsage } from "./messages-api.ts";
import { PartialMessages } from "./partial-messages.ts";
import type { Printer, PrinterParts } from "./printer.ts";
import { resultOf } from "./result.ts";
import { textOf } from "./totals.ts";

export interface StreamOptions {
  readonly includePartialMessages: boolean;
  readonly replayUserMessages: boolean;
  /** The permission mode of a session. */
  readonly mode: (session: string) => string;
}

/** One JSON object a line, as things happen, in the shapes that programs know from other agents; the result is the last of a turn. */
export function streamJsonPrinter({ output, id, version }: PrinterParts, options: StreamOptions): Printer {
  const judged = new Map<string, JudgedEntry>();
  const partial = new PartialMessages(() => model);
  let model = "";
  let session = "";
  /** The id of the message that is on its way. */
  let message: string | undefined;

  const line = (record: object): Promise<void> | undefined => output.line({ ...record, session_id: session, uuid: id() });
  const lines = (records: readonly object[]): Promise<void> | undefined => records.map(line).at(-1);
  const streamEvents = (events: readonly object[]): Promise<void> | undefined =>
    lines(events.map((event) => ({ type: "stream_event", event, parent_tool_use_id: null })));

  function delta(kind: "text" | "thinking", text: string): Promise<void> | undefined {
    if (!options.includePartialMessages) return undefined;
    message ??= `msg_${id()}`;
    return streamEvents(partial.delta(kind, text, message));
  }

  function reply(entry: ReplyEntry): Promise<void> | undefined {
    const own = message ?? `msg_${id()}`;
    message = undefined;
    if (options.includePartialMessages) streamEvents(partial.blocks(entry, own));
    const about = {
      id: own,
      type: "message",
      role: "assistant",
      model: entry.model,
      stop_reason: null,
      stop_sequence: null,
      usage: entry.usage === undefined ? null : wireUsage(entry.usage),
    };
    const blocks = entry.content.map(wireBlock).filter((block) => block !== undefined);
    const waiting = lines(
      blocks.map((block) => ({
        type: "assistant",
        message: { ...about, content: [block] },
        parent_tool_use_id: null,
        ...(entry.requestId === undefined ? {} : { request_id: entry.requestId }),
        ...(entry.partial === true ? { partial: true } : {}),
      })),
    );
    return options.includePartialMessages ? streamEvents(partial.end(entry)) : waiting;
  }

  function result(entry: ToolResultEntry & LogEntry): Promise<void> | undefined {
    const judgement = judged.get(entry.call);
    judged.delete(entry.call);
    const content = { type: "tool_result", tool_use_id: entry.call, content: wireContent(entry.content), is_error: entry.outcome !== "ok" };
    return line({
      type: "user",
      message: { role: "user", content: [content] },
      parent_tool_use_id: null,
      timestamp: entry.at,
      tool_use_result: entry.details ?? textOf(entry.content),
      ...(judgement === undefined ? {} : { tool_result_meta: [{ id: entry.call, permission_decision: decisionOf(judgement) }] }),
    });
  }

  function entryLine(event: TurnEvent): Promise<void> | undefined {
    switch (event.type) {
      case "prompt":
        return options.replayUserMessages
          ? line({
              type: "user",
              message: { role: "user", content: wireContent(event.content) },
              parent_tool_use_id: null,
              timestamp: event.at,
              isReplay: true,
            })
          : undefined;
      case "note":
        return line({ type: "user", message: { role: "user", content: event.text }, parent_tool_use_id: null, timestamp: event.at, isSynthetic: true });
      case "judged":
        judged.set(event.call, event);
        return event.verdict === "allow"
          ? undefined
          : system("permission_denied", { tool_name: event.tool, tool_use_id: event.call, tool_input: event.input, message: denialReason(event) });
      case "retry": {
        // Nothing of the reply so far counts.
        message = undefined;
        partial.reset();
        return system("api_retry", {
          attempt: event.attempt,
          max_retries: event.attempts,
          retry_delay_ms: event.delayMs,
          error_status: event.status ?? null,
          error: event.code,
          message: event.message,
          ...(event.model === undefined ? {} : { fallback_model: event.model }),
        });
      }
      case "compacted":
        return system("compact_boundary", { compact_metadata: { trigger: event.trigger, pre_tokens: event.tokensBefore, post_tokens: event.tokensAfter } });
      case "fault":
        return system("notification", { level: "warning", message: event.message, code: event.code, extension: event.extension, where: event.where });
      default:
        return undefined;
    }
  }

  const system = (subtype: string, more: object): Promise<void> | undefined => line({ type: "system", subtype, ...more });

  return {
    wantsInfo: true,
    open(opened, info) {
      session = opened;
      if (info === undefined) return;
      model = info.model;
      system("init", initOf(info, options.mode(opened), version));
    },
    take(event) {
      switch (event.type) {
        case "text-delta":
          return delta("text", event.text);
        case "reasoning-delta":
          return delta("thinking", event.text);
        case "reply":
          return reply(event);
        case "tool-result":
          return result(event);
        default:
          return entryLine(event);
      }
    },
    async end(report) {
      judged.clear();
      output.line(resultOf(report, id()));
      await output.flush();
    },
  };
}

const initOf = ({ cwd, tools, commands, extensions, model }: SessionInfo, permissionMode: string, version: string): object => ({
  cwd,
  tools,
  mcp_servers: [],
  model,
  permissionMode,
  slash_commands: commands,
  claw_version: version,
  output_style: "default",
  agents: [],
  skills: [],
  plugins: extensions.map(({ name, version: of }) => ({ name, version: of })),
});

/** Who let a call run, or did not: the person, a hook, or what is configured. */
function decisionOf({ verdict, opinions, answer }: JudgedEntry): object {
  const isHook = opinions.some(({ stage, decision }) => stage !== "decide" && decision === "block");
  return { decision: verdict === "allow" ? "accept" : "reject", source: answer !== undefined && answer !== "none" ? "user" : isHook ? "hook" : "config" };
}
