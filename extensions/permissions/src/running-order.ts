/** What leaves it in doubt where a quoted text ends. */
const tangled = /[`#]|\$[({']|[<>]\(|<</;
/** Text in quotes, and signs behind a backslash. */
const quoted = /\\[^]|'[^']*'|"(?:[^"\\]|\\[^])*"/g;
/** Pipes, what runs beside the rest, loops, functions, substitutions, groups of their own. */
const unordered = /(?<!\|)\|(?!\|)|(?<![&<>])&(?![&>])|[`({]|\b(?:coproc|do|for|function|select|until|while)\b/;

/** Whether some command of a text may run before one that stands in front of it. Where that is not plain, it may. */
export const isOutOfOrder = (text: string): boolean => unordered.test(tangled.test(text) ? text : text.replaceAll(quoted, "q"));
