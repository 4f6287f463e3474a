/** Names and codes, one word: what is meant for machines. A text or a path is none. */
export const wordOf = (value: unknown): string | undefined => fitting(value, /^[A-Za-z0-9][\w.:@-]{0,127}$/);

/** `scope/name`, `provider/model` and the like. One that begins like a path is none. */
export const addressOf = (value: unknown): string | undefined => fitting(value, /^[A-Za-z0-9](?:[\w.@-]|:(?![\\/])){0,99}(?:\/[\w.:@-]{1,100}){0,4}$/);

/** A few words, such as the event and the stage where something went wrong. */
export const wordsOf = (value: unknown): string | undefined => fitting(value, /^[A-Za-z0-9][\w.:@-]{0,63}(?: [\w.:@-]{1,128}){0,3}$/);

const fitting = (value: unknown, shape: RegExp): string | undefined => (typeof value === "string" && shape.test(value) ? value : undefined);
