/** A text that another one hands to a shell is not read past this. */
export const longestQuoted = 8_192;

/** Past these a text is not parsed at all: it would take too long, and nothing this long is judged by its text. */
const limits = { total: 65_536, characters: 16_384, openers: 160, product: 200_000, closed: 600 } as const;

/** What may begin something that the rest of the text is inside of, in the group; in front of it, what is certain to end where it stands. */
const opener = /\$\{\w*\}|\$\((?![\w ./:=%+-]* in )[\w ./:=%+-]*\)|(\$[({[]|`|[<>]\(|\(\(|<<)/g;
const quotedDocument = /<<-?[ \t]*(?:'([^'\n]+)'|"([^"\n$`\\]+)"|\\(\w+))/g;

/** Whether a text can be parsed in the time that there is. Documents in it that nothing expands cost nothing. */
export function isParsable(text: string): boolean {
  if (text.length > limits.total) return false;
  const dense = text.length > 1024 && text.includes("<<") ? withoutDocuments(text) : text;
  if (dense.length > limits.characters) return false;
  if (dense.length < 512) return true;
  let openers = 0;
  let closed = 0;
  opener.lastIndex = 0;
  for (let found = opener.exec(dense); found !== null; found = opener.exec(dense)) {
    if (found[1] === undefined) closed += 1;
    else openers += 1;
    if (closed > limits.closed || openers > limits.openers || openers * dense.length > limits.product) return false;
  }
  return true;
}

function withoutDocuments(text: string): string {
  let left = "";
  let from = 0;
  for (const found of text.matchAll(quotedDocument)) {
    if (found.index < from) continue;
    const delimiter = found[1] ?? found[2] ?? found[3] ?? "";
    const body = text.indexOf("\n", found.index);
    const end = body === -1 ? -1 : text.indexOf(`\n${delimiter}\n`, body);
    const last = end === -1 && body !== -1 && text.endsWith(`\n${delimiter}`) ? text.length - delimiter.length - 1 : end;
    if (body === -1 || last === -1) continue;
    left += text.slice(from, body + 1);
    from = last;
  }
  return left + text.slice(from);
}
