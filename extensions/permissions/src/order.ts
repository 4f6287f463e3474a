import { answerOf, isUnderCeiling, type Mode, type Scene } from "./modes.ts";

/** Somebody else's opinion on the call: a hook's or a classifier's. */
export interface Voice {
  readonly author: string;
  readonly decision: "allow" | "ask" | "deny";
  readonly reason: string;
}

/** All that decides one part of a call. Rules are given as their text. */
export interface Facts extends Scene {
  readonly mode: Mode;
  readonly tool: string;
  /** The part as a rule would name it: `bash(npm test)`. */
  readonly what: string;
  readonly deny?: string | undefined;
  readonly ask?: string | undefined;
  readonly allow?: string | undefined;
  /** Why it is asked about whatever the rules allow: a protected path, or a command that cannot be read. */
  readonly caution?: string | undefined;
  /** Whether it is proven only because the wall stands. */
  readonly walled?: boolean;
  /** What it may destroy, as far as it is named. */
  readonly destroys?: readonly string[];
  /** What it wants beyond the sandbox, in words: asked about for exactly that. */
  readonly wants?: string | undefined;
  /** Hooks, and the classifiers that may not allow. */
  readonly voices: readonly Voice[];
  /** The classifiers that may allow; undefined while they have not been asked. */
  readonly judges?: readonly Voice[] | undefined;
  /** Whether somebody can be asked. The kernel knows for certain; a caller that does not says true. */
  readonly asker: boolean;
  /** What is worth knowing besides, such as where a link leads. */
  readonly because?: string | undefined;
  /** The narrowest rule that would have allowed it. */
  readonly remember?: string | undefined;
}

/** The steps of the order, by their names. */
export type OrderStep = "deny" | "ceiling" | "danger" | "ask" | "allow" | "mode";

export interface Verdict {
  readonly step: OrderStep;
  /** `classify`: the classifiers that may allow must be asked first. */
  readonly decision: "allow" | "ask" | "deny" | "classify";
  readonly reason: string;
  readonly remember?: string;
}

/** More names than these are not read. */
const mostShown = 5;

const strictness = ["deny", "ask", "classify", "allow"] as const;

/** The most restrictive of several; of equals the first. */
export const strictest = (verdicts: readonly Verdict[]): Verdict | undefined =>
  strictness.map((decision) => verdicts.find((verdict) => verdict.decision === decision)).find((found) => found !== undefined);

/** The order of decision, the same in every mode: the first step that answers wins. */
export function order(facts: Facts): Verdict {
  const verdict = firstAnswer(facts);
  const canAsk = facts.asker && facts.mode !== "dont-ask";
  if (verdict.decision !== "ask" || canAsk) return verdict;
  return { step: verdict.step, decision: "deny", reason: `${verdict.reason}; ${facts.asker ? "dont-ask never asks" : "nobody can be asked here"}` };
}

function firstAnswer(facts: Facts): Verdict {
  const { mode, what, voices } = facts;
  const voice = (decision: Voice["decision"]): Voice | undefined => voices.find((one) => one.decision === decision);

  if (facts.deny !== undefined) return { step: "deny", decision: "deny", reason: `denied by rule ${facts.deny}` };
  const denying = voice("deny");
  if (denying !== undefined) return { step: "deny", decision: "deny", reason: `denied by ${denying.author}: ${denying.reason}` };

  if (!isUnderCeiling(mode, facts))
    return { step: "ceiling", decision: "deny", reason: `${facts.tool} requires workspace-write permission or more; current mode is ${mode}` };

  if (mode === "danger-full-access") return { step: "danger", decision: "allow", reason: `mode is ${mode}` };

  if (facts.ask !== undefined) return { step: "ask", decision: "ask", reason: `rule ${facts.ask} asks first` };
  if (facts.caution !== undefined) return { step: "ask", decision: "ask", reason: facts.caution };
  const asking = voice("ask");
  if (asking !== undefined) return { step: "ask", decision: "ask", reason: `${asking.author} asks: ${asking.reason}` };

  if (facts.allow !== undefined) return { step: "allow", decision: "allow", reason: `allowed by rule ${facts.allow}` };
  const allowing = voice("allow");
  if (allowing !== undefined) return { step: "allow", decision: "allow", reason: `allowed by ${allowing.author}: ${allowing.reason}` };

  const answer = answerOf(mode, facts);
  if (answer === "classify") return classified(facts);
  if (answer === "allow") return { step: "mode", decision: "allow", reason: `mode is ${mode}` };
  const reason =
    answer === "ask" && facts.destructive && mode !== "prompt" && mode !== "read-only"
      ? `${what} may destroy ${facts.destroys === undefined || facts.destroys.length === 0 ? "work" : facts.destroys.slice(0, mostShown).join(", ")}`
      : `no rule allows ${what}${because(facts)}; current mode is ${mode}`;
  return answer === "deny" || facts.remember === undefined
    ? { step: "mode", decision: answer, reason }
    : { step: "mode", decision: answer, reason, remember: facts.remember };
}

const because = ({ because: text, wants }: Facts): string => {
  const said = [text, wants === undefined ? undefined : `it ${wants}`].filter((one) => one !== undefined);
  return said.length === 0 ? "" : ` (${said.join("; ")})`;
};

/** Mode `auto` on what is neither proven harmless nor contained: it is the classifiers' to say. */
function classified(facts: Facts): Verdict {
  const { what, judges, remember } = facts;
  const asked = (reason: string): Verdict => ({ step: "mode", decision: "ask", reason, ...(remember === undefined ? {} : { remember }) });
  if (judges === undefined) return { step: "mode", decision: "classify", reason: `${what} is the classifiers' to judge` };
  const strict = (["deny", "ask", "allow"] as const).map((decision) => judges.find((one) => one.decision === decision)).find((one) => one !== undefined);
  if (strict === undefined)
    return asked(
      facts.wants === undefined ? `no rule allows ${what}${because(facts)} and no classifier judged it; current mode is auto` : `${what} ${facts.wants}`,
    );
  if (strict.decision === "ask") return asked(`${strict.author} asks: ${strict.reason}`);
  return { step: "mode", decision: strict.decision, reason: `${strict.decision === "deny" ? "denied" : "allowed"} by ${strict.author}: ${strict.reason}` };
}
