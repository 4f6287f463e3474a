import { ClawError } from "@claw/kernel";

/** What a line of `claw perm test --json` cannot mean, in words. */
export const wrong = (message: string): ClawError<"USAGE"> =>
  new ClawError("USAGE", message, { hint: '{"tool":"bash","input":{"command":"ls"},"mode":"prompt","workspace":"."}' });
