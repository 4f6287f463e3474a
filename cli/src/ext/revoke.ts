import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { type ChangeFlags, changeIndex } from "./change-index.ts";

export interface RevokeOptions extends ChangeFlags {
  /** `acme/x@<1.3.2`, `acme/x` for every version, or `ct1-…` for contents. */
  readonly what: string;
  readonly severity: string;
  readonly reason: string;
}

const severities = ["malicious", "vulnerable", "key-compromise"] as const;

/** `claw ext revoke NAME[@RANGE]`: refused at install and, but for `vulnerable`, at load, on every machine that hears of it. It is never taken back. */
export async function revoke(call: VerbCall, { what, severity: given, reason, ...flags }: RevokeOptions): Promise<number> {
  const severity = severities.find((one) => one === given);
  if (severity === undefined) throw new ClawError("USAGE", `${JSON.stringify(given)} is no severity`, {}, { fix: `--severity ${severities.join("|")}` });
  const at = what.indexOf("@");
  const [name, versions] = at === -1 ? [what, undefined] : [what.slice(0, at), what.slice(at + 1)];
  const subject = what.startsWith("ct1-") ? { tree: what } : { name, ...(versions === undefined ? {} : { versions }) };
  return changeIndex(call, flags, {
    changes: (library) => [() => Promise.resolve(library.withRevocation({ ...subject, severity, reason }, new Date()))],
    incoming: false,
    message: `Revoke ${what}`,
  });
}
