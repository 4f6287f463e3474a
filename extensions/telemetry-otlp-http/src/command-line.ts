import { parseArgs } from "node:util";
import { ClawError, type CommandCall } from "@claw/kernel";

export type Asked = { readonly call: CommandCall } & ({ readonly verb: "status" } | { readonly verb: "show"; readonly session: string });

const usage = "claw telemetry [status | show [SESSION]] [--json]";

/** What the words ask for; USAGE for what they cannot mean. */
export function readCommandLine(asked: CommandCall): Asked {
  const { positionals, values } = parsed(asked.argv);
  const [verb = "status", session, ...extra] = positionals;
  const call = values.json === true ? { ...asked, json: true } : asked;
  if (verb !== "status" && verb !== "show") throw wrong(`telemetry has no ${JSON.stringify(verb)}`);
  const tooMuch = verb === "status" ? session : extra[0];
  if (tooMuch !== undefined) throw wrong(`telemetry ${verb} was given too much: ${JSON.stringify(tooMuch)}`);
  return verb === "status" ? { call, verb } : { call, verb, session: session ?? "latest" };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], allowPositionals: true, options: { json: { type: "boolean" } } });
  } catch (error) {
    throw wrong(`telemetry: ${(error as Error).message.split(". ", 1)[0]}`);
  }
}

const wrong = (message: string): ClawError<"USAGE"> => new ClawError("USAGE", message, { hint: usage });
