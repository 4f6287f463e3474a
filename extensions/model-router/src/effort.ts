import { ClawError, type ResolvedModel } from "@claw/kernel";

/** Refuses a level of effort that a model does not have. */
export function requireEffort({ address, info }: ResolvedModel, effort: string | undefined): void {
  if (effort === undefined || hasEffort(info.efforts, effort)) return;
  const levels = info.efforts ?? [];
  const has = levels.length === 0 ? "no levels of effort" : `the levels ${levels.join(", ")}`;
  const fix = levels.length === 0 ? "leave --effort out" : `--effort ${levels.at(-1)}`;
  throw new ClawError("MODEL_REFUSED", `${address} has no effort "${effort}"; it has ${has}`, { kind: "effort" }, { fix });
}

export const hasEffort = (levels: readonly string[] | undefined, effort: string): boolean => levels?.includes(effort) === true;
