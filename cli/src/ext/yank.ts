import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { type ChangeFlags, changeIndex } from "./change-index.ts";

export interface YankOptions extends ChangeFlags {
  /** `acme/x@1.0.0` */
  readonly version: string;
  readonly reason?: string | undefined;
  readonly undo: boolean;
}

/** `claw ext yank NAME@VERSION`: it is never chosen anew; whoever has it keeps it, with a warning. */
export async function yank(call: VerbCall, { version: given, reason, undo, ...flags }: YankOptions): Promise<number> {
  const [name = "", version = ""] = given.split("@");
  if (version === "") throw new ClawError("USAGE", `which version of ${name}?`, {}, { fix: `claw ext yank ${name}@1.0.0 --reason TEXT --to FOLDER` });
  if (!undo && reason === undefined) throw new ClawError("USAGE", "people are told why a version is not to be used", {}, { fix: "--reason TEXT" });
  const about = { name, version, reason: undo ? undefined : reason, now: new Date() };
  return changeIndex(call, flags, {
    changes: (library) => [async (manifestOf) => library.withYank(await manifestOf(name), about)],
    incoming: false,
    message: `${undo ? "Unyank" : "Yank"} ${given}`,
  });
}
