import { ClawError, exitCodeOf, type SettingsProblem } from "@claw/kernel/host";
import type { Manner } from "./manner.ts";
import { jsonLine, printable } from "./printable.ts";

/** Says an error in the manner of the run: on standard error for people, as data on standard output for programs. */
export function reportError(error: unknown, { debug, form }: Manner): void {
  // Where data goes is what failed: then at least people hear of it.
  if (form === "text" || ClawError.is(error, "OUTPUT_FAILED")) process.stderr.write(errorText(error, debug));
  else process.stdout.write(jsonLine(form === "record" ? errorRecord(error) : errorResult(error)));
}

/** An error as people read it: what, why, the fix, the code. Never a stack, unless asked. */
export function errorText(error: unknown, debug: boolean): string {
  const known = ClawError.is(error) ? error : undefined;
  const lines = [`error: ${below(messageOf(error))}`];
  for (const problem of problemsOf(known)) lines.push(`  ${below(problemText(problem))}`);
  const cause = causeOf(error);
  if (cause !== undefined) lines.push(`cause: ${below(cause)}`);
  const fix = fixOf(known);
  if (fix !== undefined) lines.push(`fix: ${below(fix)}`);
  lines.push(`code: ${known?.code ?? "INTERNAL"}`);
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  else if (known === undefined) lines.push("fix: run again with --debug and report what it prints");
  return `${lines.join("\n")}\n`;
}

/** What follows a line feed is set in, so that no text of a stranger begins a line that says `fix:`. */
const below = (text: string): string => printable(text).replaceAll("\n", "\n    ");

/** The same for programs. */
export const errorRecord = (error: unknown): object => ({ type: "error", ...about(error), exit_code: exitCode(error) });

/** The same as the result of a prompt that never became a turn. */
export const errorResult = (error: unknown): object => ({
  type: "result",
  subtype: "error_during_execution",
  is_error: true,
  num_turns: 0,
  errors: [messageOf(error)],
  error: about(error),
  exit_code: exitCode(error),
  session_id: null,
});

function about(error: unknown): object {
  const known = ClawError.is(error) ? error : undefined;
  const problems = problemsOf(known);
  const fix = fixOf(known);
  return {
    code: known?.code ?? "INTERNAL",
    message: messageOf(error),
    ...(fix === undefined ? {} : { fix }),
    ...(problems.length === 0 ? {} : { problems }),
  };
}

/** What to do; of words that a command does not take, how it is used. */
const fixOf = (error: ClawError | undefined): string | undefined =>
  error?.fix ?? (error !== undefined && ClawError.is(error, "USAGE") ? error.data.hint : undefined);

export const exitCode = (error: unknown): number => (ClawError.is(error) ? exitCodeOf(error.code) : 1);

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message === "" ? "something failed without saying why" : message;
}

const problemsOf = (error: ClawError | undefined): readonly SettingsProblem[] =>
  error !== undefined && ClawError.is(error, "SETTINGS_INVALID") ? error.data.problems : [];

const problemText = ({ file, line, key, message }: SettingsProblem): string =>
  `${file}${line === undefined ? "" : `:${line}`}: ${key === undefined || message.includes(`"${key.split(".").at(-1)}"`) ? "" : `${key} `}${message}`;

function causeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error) || cause.message === "" || (error as Error).message.includes(cause.message)) return undefined;
  return cause.message;
}
