import { ClawError } from "@claw/kernel";
import { controlCharacters, hiddenCharacters } from "@claw/kernel/kit";

/** What a person who is asked about a command cannot see. Joiners and selectors stay: emoji and words of some scripts are made with them. */
const HIDDEN = new RegExp(`(?!\\r)[${controlCharacters}${hiddenCharacters}]`, "u");

/** Refuses a command that is not what it looks like. */
export function requireVisible(command: string): void {
  const found = HIDDEN.exec(command);
  if (found === null) return;
  const name = `U+${(found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
  throw new ClawError(
    "TOOL_INPUT_INVALID",
    `the command holds the hidden character ${name} at ${found.index}`,
    { tool: "bash", problems: [`command: hidden character ${name}`] },
    {
      fix: "leave it out, or write it as an escape such as $'\\u200b'",
    },
  );
}
