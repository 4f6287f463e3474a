import { join } from "node:path";
import { foldersBetween } from "@claw/kernel/kit";

/** Where instructions may be: the first file of `names` that exists counts. */
export interface Place {
  readonly folder: string;
  readonly names: readonly string[];
  readonly author: "person" | "project";
}

export interface PlaceOptions {
  /** claw's own folder of settings. */
  readonly config: string;
  readonly home: string | undefined;
  readonly cwd: string;
  /** The project's top folder; the session's own folder when there is no git. */
  readonly root: string;
  readonly claudeFiles: boolean;
}

/** In order: the person's, then from the project's top down to the session's folder. The later one counts when two disagree. */
export function instructionPlaces({ config, home, cwd, root, claudeFiles }: PlaceOptions): readonly Place[] {
  const claude = (name: string): readonly string[] => (claudeFiles ? [name] : []);
  const own: readonly Place[] = [
    { folder: config, names: ["AGENTS.md"], author: "person" },
    ...(home === undefined
      ? []
      : [
          { folder: join(home, ".config"), names: ["AGENTS.md"], author: "person" as const },
          { folder: join(home, ".claude"), names: claude("CLAUDE.md"), author: "person" as const },
        ]),
  ];
  const project = foldersBetween(root, cwd).flatMap((folder): readonly Place[] => [
    { folder, names: ["AGENTS.override.md", "AGENTS.md", ...claude("CLAUDE.md")], author: "project" },
    { folder, names: claude("CLAUDE.local.md"), author: "project" },
  ]);
  return [...own, ...project];
}
