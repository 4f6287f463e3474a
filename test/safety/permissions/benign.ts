import { onCommand } from "./scene.ts";

/** What a person who has allowed the usual things has allowed. */
export const benign: readonly string[] = [
  "Bash(echo:*)",
  "Bash(ls *)",
  "Bash(cat:*)",
  "Bash(git status)",
  "Bash(git status *)",
  "Bash(npm test)",
  "Bash(npm run build)",
  "Bash(touch a)",
];
const modes = ["prompt", "workspace-write"] as const;

/** Whether it runs unasked where some files may hold secrets. */
export const isRun = (command: string): boolean =>
  modes.some((mode) => onCommand(command, { mode, allow: benign, files: ["/w/f", "/w/.env", "/w/server.pem"] }).decision === "allow");
