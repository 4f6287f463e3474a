import type { Exit } from "@claw/kernel";

/** How a command ended, as one line for the model; undefined when it ended well. */
export function endingOf({ code, signal, timedOut }: Exit, timeoutMs: number | undefined): string | undefined {
  if (timedOut) return `stopped: it took longer than ${timeoutMs} ms; a longer timeout or run_in_background lets it go on`;
  if (signal !== null) return `killed by ${signal}`;
  if (code === 0) return undefined;
  return `exit status ${code}${code === 127 ? ": command not found" : code === 126 ? ": not executable" : ""}`;
}

export const detailsOf = ({ code, signal, timedOut, contained, backend, denials }: Exit): object => ({
  exitCode: code,
  signal,
  timedOut,
  contained,
  ...(backend === undefined ? {} : { backend }),
  ...(denials === undefined ? {} : { denials }),
});

/** What a command that ended by itself should have done otherwise. */
export const hintOf = ({ signal, timedOut, leftBehind }: Exit): string | undefined =>
  leftBehind === true && signal === null && !timedOut ? "the programs it left running were stopped with it; run_in_background keeps one running" : undefined;

/** Output and remarks as one text, never empty. */
export function report(output: string, ...remarks: readonly (string | undefined)[]): string {
  const said = remarks
    .filter((remark) => remark !== undefined)
    .map((remark) => `[${remark}]`)
    .join("\n");
  const text = output.trimEnd() === "" ? "(no output)" : output.trimEnd();
  return said === "" ? text : `${text}\n${said}`;
}
