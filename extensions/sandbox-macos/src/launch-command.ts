import type { Profile } from "./profile.ts";

/** The program behind its wall: the profile and each path are arguments of their own, no text is put together of them. */
export function commandFor(sandboxExec: string, { text, parameters }: Profile, command: readonly string[]): readonly string[] {
  return [sandboxExec, "-p", text, ...Object.entries(parameters).flatMap(([name, value]) => ["-D", `${name}=${value}`]), "--", ...command];
}
