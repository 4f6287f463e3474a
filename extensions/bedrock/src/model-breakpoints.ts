import type { Message } from "@claw/kernel";
import { type Breakpoints, cacheBreakpoints } from "@claw/kernel/kit";
import type { BedrockModel } from "./models.ts";

/** The one policy, as far as a model's prompt cache has a place for it. */
export const breakpointsOf =
  ({ caching, cachedTools = true }: BedrockModel) =>
  (roles: readonly Message["role"][]): Breakpoints => {
    if (caching !== "breakpoints") return { tools: false, system: false, turns: [] };
    const breakpoints = cacheBreakpoints(roles);
    return { ...breakpoints, tools: breakpoints.tools && cachedTools };
  };
