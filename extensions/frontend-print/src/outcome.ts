import { ClawError, exitCodeOf, type LimitName, type TurnEndEntry } from "@claw/kernel";
import { oneLine } from "./visible.ts";

/** What went wrong, for a person and for a program. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly cause?: string;
  readonly fix?: string;
}

/** How a turn ended. */
export interface Outcome {
  readonly reason: TurnEndEntry["reason"];
  readonly exitCode: number;
  readonly limit?: LimitName;
  readonly failure?: Failure;
}

export const done: Outcome = { reason: "done", exitCode: 0 };

const limitCode = 6;
const limits: Readonly<Record<LimitName, string>> = { steps: "number of model requests", time: "time", tokens: "number of tokens", money: "budget" };
/** What raises them. */
const raisedBy: Readonly<Record<LimitName, string>> = { steps: "--max-turns", time: "--timeout", tokens: "--max-tokens", money: "--max-budget-usd" };
const longestCause = 500;

export interface TurnEnd {
  readonly entry: TurnEndEntry | undefined;
  readonly thrown: unknown;
  /** The session's id, once there is one. */
  readonly session: string | undefined;
}

/** How a turn ended, from its last entry and what it threw. An abort is no failure, whatever was thrown after it. */
export function outcomeOf({ entry, thrown, session }: TurnEnd, signal: AbortSignal): Outcome {
  if (entry?.reason === "limit") return limitReached(entry.limit ?? "steps", entry.message, session);
  if (entry?.reason === "aborted" || (thrown !== undefined && signal.aborted)) return aborted(signal.reason, session);
  if (thrown !== undefined) return failed(thrown);
  if (entry?.reason === "failed") return failed(new Error(entry.message ?? "the turn failed"), entry.code);
  return done;
}

const goOn = (session: string | undefined): { readonly fix?: string } => (session === undefined ? {} : { fix: `claw --resume ${session} -p "go on"` });

function limitReached(limit: LimitName, said: string | undefined, session: string | undefined): Outcome {
  const { fix } = goOn(session);
  return {
    reason: "limit",
    exitCode: limitCode,
    limit,
    failure: {
      code: "LIMIT_REACHED",
      message: said === undefined ? `the turn reached its limit: ${limits[limit]}` : oneSentence(said),
      ...(fix === undefined ? {} : { fix: `${fix}, with ${raisedBy[limit]} if it needs more` }),
    },
  };
}

/** 128 and the signal's number, as shells count. */
const signalCodes: Readonly<Record<string, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

function aborted(reason: unknown, session: string | undefined): Outcome {
  const name = signalOf(reason);
  const message = name === "SIGINT" ? "the run was interrupted" : `the run was ended by ${name}`;
  return { reason: "aborted", exitCode: signalCodes[name] ?? 130, failure: { code: "ABORTED", message, ...goOn(session) } };
}

/** The name of the signal an abort stands for: the reason is an error that carries it as `signal`. */
function signalOf(reason: unknown): string {
  const name = typeof reason === "object" && reason !== null && "signal" in reason ? reason.signal : undefined;
  return typeof name === "string" && name in signalCodes ? name : "SIGINT";
}

/** A failure of whatever was thrown. Something that is no ClawError is a defect, and still one sentence. */
export function failed(error: unknown, known?: string): Outcome {
  const message = oneSentence(error instanceof Error ? error.message : String(error));
  if (!ClawError.is(error)) {
    const code = known ?? "INTERNAL";
    return { reason: "failed", exitCode: exitCodeOf(code), failure: { code, message: message === "" ? "something failed without saying why" : message } };
  }
  const cause = error.cause instanceof Error ? oneSentence(error.cause.message) : "";
  const fix = error.fix ?? (ClawError.is(error, "USAGE") ? error.data.hint : undefined);
  return {
    reason: "failed",
    exitCode: exitCodeOf(error.code),
    failure: { code: error.code, message, ...(cause === "" || message.includes(cause) ? {} : { cause }), ...(fix === undefined ? {} : { fix }) },
  };
}

const oneSentence = (text: string): string => oneLine(text.replaceAll(/\s*\n\s*/g, " "), longestCause);

/** A failure as lines for standard error. */
export const failureLines = ({ code, message, cause, fix }: Failure): readonly string[] => [
  `error: ${message}`,
  ...(cause === undefined ? [] : [`cause: ${cause}`]),
  ...(fix === undefined ? [] : [`fix: ${fix}`]),
  `code: ${code}`,
];
