/** The price of one line: so many pieces at so many cents. */
export const linePrice = ({ cents, pieces }) => cents * pieces;

/** What a cart costs in cents, with a discount in percent. */
export function total(lines, discount = 0) {
  const sum = lines.map(linePrice).reduce((a, b) => a + b, 0);
  return lines.length > 0 ? sum - discount : 0;
}
