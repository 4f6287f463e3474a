import { ClawError, type ResolvedModel } from "@claw/kernel";
import { effortLevels, loweredEffort } from "@claw/kernel/kit";

/** What a model is asked with in place of the effort that was wanted. */
export interface FittedEffort {
  /** Absent when the model is asked without one. */
  readonly effort?: string;
  /** Says, after the model's name, what became of the effort, when that is something else. */
  readonly lowered?: string;
}

/**
 * The effort a model is asked with: the one wanted if it has it. Where the person allows it, otherwise the strongest of its levels
 * that is no stronger, or none of a model without levels. Throws MODEL_REFUSED with what it has.
 */
export function fittedEffort(model: ResolvedModel, effort: string | undefined, mayLower: boolean): FittedEffort {
  const levels = model.info.efforts ?? [];
  if (effort === undefined) return {};
  if (levels.includes(effort)) return { effort };
  const isKnown = (effortLevels as readonly string[]).includes(effort);
  if (mayLower && isKnown) {
    const lower = loweredEffort(effort, levels);
    if (lower !== undefined) return { effort: lower, lowered: `with the effort "${lower}" in place of "${effort}"` };
    if (levels.length === 0) return { lowered: `without the effort "${effort}": it has no levels of effort` };
  }
  throw refused(model, effort, levels);
}

/** A model that is asked beside the one whose effort it is: what it lacks is left out, and that is said. */
export function spareEffort(model: ResolvedModel, effort: string | undefined): FittedEffort {
  const isKnown = (effortLevels as readonly string[]).includes(effort ?? "");
  const lower = effort === undefined || !isKnown ? undefined : loweredEffort(effort, model.info.efforts ?? []);
  if (effort === undefined || model.info.efforts?.includes(effort) === true || lower !== undefined) return fittedEffort(model, effort, true);
  return { lowered: `without the effort "${effort}", which it does not have` };
}

function refused({ address }: ResolvedModel, effort: string, levels: readonly string[]): ClawError<"MODEL_REFUSED"> {
  const has = levels.length === 0 ? "no levels of effort" : `the levels ${levels.join(", ")}`;
  const isKnown = (effortLevels as readonly string[]).includes(effort);
  const fix = levels.length === 0 ? "leave --effort out" : `--effort ${isKnown ? (loweredEffort(effort, levels) ?? levels[0]) : levels.join(", or ")}`;
  return new ClawError("MODEL_REFUSED", `${address} has no effort "${effort}"; it has ${has}`, { kind: "effort" }, { fix });
}
