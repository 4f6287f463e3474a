/** Text that is HTML already. Only `html` makes it, so nothing unescaped gets into a page by mistake. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | undefined | readonly Html[];

/** All that is not drawn, or turns what follows around: it is spelled out, as it is in a terminal. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{DI}]/gu;
/** Joiners and selectors are what emoji are made of. */
const emojiPart = /^[\u200d\ufe0e\ufe0f]$/;
const emoji = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f]$/u;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** A text of anybody's as HTML that shows it and does nothing, between tags and in quoted attributes alike. */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(unseen, (character, at: number, whole: string) => {
      if (character === "\n" || character === "\t") return character;
      if (emojiPart.test(character) && emoji.test(whole.slice(Math.max(0, at - 2), at))) return character;
      return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
    })
    .replace(/[&<>"']/g, (character) => entities[character] ?? "");

/** HTML from a template: what is put into it is escaped, unless it is `Html` itself. The template's own indentation is left out. */
export const html = (fixed: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  markup: fixed.reduce((whole, text, index) => `${whole}${index === 0 ? "" : markupOf(parts[index - 1])}${text.replace(/\s*\n\s*/g, "\n")}`, ""),
});

function markupOf(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  if ("markup" in part) return part.markup;
  return part.map(({ markup }) => markup).join("");
}

export const joined = (parts: readonly Html[], between: string): Html => ({ markup: parts.map(({ markup }) => markup).join(escaped(between)) });

/** An address that a page may link to: https and nothing else, no password in it. */
export function linkable(address: string): URL | undefined {
  const url = URL.parse(address);
  return url !== null && url.protocol === "https:" && url.username === "" && url.password === "" ? url : undefined;
}

/** A link out of the site; text where the address is none to link to. Where the words look like another address, the true host stands beside them. */
export function outward(address: string, words: Html | string): Html {
  const url = linkable(address);
  const shown = typeof words === "string" ? html`${words}` : words;
  if (url === undefined) return shown;
  const plain = shown.markup.replace(/<[^>]*>/g, "");
  // As a word of its own: `t.co` is in `microsoft.com` too.
  const tells = new RegExp(`(?<![\\p{L}\\d.-])${RegExp.escape(url.host)}(?![\\p{L}\\d.-])`, "u").test(plain);
  const claims = /[\p{L}\d-]\.\p{L}/u.test(plain) && !tells;
  return html`<a href="${url.href}" rel="nofollow noopener noreferrer">${shown}</a>${claims ? html` <small>(${url.host})</small>` : undefined}`;
}
