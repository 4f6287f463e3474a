import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { ClawError, type SettingsProblem } from "@claw/kernel/host";
import { type Arguments, isOn } from "./args.ts";
import type { Installed } from "./installed.ts";
import { type Setting, type SettingsCatalogue, settingsOfFile } from "./layers.ts";
import type { Folders } from "./paths.ts";
import { printable } from "./printable.ts";
import { projectDrift } from "./project-lock.ts";
import { type ProjectVerdict, judgeProject, trustOf } from "./project-trust.ts";
import { readSettingsFile } from "./settings-file.ts";
import type { WorkspaceFolder } from "./workspace.ts";

/** What the folder itself wants to set, and what of it counts. */
export interface ProjectSettings extends ProjectVerdict {
  readonly trusted: boolean;
  readonly notices: readonly string[];
  /** Everything its files say, whether it counts or not. */
  read(problems: SettingsProblem[]): readonly Setting[];
}

export interface ProjectInput {
  readonly args: Arguments;
  readonly folders: Folders;
  readonly workspace: WorkspaceFolder;
  readonly catalogue: SettingsCatalogue;
  readonly installed: Pick<Installed, "ofProject" | "package">;
  readonly safe: boolean;
  readonly problems: SettingsProblem[];
}

/** Reads `.claw/settings.json` and `.claw/settings.local.json`. Before the folder is trusted nothing in them counts, not even a mistake. */
export function projectSettings(input: ProjectInput): ProjectSettings {
  const { args, folders, workspace, catalogue } = input;
  const { folder: known, notice } = trustOf(folders, workspace);
  const unsealed = notice === undefined ? [] : [notice];
  const trusted = known !== undefined || isOn(args, "trust-folder");
  if (!trusted && isOn(args, "require-trust")) {
    throw new ClawError(
      "FOLDER_UNTRUSTED",
      `${workspace.root} is not trusted`,
      { path: workspace.root },
      { fix: "claw trust, or --trust-folder for this run" },
    );
  }
  const files = (["settings.json", "settings.local.json"] as const).map((name) => ({
    file: join(workspace.root, ".claw", name),
    layer: name === "settings.json" ? ("project" as const) : ("project local" as const),
  }));
  const read = (problems: SettingsProblem[]): readonly Setting[] =>
    files.flatMap(({ file, layer }) => {
      const found = readSettingsFile(file, problems);
      return found === undefined ? [] : settingsOfFile(found, layer, catalogue, problems);
    });
  const none = { trusted, read, kept: [], unaccepted: [], refused: [], missing: [], notices: unsealed };
  if (input.safe) return none;
  if (!trusted) {
    // Not even opened: whoever wrote them could make reading them take long.
    const present = files.filter(({ file }) => existsSync(file)).map(({ file }) => relative(workspace.root, file));
    const ignored = present.map((file) => `this folder is not trusted, so its ${file} is ignored (claw trust shows what it would set)`);
    return { ...none, notices: [...unsealed, ...ignored] };
  }
  const verdict = judgeProject(read(input.problems), isOn(args, "trust-folder") ? new Set() : new Set(known?.accepted), catalogue, input.installed.ofProject);
  const notices = [
    ...unsealed,
    ...verdict.unaccepted.map(({ key, source }) => `${source}: ${key} loosens what claw may do and is ignored until you accept it (claw trust)`),
    ...verdict.refused.map(({ key, source }) => `${source}: a project may not set ${key}; it is ignored`),
    ...verdict.missing.map(
      ({ key, source }) => `${source}: ${key.slice("extensions.".length)} is not installed for this project, so it is held back (claw ext ci)`,
    ),
    ...projectDrift(workspace, input.installed),
  ];
  return { trusted, read, ...verdict, notices: notices.map(printable) };
}
