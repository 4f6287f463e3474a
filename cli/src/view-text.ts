import { stripVTControlCharacters } from "node:util";
import type { ViewNode } from "@claw/kernel/host";

/** A view node as plain text, with a final newline and without the control sequences a model or a tool may have put in it. */
export const plainText = (node: ViewNode): string => stripVTControlCharacters(textOf(node)).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, "");

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

/** Columns as wide as their widest cell; the last one is never padded. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [columns, ...rows];
  const widths = columns.map((_column, index) => all.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), 0));
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
