import type { Command, CommandCall, LogEntry, SessionStore } from "@claw/kernel";
import { readCommandLine } from "./command-line.ts";
import type { Destination } from "./destination.ts";
import type { Encoder } from "./encoder.ts";
import type { LastFailure } from "./last-failure.ts";
import { statusOf, statusRows } from "./status.ts";
import type { Variables } from "./variables.ts";

export interface CommandOptions {
  readonly destination: Destination;
  readonly encoder: Encoder;
  readonly failures: LastFailure;
  readonly variables: Variables;
  readonly store: SessionStore;
}

/** As many entries as the kernel hands over at once. */
const batchSize = 512;

/** `claw telemetry`: nothing of it sends anything. */
export const telemetryCommand = (options: CommandOptions): Command => ({
  async run(asked) {
    const line = readCommandLine(asked);
    if (line.verb === "status") await status(line.call, options);
    else await show(line.call, line.session, options);
    return 0;
  },
});

async function status(call: CommandCall, { destination, encoder, failures, variables }: CommandOptions): Promise<void> {
  const known = statusOf(destination, encoder, await failures.read(), variables.problems);
  call.emit(known);
  call.show({ type: "table", columns: ["", ""], rows: statusRows(known) });
  for (const problem of known.problems) call.show({ type: "status", level: "warning", text: problem });
  if (known.fix !== undefined) call.show({ type: "status", level: "info", text: known.fix });
}

/** Each body that would be sent, byte for byte: what the exporter posts comes from the same encoder. */
async function show(call: CommandCall, reference: string, { encoder, store }: CommandOptions): Promise<void> {
  const session = await store.find(reference, call.workspace);
  const give = async (entries: readonly LogEntry[]): Promise<void> => {
    for (const { bytes } of await encoder.encode({ session, entries, dropped: 0 })) {
      const text = new TextDecoder().decode(bytes);
      call.emit(JSON.parse(text) as object);
      call.show({ type: "code", language: "json", text });
    }
  };
  let entries: LogEntry[] = [];
  for await (const entry of store.read(session)) {
    call.signal.throwIfAborted();
    entries.push(entry);
    if (entries.length < batchSize) continue;
    await give(entries);
    entries = [];
  }
  await give(entries);
}
