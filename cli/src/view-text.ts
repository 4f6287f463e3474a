import { stripVTControlCharacters } from "node:util";
import type { ViewNode } from "@claw/kernel/host";

/** Control characters, and those with which a line reads otherwise than it is written. */
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** A view node as plain text, with a final newline and without the control sequences a model or a tool may have put in it. */
export const plainText = (node: ViewNode): string => stripVTControlCharacters(textOf(node)).replace(unseen, "");

function textOf(node: ViewNode): string {
  switch (node.type) {
    case "markdown":
    case "code":
      return `${node.text.trimEnd()}\n`;
    case "diff":
      return `${node.patch.trimEnd()}\n`;
    case "status":
      return `${node.level === "info" ? "" : `${node.level}: `}${node.text}\n`;
    case "table":
      return table(node.columns, node.rows);
    default:
      return node satisfies never;
  }
}

/** Columns as wide as their widest cell; the last one is never padded. Cells that do not fit into `room` characters a line are cut with an ellipsis. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[], room = Number.POSITIVE_INFINITY): string {
  const whole = [columns, ...rows];
  const widths = fitted(
    columns.map((_column, index) => whole.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), 0)),
    room,
  );
  const all = whole.map((row) => row.map((cell, index) => cut(cell, widths[index] ?? 0)));
  return all
    .map(
      (row) =>
        `${columns
          .map((_column, index) => (index === columns.length - 1 ? (row[index] ?? "") : (row[index] ?? "").padEnd(widths[index] ?? 0)))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}

/** Two spaces between columns. */
const between = 2;
/** Less of a description or of an origin says nothing; names are cut last, as they are what is typed. */
const fewest = { last: 12, middle: 6, first: 8 } as const;

/** Widths of columns that fit into a line: the last one gives way first, then the widest in between, then the first. */
function fitted(widths: readonly number[], room: number): readonly number[] {
  const fit = [...widths];
  let over = fit.reduce((sum, width) => sum + width + between, -between) - room;
  const shrink = (index: number, least: number): void => {
    const width = fit[index] ?? 0;
    const by = Math.min(Math.max(0, width - least), Math.max(0, over));
    fit[index] = width - by;
    over -= by;
  };
  const last = fit.length - 1;
  shrink(last, fewest.last);
  const middle = fit.map((_width, index) => index).slice(1, -1);
  for (const index of middle.toSorted((a, b) => (fit[b] ?? 0) - (fit[a] ?? 0))) shrink(index, fewest.middle);
  if (last > 0) shrink(0, fewest.first);
  return fit;
}

const cut = (cell: string, width: number): string => (cell.length <= width ? cell : `${cell.slice(0, Math.max(0, width - 1)).trimEnd()}…`);
