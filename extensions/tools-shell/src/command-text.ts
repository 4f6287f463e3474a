import { ClawError } from "@claw/kernel";

/**
 * What a person who is asked about a command cannot see, or sees in another place than the shell: controls, bidirectional
 * marks, zero-width characters, tags, fillers. Joiners and selectors stay: emoji are made with them.
 */
const HIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u00AD\u061C\u115F\u1160\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\u{E0000}-\u{E0FFF}]/u;

/** Refuses a command that is not what it looks like. */
export function requireVisible(command: string): void {
  const found = HIDDEN.exec(command);
  if (found === null) return;
  const name = `U+${(found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  throw new ClawError("TOOL_INPUT_INVALID", `the command holds the hidden character ${name} at ${found.index}`, { tool: "bash", problems: [`command: hidden character ${name}`] }, {
    fix: "leave it out, or write it as an escape such as $'\\u200b'",
  });
}
