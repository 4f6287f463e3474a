import { ClawError } from "../errors.ts";
import { excerpt } from "../failure-message.ts";
import { isRecord, plainCopy } from "../plain-data.ts";
import { promptContent, toolResult } from "../sound-content.ts";
import type { HookName } from "./events.ts";
import { failure } from "./guarded.ts";
import type { StageRule } from "./table.ts";

/** A text that a hook adds to a conversation has at most this many characters. */
const mostResumeCharacters = 200_000;

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
      return { reason: excerpt(reason), ...(remember === undefined ? {} : { remember }) };
    default:
      return typeof reason === "string" ? { reason: excerpt(reason) } : undefined;
  }
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
