import type { ModelInfo, ModelRequest, ResolvedModel } from "@claw/kernel";
import type { Heard } from "./heard.ts";

/** `ok`: it does it. `no`: it was asked and does not. `failed`: that could not be found out. */
export type Result = "ok" | "no" | "failed";

export interface Outcome {
  readonly result: Result;
  /** Of anything but a plain `ok`. */
  readonly reason?: string;
}

/** The parts of a request that a probe says; the rest is the same in all. */
export type Question = Pick<ModelRequest, "messages"> & Partial<Omit<ModelRequest, "messages">>;

/** A model that is being probed. Every request costs its owner money. */
export interface ProbedModel {
  readonly model: ResolvedModel;
  /** Sends a request and hears all of the reply. Throws what the provider throws. */
  ask(question: Question): Promise<Heard>;
  /** Every reply so far. */
  readonly heard: readonly Heard[];
}

/** One thing to find out about a model. */
export interface Probe {
  readonly name: string;
  /** How many requests it takes at the most. */
  requests(info: ModelInfo): number;
  /** Tokens it sends beside the few of every request. */
  readonly inputTokens?: number;
  /** Tokens a reply to it may have, where thinking needs more than the usual. */
  readonly replyTokens?: number;
  /** What the registry says; undefined when it says nothing. */
  claim?(info: ModelInfo): boolean | undefined;
  /** The field that claim is from. */
  readonly fact?: keyof ModelInfo;
  run(model: ProbedModel): Promise<Outcome>;
}

export const ok: Outcome = { result: "ok" };
export const no = (reason: string): Outcome => ({ result: "no", reason });

/** `ok` if it holds; a reply that was cut short before it could hold says nothing. */
export function judged(holds: boolean, heard: Heard, otherwise: string): Outcome {
  if (holds) return ok;
  return heard.reason === "length" ? { result: "failed", reason: "its answer was cut off before it said so" } : no(otherwise);
}

export const user = (text: string): ModelRequest["messages"][number] => ({ role: "user", content: [{ type: "text", text }] });

/** What a model said, short enough for a line. */
export const quoted = (text: string): string => JSON.stringify(text.replaceAll(/\s+/g, " ").trim().slice(0, 60));
