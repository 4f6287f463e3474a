import { type Html, html } from "./html.ts";
import { inline } from "./inline-markdown.ts";

const mostCharacters = 128 * 1024;
const deepest = 6;

const fence = /^ {0,3}(`{3,}|~{3,})/;
const heading = /^ {0,3}(#{1,6})(?:[ \t]|$)/;
const rule = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
const quote = /^ {0,3}> ?/;
const marker = /^( {0,3})([-*+]|\d{1,9}[.)])(?: {1,4}|\t|$)/;
const comment = /^ {0,3}<!--[^>]{0,200}-->[ \t]*$/;
const delimiters = /^ {0,3}\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-+:?[ \t]*\|?[ \t]*$/;

const startsBlock = (line: string): boolean => [fence, heading, rule, quote, marker, comment].some((pattern) => pattern.test(line));
const isBlank = (line: string): boolean => line.trim() === "";

/**
 * A README as HTML: headings, paragraphs, lists, quotes, code, tables, links to https. Whatever else is in it is shown as text; no HTML of an
 * author's is ever passed on. Headings begin below the page's own.
 */
export function markdown(source: string): Html {
  const cut = source.length > mostCharacters;
  const lines = source.slice(0, mostCharacters).replaceAll("\r\n", "\n").replaceAll("\t", "    ").split("\n");
  return html`${blocks(lines, 0)}${cut ? html`<p><em>The rest is in the package.</em></p>` : undefined}`;
}

function blocks(lines: readonly string[], depth: number): Html {
  const out: Html[] = [];
  for (let at = 0; at < lines.length;) {
    const [block, taken] = blockAt(lines, at, depth);
    if (block !== undefined) out.push(block);
    at += taken;
  }
  return html`${out}`;
}

type Block = readonly [block: Html | undefined, lines: number];

function blockAt(lines: readonly string[], at: number, depth: number): Block {
  const line = lines[at] ?? "";
  if (isBlank(line) || comment.test(line)) return [undefined, 1];
  if (fence.test(line)) return fenced(lines, at);
  const [, hashes] = heading.exec(line) ?? [];
  if (hashes !== undefined) return [headed(hashes.length, line.trim()), 1];
  if (rule.test(line)) return [html`<hr />`, 1];
  if (depth < deepest && quote.test(line)) {
    const inner = run(lines, at, (each) => quote.test(each));
    return [
      html`<blockquote>
        ${blocks(
          inner.map((each) => each.replace(quote, "")),
          depth + 1,
        )}
      </blockquote>`,
      inner.length,
    ];
  }
  if (depth < deepest && marker.test(line)) return listAt(lines, at, depth);
  if (line.startsWith("    ")) {
    const inner = run(lines, at, (each) => each.startsWith("    "));
    return [html`<pre tabindex="0"><code>${inner.map((each) => each.slice(4)).join("\n")}</code></pre>`, inner.length];
  }
  if (line.includes("|") && (lines[at + 1] ?? "").includes("-") && (lines[at + 1] ?? "").length < 2000 && delimiters.test(lines[at + 1] ?? ""))
    return tableAt(lines, at);
  const inner = [line, ...run(lines, at + 1, (each) => !isBlank(each) && !startsBlock(each))];
  return [html`<p>${inline(inner.map((each) => each.trimStart()).join("\n"))}</p>`, inner.length];
}

function run(lines: readonly string[], from: number, belongs: (line: string) => boolean): readonly string[] {
  let end = from;
  while (end < lines.length && belongs(lines[end] ?? "")) end += 1;
  return lines.slice(from, end);
}

function fenced(lines: readonly string[], at: number): Block {
  const [, ticks = ""] = fence.exec(lines[at] ?? "") ?? [];
  const inner = run(
    lines,
    at + 1,
    (line) => !(line.trimEnd().length <= ticks.length + 64 && line.trim().startsWith(ticks) && line.trim() === ticks[0]?.repeat(line.trim().length)),
  );
  return [html`<pre tabindex="0"><code>${inner.join("\n")}</code></pre>`, inner.length + 2];
}

function headed(level: number, line: string): Html {
  let text = line.slice(level).trim();
  let end = text.length;
  while (text[end - 1] === "#") end -= 1;
  if (end === 0 || text[end - 1] === " ") text = text.slice(0, end).trimEnd();
  const words = inline(text);
  // The page has a level for itself and one for the section in which a README stands.
  switch (level) {
    case 1:
      return html`<h3>${words}</h3>`;
    case 2:
      return html`<h4>${words}</h4>`;
    case 3:
      return html`<h5>${words}</h5>`;
    default:
      return html`<h6>${words}</h6>`;
  }
}

function listAt(lines: readonly string[], from: number, depth: number): Block {
  const kind = (line: string): string => (/\d/.test(marker.exec(line)?.[2] ?? "") ? "ol" : "ul");
  const [, , first = ""] = marker.exec(lines[from] ?? "") ?? [];
  const ordered = kind(lines[from] ?? "");
  const items: (readonly string[])[] = [];
  let at = from;
  while (at < lines.length && marker.test(lines[at] ?? "") && kind(lines[at] ?? "") === ordered && !rule.test(lines[at] ?? "")) {
    const [whole = ""] = marker.exec(lines[at] ?? "") ?? [];
    const indent = " ".repeat(whole.trimEnd().length + 1);
    const item = [(lines[at] ?? "").slice(whole.length)];
    for (at += 1; at < lines.length; at += 1) {
      const line = lines[at] ?? "";
      const continues = line.startsWith(indent) || (!isBlank(line) && !isBlank(lines[at - 1] ?? "") && !startsBlock(line));
      const spaced = isBlank(line) && (lines[at + 1] ?? "").startsWith(indent);
      if (!continues && !spaced) break;
      item.push(line.startsWith(indent) ? line.slice(indent.length) : line.trimStart());
    }
    items.push(item);
    // A blank line between two items leaves them in one list.
    if (isBlank(lines[at] ?? "x") && marker.test(lines[at + 1] ?? "") && kind(lines[at + 1] ?? "") === ordered) at += 1;
  }
  const shown = items.map((item) => html`<li>${isOneParagraph(item) ? inline(item.map((line) => line.trimStart()).join("\n")) : blocks(item, depth + 1)}</li>`);
  const start = Number.parseInt(first, 10);
  if (ordered === "ul")
    return [
      html`<ul>
        ${shown}
      </ul>`,
      at - from,
    ];
  return [
    start === 1
      ? html`<ol>
          ${shown}
        </ol>`
      : html`<ol start="${start}">
          ${shown}
        </ol>`,
    at - from,
  ];
}

const isOneParagraph = (lines: readonly string[]): boolean =>
  lines.every((line) => !isBlank(line) && !startsBlock(line) && !line.startsWith("    ") && !line.includes("|"));

function tableAt(lines: readonly string[], at: number): Block {
  const rows = run(lines, at + 2, (line) => !isBlank(line) && line.includes("|"));
  const head = cellsOf(lines[at] ?? "").map((cell) => html`<th scope="col">${inline(cell)}</th>`);
  const body = rows.map(
    (row) =>
      html`<tr>
        ${cellsOf(row).map((cell) => html`<td>${inline(cell)}</td>`)}
      </tr>`,
  );
  return [
    html`<div class="scroll" role="group" aria-label="Table" tabindex="0">
      <table>
        <thead>
          <tr>
            ${head}
          </tr>
        </thead>
        <tbody>
          ${body}
        </tbody>
      </table>
    </div>`,
    rows.length + 2,
  ];
}

/** A `|` in code or behind a backslash is none between cells. */
function cellsOf(line: string): readonly string[] {
  const cells = [""];
  let inCode = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] ?? "";
    if (character === "`") inCode = !inCode;
    if (character === "\\" && line[at + 1] === "|") {
      cells[cells.length - 1] += "|";
      at += 1;
    } else if (character === "|" && !inCode) cells.push("");
    else cells[cells.length - 1] += character;
  }
  const trimmed = cells.map((cell) => cell.trim());
  if (trimmed[0] === "") trimmed.shift();
  if (trimmed.at(-1) === "") trimmed.pop();
  return trimmed;
}
