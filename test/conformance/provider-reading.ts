import type { ContentBlock, Message, ModelEvent, ModelRequest, StopReason, Usage } from "@claw/kernel";

/** What became of a stream: what its events mean, and what was thrown. */
export interface Reading {
  readonly content: readonly ContentBlock[];
  readonly usage: Usage | undefined;
  readonly end: StopReason | undefined;
  readonly requestId: string | undefined;
  readonly error: unknown;
  readonly events: readonly ModelEvent[];
}

/** Reads a stream to its end as the turn engine does: deltas since the last block become one, a finished block replaces its deltas. */
export async function read(stream: AsyncIterable<ModelEvent>): Promise<Reading> {
  const events: ModelEvent[] = [];
  let error: unknown;
  try {
    for await (const event of stream) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  const end = events.find((event) => event.type === "end");
  const usage = events.findLast((event) => event.type === "usage");
  return { content: contentOf(events), usage: usage?.usage, end: end?.reason, requestId: end?.requestId, error, events };
}

function contentOf(events: readonly ModelEvent[]): readonly ContentBlock[] {
  const content: ContentBlock[] = [];
  let pending: { readonly type: "text" | "reasoning"; text: string } | undefined;
  const flush = (): void => {
    if (pending !== undefined) content.push(pending);
    pending = undefined;
  };
  for (const event of events) {
    if (event.type === "text-delta" || event.type === "reasoning-delta") {
      const type = event.type === "text-delta" ? "text" : "reasoning";
      if (pending?.type !== type) flush();
      pending ??= { type, text: "" };
      pending.text += event.text;
    } else if (event.type === "block") {
      if (pending?.type === event.block.type) pending = undefined;
      flush();
      content.push(event.block);
    }
  }
  flush();
  return content;
}

/** A request of one prompt, or of the messages given. */
export const requestOf = (model: string, prompt: string | readonly Message[] = "hello", more: Partial<ModelRequest> = {}): ModelRequest => ({
  model,
  system: [{ type: "text", text: "be brief" }],
  messages: typeof prompt === "string" ? [{ role: "user", content: [{ type: "text", text: prompt }] }] : prompt,
  tools: [{ name: "bash", description: "Runs a command", input: { type: "object", properties: { command: { type: "string" } }, required: ["command"] } }],
  ...more,
});
