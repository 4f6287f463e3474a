import type { ContentBlock } from "../contracts/message.ts";
import type { ModelRequest, ResolvedModel } from "../contracts/model.ts";
import type { ReplyEntry, TurnEvent } from "../contracts/session.ts";
import { ClawError } from "../errors.ts";
import type { Session } from "../session.ts";
import { systemContent } from "../sound-content.ts";
import { unlessAborted } from "../unless-aborted.ts";
import type { TurnHost } from "./host.ts";
import { ModelStream } from "./model-stream.ts";
import { ReplyAssembly } from "./reply-assembly.ts";

/** One request to the model and its reply, stored. What is cut off is stored as partial: its calls never run. */
export async function* modelStep(session: Session, model: ResolvedModel, host: TurnHost, signal: AbortSignal): AsyncGenerator<TurnEvent, ReplyEntry> {
  const tools = await unlessAborted(host.toolbox.specs(), signal);
  const system = yield* systemOf(session, model, tools, host, signal);
  const effort = session.setting("effort");
  const request: ModelRequest = {
    model: model.address,
    system,
    tools,
    messages: session.history.messages(),
    session: session.id,
    cwd: session.cwd,
    ...(typeof effort === "string" ? { effort } : {}),
    ...beforeOf(session, host),
  };
  const reply = new ReplyAssembly(model.address);
  const began = host.clock();
  const entry = (partial: boolean): ReplyEntry => ({
    type: "reply",
    content: reply.content(
      () => host.newCallId(),
      (id) => session.history.hasCall(id),
    ),
    model: reply.model ?? model.address,
    ms: Math.round(host.clock() - began),
    ...(reply.usage === undefined ? {} : { usage: reply.usage }),
    ...(reply.end === undefined ? {} : { reason: reply.end.reason }),
    ...(reply.end?.requestId === undefined ? {} : { requestId: reply.end.requestId }),
    ...(partial ? { partial } : {}),
    ...(reply.prefix === undefined ? {} : { prefix: reply.prefix }),
    ...(reply.wasted === undefined ? {} : { wasted: reply.wasted }),
  });
  try {
    const models = await unlessAborted(host.models(), signal);
    for await (const event of new ModelStream(models.stream(request, signal), model.address, signal)) {
      reply.take(event);
      if (event.type === "text-delta" || event.type === "reasoning-delta" || event.type === "retry") yield event;
      else if (event.type === "notice")
        yield await session.append({ type: "fault", extension: host.ownerOf("models"), where: "request", code: event.code, message: event.message });
    }
    if (reply.end === undefined)
      throw new ClawError("MODEL_STREAM_CUT", `${model.address} ended its reply without saying that it was done`, {}, { retryable: true });
  } catch (error) {
    // What was paid for is logged, said or not.
    if (!reply.isEmpty || reply.usage !== undefined || reply.wasted !== undefined) yield await session.append(entry(true));
    throw error;
  }
  const whole = entry(false);
  yield await session.append(whole);
  return whole;
}

/** What was recorded of the last request, and who has rewritten the history since: only a compaction does. */
function beforeOf({ history }: Session, host: TurnHost): Pick<ModelRequest, "before" | "rewrittenBy"> {
  const last = history.lastPrefix;
  if (last === undefined) return {};
  return { before: last.prefix, ...(last.isCompacted ? { rewrittenBy: host.ownerOf("compactor") } : {}) };
}

/** The system prompt is made once a session and logged, so that every request of it, a resumed one's too, begins with the same bytes. */
async function* systemOf(
  session: Session,
  model: ResolvedModel,
  tools: ModelRequest["tools"],
  host: TurnHost,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, readonly ContentBlock[]> {
  const known = session.setting("system-prompt");
  if (Array.isArray(known)) return known as readonly ContentBlock[];
  const assembler = await unlessAborted(host.systemPrompt(), signal);
  if (assembler === undefined) return [];
  const answer: unknown = await unlessAborted(
    assembler.assemble({ session: session.id, cwd: session.cwd, roots: session.roots, scratch: host.store.scratch(session.id), signal }, { model, tools }),
    signal,
  );
  const blocks = systemContent(answer);
  if (blocks === undefined) {
    throw new ClawError("EXTENSION_FAILED", 'the service "system-prompt" answered assemble with something that is no system prompt', {
      extension: host.ownerOf("system-prompt"),
      at: "assemble",
    });
  }
  yield await session.append({ type: "changed", key: "system-prompt", value: blocks, author: "system-prompt" });
  return blocks;
}
