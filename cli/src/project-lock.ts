import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseStrict } from "@claw/kernel/host";
import type { Installed } from "./installed.ts";
import type { WorkspaceFolder } from "./workspace.ts";

const mostBytes = 1024 * 1024;

/** Where a project keeps what its extensions resolved to. */
export const projectLockPath = ({ root }: WorkspaceFolder): string => join(root, ".claw", "claw.lock");

/** In what a trusted project's lock differs from what the person installed for it, in sentences. The file only tells: nothing of it is installed or believed here. */
export function projectDrift(workspace: WorkspaceFolder, installed: Pick<Installed, "ofProject" | "package">): readonly string[] {
  const path = projectLockPath(workspace);
  if (!existsSync(path)) return [];
  const wanted = treesIn(path);
  if (wanted === undefined) return [`${path} cannot be understood, so it counts for nothing`];
  const others = Object.keys(wanted).filter((name) => !installed.ofProject.includes(name) || installed.package(name)?.tree !== wanted[name]);
  if (others.length === 0) return [];
  const [first = "", ...more] = others;
  return [
    `${path} asks for ${more.length === 0 ? first : `${first} and ${more.length} more`} as ${more.length === 0 ? "it is" : "they are"} not installed here (claw ext ci)`,
  ];
}

function treesIn(path: string): Readonly<Record<string, unknown>> | undefined {
  try {
    if (!statSync(path).isFile() || statSync(path).size > mostBytes) return undefined;
    const { extensions } = parseStrict(readFileSync(path), { name: path }) as { readonly extensions?: Readonly<Record<string, { readonly tree?: unknown }>> };
    return Object.fromEntries(Object.entries(extensions ?? {}).map(([name, entry]) => [name, entry?.tree]));
  } catch {
    return undefined;
  }
}
