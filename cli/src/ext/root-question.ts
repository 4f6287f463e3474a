import { ClawError } from "@claw/kernel/host";
import type { VerbCall } from "../verbs/run.ts";
import { isYes, openAsking } from "./ask.ts";
import type { Client } from "./client.ts";
import { oneLine } from "./result.ts";

/** A fingerprint that is cut off or mistyped is a slip, and no marketplace with another root. */
export function checkFingerprint(given: string): void {
  if (/^sha256:[0-9a-f]{64}$/.test(given)) return;
  const message = `${JSON.stringify(given.slice(0, 120))} is no fingerprint of a root: that is sha256: and 64 digits of 0 to f`;
  throw new ClawError("USAGE", message, {}, { fix: "copy the whole of what its operator says" });
}

/** Nobody but the operator can say which root is theirs: the person compares. False where nobody is asked. */
export async function confirmedRoot(
  fingerprint: string,
  marketplace: string,
  { progress }: Pick<Client, "progress">,
  { terminal, signal }: Pick<VerbCall, "terminal" | "signal">,
): Promise<boolean> {
  progress.stop();
  if (!terminal.interactive) return false;
  terminal.say(
    `The root of ${oneLine(marketplace)} is\n  ${fingerprint}\nWhoever holds it decides whose extensions you are offered. Compare it with what its operator says.\n`,
  );
  return isYes(await openAsking(terminal, signal).line("Is it the same? [y/N] "));
}
