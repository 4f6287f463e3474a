import type { HookName } from "./events.ts";

/** What a fault of a tap (a throw, a time-out, a nonsense answer) means for the event. */
export type FaultPolicy = "block" | "ask" | "skip";

export interface StageRule {
  /** The tapable shape: `bail` ends at the first answer, `waterfall` gives each tap the last one's result, `series` takes no answers. */
  readonly shape: "bail" | "waterfall" | "series";
  readonly answers: readonly string[];
  readonly fault: FaultPolicy;
  readonly timeoutMs: number;
}

const guard = { shape: "bail", answers: ["block"], fault: "block", timeoutMs: 5_000 } as const;
const observe = { shape: "series", answers: [], fault: "skip", timeoutMs: 5_000 } as const;

/** The eleven events: per stage, its shape, what it may answer, what a fault means and how long one tap may take. */
export const hookTable: { readonly [E in HookName]: Readonly<Record<string, StageRule>> } = {
  UserPromptSubmit: { guard, rewrite: { shape: "bail", answers: ["rewrite"], fault: "skip", timeoutMs: 5_000 }, observe },
  PreToolUse: {
    guard,
    rewrite: { shape: "bail", answers: ["rewrite"], fault: "block", timeoutMs: 5_000 },
    // A classifier may ask a model: longer than the rest.
    decide: { shape: "waterfall", answers: ["allow", "ask", "deny"], fault: "ask", timeoutMs: 30_000 },
    observe,
  },
  PostToolUse: { rewrite: { shape: "waterfall", answers: ["rewrite"], fault: "skip", timeoutMs: 5_000 }, observe },
  PostToolUseFailure: { rewrite: { shape: "bail", answers: ["rewrite"], fault: "skip", timeoutMs: 5_000 }, observe },
  PreCompact: { guard: { ...guard, fault: "skip" }, observe },
  PostCompact: { observe },
  Stop: { decide: { shape: "bail", answers: ["resume"], fault: "skip", timeoutMs: 30_000 }, observe },
  PrePluginInstall: { guard, observe },
  PostPluginInstall: { observe },
  PrePluginUninstall: { guard, observe },
  PostPluginUninstall: { observe },
};

export const hookNames = Object.keys(hookTable) as readonly HookName[];
