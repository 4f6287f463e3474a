/** The paths that a Markdown text imports with `@path`, each once, in order. Code, quoted or fenced, and comments import nothing. */
export function importsOf(markdown: string): readonly string[] {
  const prose = withoutSpans(withoutComments(withoutFences(markdown)));
  const found = [...prose.matchAll(/(?<=^|\s)@((?:\\ |\S)+)/g)].map(([, token = ""]) => withoutPunctuation(token).replaceAll("\\ ", " "));
  return [...new Set(found)].filter((path) => /^[\w./~-]/.test(path));
}

/** The end of a sentence is no part of a path. */
function withoutPunctuation(token: string): string {
  let end = token.length;
  while (end > 0 && `.,;:!?)]}'"*_>`.includes(token.charAt(end - 1))) end -= 1;
  return token.slice(0, end);
}

function withoutFences(markdown: string): string {
  let fence: string | undefined;
  return markdown
    .split("\n")
    .map((line) => {
      const [, mark, rest = ""] = /^[\s>]*(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
      if (fence === undefined) {
        // A fence of backticks cannot have one after it: that line is a span.
        if (mark === undefined || (mark.startsWith("`") && rest.includes("`"))) return line;
        fence = mark;
        return "";
      }
      if (mark?.startsWith(fence) === true && rest.trim() === "") fence = undefined;
      return "";
    })
    .join("\n");
}

function withoutComments(markdown: string): string {
  let text = "";
  let at = 0;
  for (;;) {
    const start = markdown.indexOf("<!--", at);
    const end = start < 0 ? -1 : markdown.indexOf("-->", start + 4);
    if (end < 0) return text + markdown.slice(at);
    text += `${markdown.slice(at, start)} `;
    at = end + 3;
  }
}

/** A span ends at the next run of exactly as many backticks, in its own paragraph; without one it is text. */
function withoutSpans(markdown: string): string {
  return markdown
    .split(/\n[ \t]*\n/)
    .map((paragraph) => {
      const runs = [...paragraph.matchAll(/`+/g)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
      const closers = closersOf(runs);
      let text = "";
      let at = 0;
      for (const [index, run] of runs.entries()) {
        const closer = closers[index];
        if (run.start < at || closer === undefined) continue;
        text += `${paragraph.slice(at, run.start)}\``;
        at = closer.end;
      }
      return text + paragraph.slice(at);
    })
    .join("\n\n");
}

interface Run {
  readonly start: number;
  readonly end: number;
}

/** For each run, the next one of its length. */
function closersOf(runs: readonly Run[]): readonly (Run | undefined)[] {
  const next = new Map<number, Run>();
  return runs
    .toReversed()
    .map((run) => {
      const length = run.end - run.start;
      const closer = next.get(length);
      next.set(length, run);
      return closer;
    })
    .toReversed();
}
