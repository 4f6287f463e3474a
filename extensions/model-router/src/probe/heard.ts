import type { ContentBlock, ModelEvent, StopReason, Usage } from "@claw/kernel";

/** A whole reply. */
export interface Heard {
  readonly content: readonly ContentBlock[];
  readonly text: string;
  /** How many pieces its text came in. */
  readonly pieces: number;
  readonly reason: StopReason;
  /** Absent when the vendor reported none. */
  readonly usage?: Usage;
}

/** The last attempt of a reply. Deltas become blocks where no finished block replaces them. */
export async function hear(events: AsyncIterable<ModelEvent>): Promise<Heard> {
  let content: ContentBlock[] = [];
  let open: { readonly type: "text" | "reasoning"; text: string } | undefined;
  let pieces = 0;
  let usage: Usage | undefined;
  let reason: StopReason = "stop";
  const close = (): void => {
    if (open !== undefined) content.push(open);
    open = undefined;
  };
  for await (const event of events) {
    switch (event.type) {
      case "text-delta":
      case "reasoning-delta": {
        const type = event.type === "text-delta" ? "text" : "reasoning";
        if (open?.type !== type) close();
        open ??= { type, text: "" };
        open.text += event.text;
        if (type === "text") pieces += 1;
        break;
      }
      case "block":
        if (open?.type === event.block.type) open = undefined;
        else close();
        content.push(event.block);
        break;
      case "usage":
        usage = event.usage;
        break;
      case "retry":
        [content, open, pieces, usage] = [[], undefined, 0, undefined];
        break;
      case "end":
        reason = event.reason;
        break;
      case "notice":
      case "prefix":
        break;
      default:
        event satisfies never;
    }
  }
  close();
  const text = content.map((block) => (block.type === "text" ? block.text : "")).join("");
  return { content, text, pieces, reason, ...(usage === undefined ? {} : { usage }) };
}
