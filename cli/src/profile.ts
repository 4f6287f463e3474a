import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ClawError, nearest, type SettingsProblem } from "@claw/kernel/host";
import { programFolder } from "./paths.ts";
import { type SettingsFile, readSettingsFile } from "./settings-file.ts";

/** The files a profile is made of, the one it extends first. */
export function profileChain(name: string, configFolder: string, problems: SettingsProblem[]): readonly SettingsFile[] {
  const chain: SettingsFile[] = [];
  const seen = new Set<string>();
  for (let next: string | undefined = name; next !== undefined;) {
    if (seen.has(next)) {
      problems.push({ file: next, message: `the profile ${next} extends itself` });
      break;
    }
    seen.add(next);
    const file = readSettingsFile(profileFile(next, configFolder), problems);
    if (file === undefined) break;
    chain.unshift(file);
    const base: unknown = file.values["extends"];
    next = typeof base === "string" ? base : undefined;
  }
  return chain;
}

/** The person's own profiles come before those that come with claw. */
function profileFile(name: string, configFolder: string): string {
  const folders = [join(configFolder, "profiles"), join(programFolder, "profiles")];
  const found = /^[a-z0-9][a-z0-9-]*$/.test(name) ? folders.map((folder) => join(folder, `${name}.json`)).find((file) => existsSync(file)) : undefined;
  if (found !== undefined) return found;
  const known = folders.flatMap((folder) => (existsSync(folder) ? readdirSync(folder) : [])).map((file) => file.replace(/\.json$/, ""));
  const near = nearest(name, known)[0];
  throw new ClawError(
    "USAGE",
    `there is no profile ${JSON.stringify(name)}${near === undefined ? `; there are ${[...new Set(known)].sort().join(", ")}` : `; did you mean ${near}?`}`,
    {},
  );
}
