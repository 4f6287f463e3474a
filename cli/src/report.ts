import { ClawError, exitCodeOf, type SettingsProblem } from "@claw/kernel/host";
import { printable } from "./printable.ts";

/** An error as people read it: what, why, the fix, the code. Never a stack, unless asked. */
export function errorText(error: unknown, debug: boolean): string {
  const known = ClawError.is(error) ? error : undefined;
  const message = error instanceof Error && error.message !== "" ? error.message : String(error);
  const lines = [`error: ${printable(message)}`];
  for (const problem of problemsOf(known)) lines.push(`  ${printable(problemText(problem))}`);
  const cause = causeOf(error);
  if (cause !== undefined) lines.push(`cause: ${printable(cause)}`);
  if (known?.fix !== undefined) lines.push(`fix: ${printable(known.fix)}`);
  lines.push(`code: ${known?.code ?? "INTERNAL"}`);
  if (debug && error instanceof Error && error.stack !== undefined) lines.push(error.stack);
  else if (known === undefined) lines.push("fix: run again with --debug and report what it prints");
  return `${lines.join("\n")}\n`;
}

/** The same for programs. */
export const errorRecord = (error: unknown): object => {
  const known = ClawError.is(error) ? error : undefined;
  const problems = problemsOf(known);
  return {
    type: "error", code: known?.code ?? "INTERNAL", message: error instanceof Error ? error.message : String(error), exit_code: exitCode(error),
    ...(known?.fix === undefined ? {} : { fix: known.fix }), ...(problems.length === 0 ? {} : { problems }),
  };
};

export const exitCode = (error: unknown): number => (ClawError.is(error) ? exitCodeOf(error.code) : 1);

const problemsOf = (error: ClawError | undefined): readonly SettingsProblem[] => (error !== undefined && ClawError.is(error, "SETTINGS_INVALID") ? error.data.problems : []);

const problemText = ({ file, line, key, message }: SettingsProblem): string =>
  `${file}${line === undefined ? "" : `:${line}`}: ${key === undefined || message.includes(`"${key.split(".").at(-1)}"`) ? "" : `${key} `}${message}`;

function causeOf(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error) || cause.message === "" || (error as Error).message.includes(cause.message)) return undefined;
  return cause.message;
}
