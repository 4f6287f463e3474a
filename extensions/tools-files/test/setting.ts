import { ClawError, type Processes } from "@claw/kernel";
import { load, realProcesses, type Loaded } from "@claw/testing";
import { rgPath } from "@vscode/ripgrep";
import extension from "../src/index.ts";

/** Starts the ripgrep of the npm package, as claw's own folder of programs would. */
export const ripgrep = (): Processes => {
  const { start } = realProcesses();
  return { start: ([program = "", ...rest], options, call) => start([program === "rg" ? rgPath : program, ...rest], options, call) };
};

/** The file tools over a folder with files. */
export const fileTools = async (files: Readonly<Record<string, string>> = {}, processes: Processes = ripgrep()): Promise<Loaded> =>
  await load(extension, { files, services: { processes } });

/** What a call that fails says. */
export async function failureOf(attempt: Promise<unknown>): Promise<string> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!ClawError.is(error)) throw new Error("expected a ClawError", { cause: error });
  return `${error.code}: ${error.message}${error.fix === undefined ? "" : ` (${error.fix})`}`;
}
