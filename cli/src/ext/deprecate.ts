import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { type ChangeFlags, changeIndex } from "./change-index.ts";

export interface DeprecateOptions extends ChangeFlags {
  readonly name: string;
  readonly reason?: string | undefined;
  readonly undo: boolean;
}

/** `claw ext deprecate NAME`: says why it should not be used any more, and stops nobody. */
export async function deprecate(call: VerbCall, { name, reason, undo, ...flags }: DeprecateOptions): Promise<number> {
  if (!undo && reason === undefined) throw new ClawError("USAGE", "people are told what to use instead", {}, { fix: "--reason TEXT" });
  return changeIndex(call, flags, {
    changes: (library) => [() => Promise.resolve(library.withDeprecation(name, undo ? undefined : reason))],
    incoming: false,
    message: `${undo ? "Undeprecate" : "Deprecate"} ${name}`,
  });
}
