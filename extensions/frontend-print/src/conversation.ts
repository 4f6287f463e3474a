import type { Client, ContentBlock } from "@claw/kernel";
import { Mailbox } from "./mailbox.ts";
import { messagesOf } from "./message-lines.ts";
import type { Output } from "./output.ts";

/** A host that talks to us line by line: its messages are turns, its control requests are answered at once. */
export interface Conversation {
  /** The turns, in order; ends with the input. */
  readonly turns: AsyncIterable<readonly ContentBlock[]>;
  /** Says what `interrupt` aborts; undefined between turns. */
  during(turn: AbortController | undefined): void;
  /** Nothing is read any more. */
  close(): void;
}

type Control = (request: Readonly<Record<string, unknown>>) => Promise<object>;

export function conversation(input: AsyncIterable<Uint8Array>, client: Client, session: string, output: Output): Conversation {
  const turns = new Mailbox<readonly ContentBlock[]>();
  let running: AbortController | undefined;

  const controls: Readonly<Record<string, Control>> = {
    initialize: async () => ({ commands: [], models: [], output_style: "default", available_output_styles: ["default"] }),
    interrupt: async () => {
      running?.abort(new DOMException("the host interrupted the turn", "AbortError"));
      return {};
    },
    set_model: async ({ model }) => {
      await client.set(session, "model", model);
      return {};
    },
    set_permission_mode: async ({ mode }) => {
      await client.set(session, "permission-mode", mode);
      return {};
    },
  };

  async function answer(id: string, request: Readonly<Record<string, unknown>>): Promise<void> {
    const subtype = String(request["subtype"]);
    const control = Object.hasOwn(controls, subtype) ? controls[subtype] : undefined;
    try {
      if (control === undefined) throw new Error(`claw does not know the control request ${JSON.stringify(subtype)}`);
      output.line({ type: "control_response", response: { subtype: "success", request_id: id, response: await control(request) } });
    } catch (error) {
      output.line({ type: "control_response", response: { subtype: "error", request_id: id, error: (error as Error).message } });
    }
    await output.flush();
  }

  async function pump(): Promise<void> {
    try {
      for await (const incoming of messagesOf(input)) {
        if (incoming.type === "message") await turns.send(incoming.content);
        else await answer(incoming.id, incoming.request);
      }
      turns.close();
    } catch (error) {
      turns.close({ error });
    }
  }

  void pump();
  return { turns, during: (turn) => void (running = turn), close: () => turns.close() };
}
