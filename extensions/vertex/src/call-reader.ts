import type { CallBlock } from "@claw/kernel";
import { type FailureContext, type Fields, isJsonObject, stampedLuggage, stringOf } from "@claw/kernel/kit";
import { PartialArguments } from "./partial-arguments.ts";

/** A call whose arguments still come. */
interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly pieces: PartialArguments;
  signature: unknown;
  isWhole: boolean;
}

/** Makes calls of the `functionCall` parts of one reply: most are whole, those whose arguments stream come in several. */
export class CallReader {
  readonly #context: Pick<FailureContext, "provider" | "model">;
  #open: OpenCall | undefined;
  #count = 0;

  constructor(context: Pick<FailureContext, "provider" | "model">) {
    this.#context = context;
  }

  /** How many calls there were. */
  get count(): number {
    return this.#count;
  }

  /** The calls that a part completes. One without an id of the server's is given one that the reply's id makes the same each time. */
  read({ id, name, args, partialArgs, willContinue }: Fields, signature: unknown, replyId: string | undefined): readonly CallBlock[] {
    const given = stringOf(id);
    const named = stringOf(name);
    const before = this.#isOther(given, named) ? this.end() : [];
    // The end of what never began.
    if (this.#open === undefined && named === "") return before;
    this.#open ??= this.#begin(given === "" ? `${replyId ?? "call"}_${this.#count}` : given, named);
    const call = this.#open;
    call.signature ??= signature;
    if (Array.isArray(partialArgs)) for (const piece of partialArgs) call.isWhole = call.pieces.add(piece) && call.isWhole;
    if (willContinue === true) return before;
    this.#open = undefined;
    const input = args === undefined || args === null ? call.pieces.value : args;
    return [...before, this.#block(call, input)];
  }

  /** A call that the reply ended in the middle of: it never runs. */
  end(): readonly CallBlock[] {
    const call = this.#open;
    if (call === undefined) return [];
    this.#open = undefined;
    call.isWhole = false;
    return [this.#block(call, call.pieces.value)];
  }

  #isOther(id: string, name: string): boolean {
    const open = this.#open;
    return open !== undefined && ((id !== "" && id !== open.id) || (name !== "" && name !== open.name));
  }

  #begin(id: string, name: string): OpenCall {
    this.#count += 1;
    return { id, name, pieces: new PartialArguments(), signature: undefined, isWhole: true };
  }

  #block({ id, name, signature, isWhole }: OpenCall, input: unknown): CallBlock {
    const { provider, model } = this.#context;
    return {
      type: "tool-call",
      id,
      name,
      ...(isWhole && isJsonObject(input) ? { input } : { input: {}, malformed: textOf(input) }),
      ...(typeof signature === "string" && signature !== "" ? { luggage: stampedLuggage(provider, model, { thoughtSignature: signature }) } : {}),
    };
  }
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  try {
    return JSON.stringify(value);
  } catch {
    return "(nested too deeply)";
  }
}
