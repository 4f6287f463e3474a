import type { ToolSpec } from "@claw/kernel";
import type { Link } from "./prefix-history.ts";

/** Whose the bytes are that nobody can be named for: a tool's that is not offered any more. */
const nobody = "unknown";
const systemOwner = "system-prompt";

/** Bytes of a history by whose they are, kept up link by link. Results count by the name of the tool until they are shared out. */
export class Tally {
  #person = 0;
  #model = 0;
  readonly #tools = new Map<string, number>();

  copy(): Tally {
    const tally = new Tally();
    tally.#person = this.#person;
    tally.#model = this.#model;
    for (const [name, bytes] of this.#tools) tally.#tools.set(name, bytes);
    return tally;
  }

  /** Counts the links from `from` on, or with `sign` -1 takes them out again. */
  count(links: readonly Link[], from: number, sign: 1 | -1): void {
    for (let index = from; index < links.length; index += 1) {
      for (const { by, call = "", bytes } of links[index]?.facts.parts ?? []) {
        if (by === "person") this.#person += sign * bytes;
        else if (by === "model") this.#model += sign * bytes;
        else {
          // The answer to a call stands in the message after it.
          const name = links[index - 1]?.facts.calls.get(call) ?? "";
          this.#tools.set(name, (this.#tools.get(name) ?? 0) + sign * bytes);
        }
      }
    }
  }

  /** Everybody's bytes of a request: tools and their results are their owner's. */
  shares(tools: ReadonlyMap<string, number>, systemBytes: number, specs: readonly ToolSpec[]): Readonly<Record<string, number>> {
    const shares = new Map(tools);
    const add = (who: string, bytes: number): void => void (bytes > 0 && shares.set(who, (shares.get(who) ?? 0) + bytes));
    add(systemOwner, systemBytes);
    add("person", this.#person);
    add("model", this.#model);
    for (const [name, bytes] of this.#tools) add(ownerOf(called(name, specs)), bytes);
    return Object.fromEntries(shares);
  }
}

export const ownerOf = (spec: ToolSpec | undefined): string => spec?.owner ?? nobody;

/** Models write a name in another case at times, or one that they know a tool by from elsewhere, and are understood. */
function called(name: string, specs: readonly ToolSpec[]): ToolSpec | undefined {
  const wanted = name.toLowerCase();
  return (
    specs.find((spec) => spec.name === name) ??
    specs.find((spec) => spec.name.toLowerCase() === wanted) ??
    specs.find((spec) => spec.aliases?.some((alias) => alias.toLowerCase() === wanted))
  );
}
