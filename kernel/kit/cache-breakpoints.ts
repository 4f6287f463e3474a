import type { Message } from "../src/contracts/message.ts";
import type { Breakpoints } from "./wire-anthropic/encode.ts";

/**
 * The one policy of where a prompt cache is read from and written to: after the tools, after the system prompt and after the last
 * two user turns. The later of the two writes what the next request reads, the earlier reads what the last request wrote. The APIs
 * that want breakpoints allow four.
 */
export function cacheBreakpoints(roles: readonly Message["role"][]): Breakpoints {
  const users = roles.flatMap((role, index) => (role === "user" ? [index] : []));
  return { tools: true, system: true, turns: users.slice(-2) };
}
