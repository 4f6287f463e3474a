import { realpathSync } from "node:fs";
import { resolve } from "node:path";
import { ClawError, type Invocation, type Plan, type Terminal } from "@claw/kernel/host";
import { type Arguments, isOn, lastOf } from "./args.ts";
import { settingOfFlag } from "./flag-setting.ts";
import type { Merged } from "./merge.ts";
import type { ProjectSettings } from "./project.ts";
import type { Route } from "./route.ts";
import type { WorkspaceFolder } from "./workspace.ts";
import { oneLine } from "./printable.ts";

export interface InvocationParts {
  readonly args: Arguments;
  readonly workspace: WorkspaceFolder;
  readonly plan: Plan;
  readonly project: ProjectSettings;
  readonly merged: Merged;
  readonly terminal: Terminal;
}

/** What the front-end is asked for. */
export function invocationOf(route: Route & { readonly type: "prompt" }, parts: InvocationParts): Invocation {
  const { args, workspace, plan, project, terminal } = parts;
  const again = isOn(args, "continue") ? "latest" : lastOf(args, "resume");
  if (isOn(args, "continue") && args.flags.has("resume")) throw new ClawError("USAGE", "--continue and --resume exclude each other", {});
  if (isOn(args, "fork-session") && again === undefined) throw new ClawError("USAGE", "--fork-session needs --resume or --continue", {});
  const session = lastOf(args, "session-id");
  if (session !== undefined && again !== undefined && !isOn(args, "fork-session"))
    throw new ClawError(
      "USAGE",
      "--session-id is for a new session, and an old one goes on under its own",
      {},
      { fix: "add --fork-session, or leave one of them out" },
    );
  return {
    ...(route.prompt === undefined ? {} : { prompt: route.prompt }),
    ...(again === undefined ? {} : { resume: again }),
    ...(isOn(args, "fork-session") ? { fork: true as const } : {}),
    ...(session === undefined ? {} : { session }),
    cwd: workspace.cwd,
    workspace: workspace.key,
    roots: rootsOf(parts),
    terminal,
    notices: [
      ...plan.extensions.filter(({ origin }) => origin === "dev").map(({ id }) => `${id} is loaded from a folder: unsigned and trusted (--dev)`),
      ...plan.heldBack.map(({ extension, why, fix }) => `${extension} is held back: ${why}${fix === undefined ? "" : ` (${fix})`}`),
      ...plan.notices,
      ...project.notices,
    ].map(oneLine),
  };
}

/** The workspace, and the folders that settings and flags add to it: whichever config property carries the flag `add-dir`. */
export function rootsOf({ workspace, plan, merged }: Pick<InvocationParts, "workspace" | "plan" | "merged">): readonly string[] {
  const added = (settingOfFlag("add-dir", { plan, merged }) ?? []) as readonly string[];
  const real = (folder: string): string => {
    try {
      return realpathSync(resolve(workspace.cwd, folder));
    } catch (cause) {
      throw new ClawError("PATH_NOT_FOUND", `the added folder ${folder} does not exist`, { path: folder }, { cause });
    }
  };
  return [...new Set([workspace.root, ...added.map(real)])];
}
