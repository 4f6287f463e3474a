import { ClawError, type Host, type Settings } from "@claw/kernel";
import { modeOf } from "./modes.ts";
import type { Start } from "./permissions.ts";

/**
 * Refuses to begin without walls and questions where nobody can have meant it: malware starts the agent that its victim has, with the flag that skips
 * everything. Who has it in their own settings may, a person at a terminal may, and scripts of whoever has written that they may. Never inside claw's own
 * sandbox, whoever asks. A program that embeds claw has no settings: it says itself what it means.
 */
export function requireMeant({ mode, source }: Start, settings: Settings | undefined, host: Host): void {
  if (mode !== "danger-full-access") return;
  if (host.environment["CLAW_SANDBOX"] !== undefined)
    throw new ClawError(
      "PERMISSION_MODE_FORBIDDEN",
      "claw does not begin in danger-full-access inside its own sandbox",
      { mode },
      { fix: "leave out what asks for it" },
    );
  if (settings === undefined || host.interactive === true || isTheirs(settings)) return;
  throw new ClawError(
    "PERMISSION_MODE_FORBIDDEN",
    `danger-full-access was asked for (${source}), and no person is at a terminal`,
    { mode },
    { fix: 'write "permissions": { "dangerWithoutTerminal": true } into your settings.json if scripts of yours may' },
  );
}

/** A file that is named on the command line is the command line's. */
const isTheirs = (settings: Settings): boolean =>
  ["dangerWithoutTerminal", "dangerouslySkipPermissions"].some((key) => settings.origins(key).some(({ layer, value }) => layer === "user" && value === true)) ||
  settings.origins("defaultMode").some(({ layer, value }) => layer === "user" && typeof value === "string" && isDanger(value));

function isDanger(mode: string): boolean {
  try {
    return modeOf(mode) === "danger-full-access";
  } catch {
    return false;
  }
}
