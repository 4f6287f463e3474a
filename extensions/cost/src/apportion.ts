/**
 * A whole number shared out by weights into whole numbers that sum up to it: each gets its part rounded down, and what is left goes one by one
 * to those whose part was cut the most. Nothing is shared out where nobody has any weight.
 */
export function apportion(total: number, weights: readonly (readonly [string, number])[]): readonly (readonly [string, number])[] {
  const sum = weights.reduce((all, [, weight]) => all + BigInt(weight), 0n);
  if (sum === 0n) return [];
  const parts = weights.map(([name, weight], index) => {
    const product = BigInt(total) * BigInt(weight);
    return { name, index, whole: Number(product / sum), rest: product % sum };
  });
  const left = total - parts.reduce((all, { whole }) => all + whole, 0);
  const favoured = new Set(
    parts
      .toSorted((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))
      .slice(0, left)
      .map(({ index }) => index),
  );
  return parts.map(({ name, index, whole }) => [name, whole + (favoured.has(index) ? 1 : 0)] as const);
}
