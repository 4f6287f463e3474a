import { type Html, html, outward } from "./html.ts";

/** Every quantifier here has a limit, so that no text of an author's takes long. */
const image = /!\[([^[\]\n]{0,300})\]\([^()\n]{0,2000}\)/y;
const link = /\[((?:!\[[^[\]\n]{0,300}\]\([^()\s]{0,2000}\)|[^[\]\n]|\n(?!\n)){1,300})\]\(\s{0,8}<?([^\s<>()]{1,2000})>?(?:\s{1,8}"[^"\n]{0,300}")?\s{0,8}\)/y;
const strong = /(\*\*|__)(?=\S)((?:(?!\1)[^]){1,400}?)(?<=\S)\1/y;
const emphasis = /([*_])(?![\s*_])((?:(?!\1)[^]){1,400}?)(?<=\S)\1(?![\p{L}\d])/uy;
const bracketed = /<(https:\/\/[^\s<>]{1,2000})>/y;
const bare = /https:\/\/[^\s<>"'`|\\]{1,2000}/y;
const plain = /[^\\`![*_<h \n]+/y;
const punctuation = /[!-/:-@[-`{-~]/;
const deepest = 4;

/** Text within a paragraph: code, emphasis, links to https. Everything else is the text itself, HTML too. */
export function inline(text: string, depth: number = 0): Html {
  const parts: Html[] = [];
  const missing = new Set<number>();
  let pending = "";
  const flush = (): void => {
    if (pending !== "") parts.push(html`${pending}`);
    pending = "";
  };
  const put = (part: Html, length: number): number => {
    flush();
    parts.push(part);
    return length;
  };
  for (let at = 0; at < text.length;) {
    const found = (pattern: RegExp): RegExpExecArray | undefined => {
      pattern.lastIndex = at;
      return pattern.exec(text) ?? undefined;
    };
    const taken = ((): number => {
      switch (text[at]) {
        case "\\": {
          const next = text[at + 1] ?? "";
          if (next === "\n") return put(html`<br />`, 2);
          if (!punctuation.test(next)) return 0;
          pending += next;
          return 2;
        }
        case "`": {
          const code = codeAt(text, at, missing);
          return code === undefined ? 0 : put(html`<code>${code.text}</code>`, code.length);
        }
        case "!": {
          const match = found(image);
          return match === undefined ? 0 : put(html`<span class="image">${match[1] ?? ""}</span>`, match[0].length);
        }
        case "[": {
          const match = depth < deepest ? found(link) : undefined;
          return match === undefined ? 0 : put(outward(match[2] ?? "", unlinked(inline(match[1] ?? "", deepest))), match[0].length);
        }
        case "*":
        case "_": {
          if (depth >= deepest || (text[at] === "_" && /[\p{L}\d]/u.test(text[at - 1] ?? ""))) return 0;
          const both = found(strong);
          if (both !== undefined) return put(html`<strong>${inline(both[2] ?? "", depth + 1)}</strong>`, both[0].length);
          const match = found(emphasis);
          return match === undefined ? 0 : put(html`<em>${inline(match[2] ?? "", depth + 1)}</em>`, match[0].length);
        }
        case "<": {
          const match = depth < deepest ? found(bracketed) : undefined;
          return match === undefined ? 0 : put(outward(match[1] ?? "", match[1] ?? ""), match[0].length);
        }
        case "h": {
          const match = depth < deepest ? found(bare) : undefined;
          if (match === undefined) return 0;
          const address = withoutTail(match[0]);
          return put(outward(address, address), address.length);
        }
        case " ":
          return text.startsWith("  \n", at) ? put(html`<br />`, 3) : 0;
        default:
          return 0;
      }
    })();
    if (taken > 0) at += taken;
    else {
      const run = found(plain)?.[0] ?? text[at] ?? "";
      pending += run;
      at += run.length;
    }
  }
  flush();
  return { markup: parts.map(({ markup }) => markup).join("") };
}

/** A code span: up to the next run of as many backticks. Where there was none once, there is none further on. */
function codeAt(text: string, at: number, missing: Set<number>): { readonly text: string; readonly length: number } | undefined {
  let ticks = 1;
  while (text[at + ticks] === "`") ticks += 1;
  if (missing.has(ticks)) return undefined;
  for (let start = at + ticks; ;) {
    const close = text.indexOf("`", start);
    if (close === -1) break;
    let run = 1;
    while (text[close + run] === "`") run += 1;
    if (run === ticks)
      return {
        text: text
          .slice(at + ticks, close)
          .replaceAll("\n", " ")
          .replace(/^ (.*\S.*) $/, "$1"),
        length: close + run - at,
      };
    start = close + run;
  }
  missing.add(ticks);
  return undefined;
}

/** What ends a sentence after an address belongs to the sentence. */
function withoutTail(address: string): string {
  let end = address.length;
  while (end > 0 && ".,;:!?)]*_".includes(address[end - 1] ?? "")) end -= 1;
  return address.slice(0, end);
}

/** A link holds no other. */
const unlinked = (words: Html): Html => words;
