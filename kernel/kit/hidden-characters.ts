/** Characters that show nothing, as parts of a character class in a regular expression with the flag `u`. */

/** C0 and C1 controls but for line feed and tab. */
export const controlCharacters = String.raw`\u0000-\u0008\u000B-\u001F\u007F-\u009F`;

/** Soft hyphens, bidirectional marks, zero-width characters, fillers, separators, tags: nobody means to write them. */
export const hiddenCharacters = String.raw`\u00AD\u034F\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF0-\uFFFB\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}`;

/** Joiners and selectors: hidden too, but what emoji and some scripts are made with. */
export const joiningCharacters = String.raw`\u200C\u200D\uFE00-\uFE0F`;

/** Embeddings, overrides and isolates, with which a line reads otherwise than it is written (Unicode TR9; "Trojan Source"). Marks of direction are not among them. */
export const reorderingCharacters = String.raw`\u202A-\u202E\u2066-\u2069`;
