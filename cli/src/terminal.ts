import { fstatSync } from "node:fs";
import { ClawError, type Terminal } from "@claw/kernel/host";
import type { Environment } from "./paths.ts";

/** The standard streams of this process. A reader that goes away is OUTPUT_CLOSED, once, and never a crash. */
export function openTerminal(environment: Environment, color: boolean | undefined): Terminal {
  const { stdin, stdout, stderr } = process;
  let failure: ClawError | undefined;
  stdout.on("error", () => undefined);
  stderr.on("error", () => undefined);
  return {
    async write(text) {
      if (failure !== undefined) throw failure;
      await new Promise<void>((resolve, reject) => {
        stdout.write(text, (error) => {
          if (error === null || error === undefined) resolve();
          else reject((failure ??= failureOf(error)));
        });
      });
    },
    say: (text) => void stderr.write(text),
    get input(): AsyncIterable<Uint8Array> {
      return stdin as AsyncIterable<Uint8Array>;
    },
    interactive: isInteractive(environment),
    outputIsTerminal: stdout.isTTY === true,
    piped: hasData(),
    color: color ?? colorOf(environment, stderr.isTTY === true),
    columns: columnsOf(environment["COLUMNS"]) ?? stderr.columns ?? stdout.columns ?? 80,
  };
}

/** Whether somebody can be asked: standard input and error are terminals, and nobody says that this is a machine's work. */
export const isInteractive = (environment: Environment): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true && !isSet(environment["CI"]);

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "" && value !== "0" && value !== "false";

/** What a person or a script says of the width counts before what the terminal says. */
const columnsOf = (value: string | undefined): number | undefined => (/^[1-9]\d{0,3}$/.test(value ?? "") ? Number(value) : undefined);

/** `NO_COLOR` and `TERM=dumb` take colour away, `FORCE_COLOR` and `CLICOLOR_FORCE` give it. */
function colorOf(environment: Environment, terminal: boolean): boolean {
  if (isSet(environment["FORCE_COLOR"]) || isSet(environment["CLICOLOR_FORCE"])) return true;
  return terminal && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
}

/** A pipe, a file or a socket carries data; a terminal, /dev/null and a closed descriptor do not. */
function hasData(): boolean {
  try {
    const about = fstatSync(0);
    return about.isFIFO() || about.isFile() || about.isSocket();
  } catch {
    return false;
  }
}

function failureOf(error: NodeJS.ErrnoException): ClawError {
  if (error.code === "EPIPE" || error.code === "ERR_STREAM_DESTROYED") return new ClawError("OUTPUT_CLOSED", "nobody reads the output any more", {});
  return new ClawError(
    "OUTPUT_FAILED",
    `standard output cannot be written: ${error.code === "ENOSPC" ? "the disk is full" : error.message}`,
    {},
    { cause: error },
  );
}
