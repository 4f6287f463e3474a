import type { Judgement } from "@claw/kernel";

/** What the lists say of a call; an `allow` holds only if these absolute paths are all really in the workspace. */
export interface Finding extends Judgement {
  readonly paths?: readonly string[];
}
