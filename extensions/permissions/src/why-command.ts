import { parseArgs } from "node:util";
import { ClawError, type Command, type CommandCall, type SessionStore } from "@claw/kernel";
import { type Judged, recordOf, whyText } from "./why-text.ts";

const usage = "claw why [last|CALL] [--session REFERENCE] [--all] [--json]";

interface Asked {
  readonly call: string;
  readonly session: string;
  readonly all: boolean;
  readonly json: boolean;
}

/** `claw why`: the decision on a call, out of a session's log. */
export const whyCommand = (store: SessionStore): Command => ({
  async run(asked) {
    const { call, session, all, json } = read(asked);
    const id = await store.find(session, asked.workspace);
    const judged: Judged[] = [];
    for await (const entry of store.read(id)) {
      asked.signal.throwIfAborted();
      if (entry.type === "judged") judged.push(entry);
    }
    const found = all || judged.length === 0 ? judged : [chosen(judged, call, id)];
    for (const one of found) {
      if (json) asked.emit({ ...one, type: "decision", session: id, record: recordOf(one) });
      else asked.show(...whyText(one), { type: "markdown", text: "" });
    }
    if (found.length === 0) asked.show({ type: "status", level: "info", text: `session ${id} has judged no call` });
    return 0;
  },
});

function read({ argv, json, session }: CommandCall): Asked {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { json: { type: "boolean" }, all: { type: "boolean" }, session: { type: "string" } },
    });
  } catch (error) {
    throw wrong(`why: ${(error as Error).message.split(". ", 1)[0]}`);
  }
  const { positionals, values } = parsed;
  if (positionals.length > 1) throw wrong(`why was given too much: ${JSON.stringify(positionals[1])}`);
  if (values.all === true && positionals.length > 0) throw wrong("--all is every call, and one was named");
  return { call: positionals[0] ?? "last", session: values.session ?? session ?? "latest", all: values.all === true, json: json || values.json === true };
}

/** By its id, the beginning of it if that is enough, or the number of its entry. */
function chosen(judged: readonly Judged[], call: string, session: string): Judged {
  const last = judged.at(-1);
  if (call === "last" && last !== undefined) return last;
  const exact = judged.findLast((one) => one.call === call || String(one.seq) === call);
  const near = judged.filter((one) => one.call.startsWith(call));
  const found = exact ?? (near.length === 1 ? near[0] : undefined);
  if (found !== undefined) return found;
  if (near.length > 1) throw wrong(`${near.length} calls of session ${session} begin with ${JSON.stringify(call)}: ${near.map((one) => one.call).join(", ")}`);
  throw new ClawError("USAGE", `session ${session} has judged no call ${JSON.stringify(call)}`, { hint: usage }, { fix: "claw why --all lists them" });
}

const wrong = (message: string): ClawError<"USAGE"> => new ClawError("USAGE", message, { hint: usage });
