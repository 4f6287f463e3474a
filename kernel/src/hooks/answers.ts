import type { Spending } from "../contracts/permission.ts";
import type { Containment, DeniedPaths } from "../contracts/sandbox.ts";
import { ClawError } from "../errors.ts";
import { excerpt } from "../failure-message.ts";
import { isRecord, plainCopy, plainOrNothing } from "../plain-data.ts";
import { promptContent, soundUsage, toolResult } from "../sound-content.ts";
import type { HookName } from "./events.ts";
import { failure } from "./guarded.ts";
import type { StageRule } from "./table.ts";

/** A text that a hook adds to a conversation has at most this many characters. */
const mostResumeCharacters = 200_000;
/** What an opinion says of how it came to be has at most this many characters. */
const mostDetailCharacters = 100_000;
/** Nobody asks more models about one call. */
const mostSpending = 64;

/**
 * What a tap answered, as a frozen copy: what is judged by it can change no more. Throws EXTENSION_FAILED when it is none of
 * what its stage allows.
 */
export function soundAnswer(extension: string, event: HookName, stage: string, rule: StageRule, answer: unknown): object | undefined {
  if (answer === undefined || rule.shape === "series") return undefined;
  const at = `${event} ${stage}`;
  const action = isRecord(answer) ? answer["action"] : undefined;
  if (!isRecord(answer) || typeof action !== "string" || !rule.answers.includes(action)) {
    throw new ClawError("EXTENSION_FAILED", `${extension} answered ${at} with something that is none of: ${rule.answers.join(", ")}`, { extension, at });
  }
  let sound;
  try {
    sound = soundFields(event, action, answer);
  } catch (error) {
    throw failure(extension, at, error);
  }
  if (sound === undefined) throw new ClawError("EXTENSION_FAILED", `${extension} answered ${at} with a ${action} that is none`, { extension, at });
  return Object.freeze({ action, ...sound });
}

function soundFields(event: HookName, action: string, answer: Readonly<Record<string, unknown>>): object | undefined {
  const { reason, remember, text, value } = answer;
  switch (action) {
    case "rewrite": {
      const sound = rewritten(event, value);
      return sound === undefined ? undefined : { value: sound, ...(typeof reason === "string" ? { reason: excerpt(reason) } : {}) };
    }
    case "resume":
      return typeof text === "string" && text.trim() !== "" && text.length <= mostResumeCharacters ? { text: text.toWellFormed() } : undefined;
    case "ask":
      if (typeof reason !== "string" || (remember !== undefined && (typeof remember !== "string" || remember !== excerpt(remember)))) return undefined;
      return { reason: excerpt(reason), ...(remember === undefined ? {} : { remember }), ...soundLuggage(answer) };
    default:
      return typeof reason === "string" ? { reason: excerpt(reason), ...soundLuggage(answer) } : undefined;
  }
}

/** What comes with an opinion. Details that are too long are left out: they explain, and decide nothing. A containment that is none is refused. */
function soundLuggage({ details, containment, spent }: Readonly<Record<string, unknown>>): object {
  const copy = details === undefined ? undefined : plainOrNothing(details);
  const kept = isRecord(copy)
    ? JSON.stringify(copy).length <= mostDetailCharacters
      ? copy
      : { leftOut: `more than ${mostDetailCharacters} characters` }
    : undefined;
  return {
    ...(kept === undefined ? {} : { details: kept }),
    ...(containment === undefined ? {} : { containment: soundContainment(containment) }),
    ...(spent === undefined ? {} : { spent: soundSpending(spent) }),
  };
}

function soundSpending(value: unknown): readonly Spending[] {
  const copy = plainCopy(value);
  if (!Array.isArray(copy) || copy.length > mostSpending) throw new TypeError("what it spent is no list");
  return copy.map((one) => {
    if (!isRecord(one) || typeof one["model"] !== "string" || !isRecord(one["usage"])) throw new TypeError("what it spent is nothing a model used");
    return { model: excerpt(one["model"]), usage: soundUsage(one["usage"]) };
  });
}

const isList = (value: unknown): value is readonly string[] => Array.isArray(value) && value.every((one) => typeof one === "string");

function soundContainment(value: unknown): Containment {
  const copy = plainCopy(value);
  if (isRecord(copy)) {
    if (copy["type"] === "free") return { type: "free" };
    const { type, hosts, writable, readable, denied, onlyReads = false, required } = copy;
    const isSound =
      (hosts === "any" || isList(hosts)) && isList(writable) && isList(readable) && typeof onlyReads === "boolean" && typeof required === "boolean";
    if (type === "contained" && isSound)
      return {
        type,
        hosts,
        writable,
        readable,
        ...(denied === undefined ? {} : { denied: soundDenied(denied) }),
        ...(onlyReads ? { onlyReads } : {}),
        required,
      };
  }
  throw new TypeError("its containment is none");
}

function soundDenied(value: unknown): DeniedPaths {
  if (isRecord(value) && isList(value["read"]) && isList(value["write"])) return { read: value["read"], write: value["write"] };
  throw new TypeError("what its containment denies is no list of paths");
}

function rewritten(event: HookName, value: unknown): unknown {
  switch (event) {
    case "UserPromptSubmit":
      return promptContent(value);
    case "PreToolUse": {
      const input = plainCopy(value);
      return isRecord(input) ? input : undefined;
    }
    // PostToolUse says that the model sees a success; nobody can make a failure of it any more.
    case "PostToolUse":
      return isRecord(value) && value["failed"] === true ? undefined : resultOf(value);
    case "PostToolUseFailure":
      return resultOf(value);
    default:
      return undefined;
  }
}

const resultOf = (value: unknown): unknown => (isRecord(value) ? toolResult(value) : undefined);
