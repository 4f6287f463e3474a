import { ClawError, type Client, type ContentBlock, type Invocation, type OpenOptions, type TurnEndEntry } from "@claw/kernel";
import { conversation } from "./conversation.ts";
import { done, failed, outcomeOf, type Outcome } from "./outcome.ts";
import type { Output } from "./output.ts";
import type { Printer } from "./printer.ts";
import { promptOf } from "./stdin-prompt.ts";
import { Totals } from "./totals.ts";

export interface RunParts {
  readonly client: Client;
  readonly invocation: Invocation;
  readonly output: Output;
  readonly printer: Printer;
  readonly inputFormat: "text" | "stream-json";
  /** Whether the output format can hold more than one turn. */
  readonly holdsTurns: boolean;
  /** Milliseconds to wait for a pipe that need not say anything. */
  readonly patienceMs: number;
  readonly now: () => number;
}

/** One run of the program: from the prompt, or the prompts, to the exit code. */
export async function runPrint(parts: RunParts, signal: AbortSignal): Promise<number> {
  const { client, invocation, printer } = parts;
  const run = new Totals();
  const began = parts.now();
  let session: string | undefined;
  for (const notice of invocation.notices) invocation.terminal.say(`note: ${notice}\n`);
  try {
    signal.throwIfAborted();
    if (parts.inputFormat === "text") {
      const content = await promptOf(invocation, parts.patienceMs, signal);
      session = await open(parts, signal);
      return (await oneTurn(parts, session, content, run, signal)).exitCode;
    }
    if (!parts.holdsTurns) throw new ClawError("USAGE", "--input-format stream-json needs --output-format stream-json", {});
    if (invocation.prompt !== undefined)
      throw new ClawError("USAGE", "a prompt and --input-format stream-json exclude one another", { hint: "send the prompt as the first line" });
    session = await open(parts, signal);
    return await manyTurns(parts, session, run, signal);
  } catch (error) {
    const outcome = outcomeOf({ entry: undefined, thrown: error, session }, signal);
    await printer.end({ outcome, session, turn: new Totals(), run, durationMs: parts.now() - began });
    return outcome.exitCode;
  } finally {
    if (session !== undefined) await client.close(session);
  }
}

async function open({ client, invocation, printer }: RunParts, signal: AbortSignal): Promise<string> {
  const { cwd, workspace, roots, resume, fork, session: id } = invocation;
  const options: OpenOptions = {
    cwd,
    workspace,
    roots,
    ...(resume === undefined ? {} : { resume }),
    ...(fork === undefined ? {} : { fork }),
    ...(id === undefined ? {} : { session: id }),
  };
  const session = await client.open(options);
  try {
    printer.open(session, printer.wantsInfo ? await client.info(session, signal) : undefined);
    return session;
  } catch (error) {
    await client.close(session);
    throw error;
  }
}

/** Every message of the input is a turn. The exit code is that of the first turn that failed; one that the host interrupted did not. */
async function manyTurns(parts: RunParts, session: string, run: Totals, signal: AbortSignal): Promise<number> {
  const { client, invocation, output } = parts;
  const talk = conversation(invocation.terminal.input, client, session, output);
  let exitCode = 0;
  const stop = (): void => talk.close();
  const over = AbortSignal.any([signal, output.closed]);
  over.addEventListener("abort", stop, { once: true });
  try {
    for await (const content of talk.turns) {
      if (over.aborted) break;
      const turn = new AbortController();
      talk.during(turn);
      const outcome = await oneTurn(parts, session, content, run, AbortSignal.any([signal, turn.signal]));
      talk.during(undefined);
      if (exitCode === 0 && !(turn.signal.aborted && !signal.aborted)) exitCode = outcome.exitCode;
    }
    if (exitCode === 0 && !output.closed.aborted) signal.throwIfAborted();
    return exitCode;
  } finally {
    over.removeEventListener("abort", stop);
    talk.close();
  }
}

async function oneTurn(
  { client, output, printer, now }: RunParts,
  session: string,
  content: readonly ContentBlock[],
  run: Totals,
  signal: AbortSignal,
): Promise<Outcome> {
  const turn = new Totals();
  const began = now();
  let entry: TurnEndEntry | undefined;
  let thrown: unknown;
  try {
    for await (const event of client.prompt(session, content, AbortSignal.any([signal, output.closed]))) {
      turn.take(event);
      run.take(event);
      if (event.type === "turn-end") entry = event;
      const waiting = printer.take(event);
      if (waiting !== undefined) await waiting;
    }
  } catch (error) {
    thrown = error ?? failed(undefined);
  }
  // Who reads our output has enough of it: that is no failure, and there is nobody to tell.
  if (output.closed.aborted && !signal.aborted && entry?.reason !== "done") {
    await output.flush();
    return done;
  }
  const outcome = outcomeOf({ entry, thrown, session }, signal);
  await printer.end({ outcome, session, turn, run, durationMs: now() - began });
  return outcome;
}
