import { type Charge, type Tokens, tokensOf } from "./charges.ts";

/** Sums of charges; whole numbers, so that they are exact in any order. */
export interface Totals extends Tokens {
  readonly requests: number;
  /** Billionths of a dollar of those whose price was known; undefined when there are none. */
  readonly nano: number | undefined;
  /** How many requests' tokens had no price, and how many requests reported no tokens. */
  readonly unpriced: number;
  readonly unreported: number;
}

export const nothing: Totals = { requests: 0, input: 0, read: 0, write: 0, output: 0, nano: undefined, unpriced: 0, unreported: 0 };

export function sumOf(charges: readonly Charge[]): Totals {
  return charges.reduce((sum, charge) => {
    const tokens = tokensOf(charge);
    return {
      requests: sum.requests + (charge.kind === "retried" ? 0 : 1),
      input: sum.input + tokens.input,
      read: sum.read + tokens.read,
      write: sum.write + tokens.write,
      output: sum.output + tokens.output,
      nano: charge.nano === undefined ? sum.nano : (sum.nano ?? 0) + charge.nano,
      unpriced: sum.unpriced + (isUnpriced(charge) ? 1 : 0),
      unreported: sum.unreported + (charge.tokens === undefined ? 1 : 0),
    };
  }, nothing);
}

export const isUnpriced = ({ tokens, nano }: Charge): boolean => tokens !== undefined && nano === undefined;

/** The part of the input that came from a cache; undefined where there was none. */
export function hitRate({ input, read, write }: Tokens): number | undefined {
  const all = input + read + write;
  return all === 0 ? undefined : read / all;
}

/** Charges by a name of theirs, the dearest group first. */
export function groupedBy(charges: readonly Charge[], nameOf: (charge: Charge) => string): readonly (readonly [string, Totals])[] {
  return [...Map.groupBy(charges, nameOf)].map(([name, group]) => [name, sumOf(group)] as const).toSorted(dearestFirst);
}

export const dearestFirst = (
  [one, a]: readonly [string, Tokens & Pick<Totals, "nano">],
  [other, b]: readonly [string, Tokens & Pick<Totals, "nano">],
): number => (b.nano ?? -1) - (a.nano ?? -1) || sizeOf(b) - sizeOf(a) || (one < other ? -1 : 1);

const sizeOf = ({ input, read, write, output }: Tokens): number => input + read + write + output;
