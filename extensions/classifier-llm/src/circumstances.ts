import type { Permissions, Sandbox } from "@claw/kernel";
import { cacheKey } from "./decision-cache.ts";

/** What a decision was made under. One made under others is not used again. */
export interface Circumstances {
  readonly mode: string;
  /** Of the rules in force, a digest. */
  readonly rules: string;
  readonly sandbox: string;
}

/** What a service cannot say is `unknown`. */
export async function circumstancesOf(
  session: string,
  permissions: Permissions | undefined,
  sandbox: Sandbox | undefined,
  signal: AbortSignal,
): Promise<Circumstances> {
  const status = sandbox?.status(signal).then(
    ({ state, backend }) => `${state} ${backend}`,
    () => "unknown",
  );
  return {
    mode: permissions?.mode(session).mode ?? "unknown",
    rules: permissions === undefined ? "unknown" : cacheKey({ rules: JSON.stringify(permissions.rules(session)) }),
    sandbox: (await status) ?? "unknown",
  };
}
