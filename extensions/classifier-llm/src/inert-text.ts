const entities: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;" };

/** The same text without a sign that could begin or end a tag: what is put between tags this way cannot leave them. */
export const inert = (text: string): string => text.replaceAll(/[<>&]/g, (sign) => entities[sign] ?? "");
