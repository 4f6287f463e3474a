import { ClawError, type ModelEvent, type ToolSpec } from "@claw/kernel";
import { wireName } from "@claw/kernel/kit";
import { CallParser } from "./call-parser.ts";
import { type DialectName, dialectsOf } from "./dialects.ts";

/**
 * A reply's events with the calls that its model printed as text at its end. Only tools that were offered are called, and nothing
 * is looked for once the server gives a call of its own.
 */
export async function* textCalls(events: AsyncIterable<ModelEvent>, tools: readonly ToolSpec[], dialect: DialectName): AsyncGenerator<ModelEvent, void> {
  const dialects = tools.length === 0 ? undefined : dialectsOf(dialect);
  if (dialects === undefined) return yield* events;
  // By the names that the model was told.
  const parser = new CallParser(new Map(tools.map((tool) => [wireName(tool.name), tool])), dialects);
  let isOff = false;
  try {
    for await (const event of events) {
      if (isOff || event.type === "usage") yield event;
      else if (event.type === "text-delta") for (const one of parser.push(event.text)) yield one;
      else if (event.type === "block" && (event.block.type === "tool-call" || event.block.type === "text")) {
        // The server reads calls itself, or says what the text is that it sent.
        isOff = event.block.type === "tool-call";
        yield* parser.release();
        yield event;
      } else if (event.type === "end") {
        yield* parser.finish();
        yield ended(event, parser.calls);
      } else yield* parser.pass(event);
    }
  } catch (error) {
    // What came before a failure comes before it here too; after an abort nobody listens.
    if (!isOff && ClawError.is(error)) yield* parser.release();
    throw error;
  }
}

/** A reply with calls stopped for them, whatever its server thinks; one that was cut short is not whole. */
function ended(event: Extract<ModelEvent, { readonly type: "end" }>, calls: number): ModelEvent {
  return calls > 0 && event.reason === "stop" ? { ...event, reason: "tool-calls" } : event;
}
