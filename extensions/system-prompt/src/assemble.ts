import { arch, platform, release } from "node:os";
import { join } from "node:path";
import type { CallScope, Host, Processes } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { describeEnvironment } from "./environment.ts";
import { describeGit } from "./git.ts";
import { findGitRoot } from "./git-root.ts";
import { identity } from "./identity.ts";
import { readInstructions } from "./instruction-files.ts";
import { instructionPlaces } from "./instruction-places.ts";
import { instructionSections } from "./instructions.ts";
import { additions, replacement } from "./own-text.ts";
import type { Section } from "./section.ts";

export interface Assembly {
  readonly config: Contract["config"];
  readonly host: Host;
  readonly processes: Processes;
}

/** All sections, what changes least first: two sessions on one project begin with the same bytes as long as they can. */
export async function assembleSections(call: CallScope, model: string | undefined, { config, host, processes }: Assembly): Promise<readonly Section[]> {
  const { sections } = config;
  const instead = await replacement(config, call.cwd);
  const root = await findGitRoot(call.cwd, host.folders.home);
  const isOn = (own: boolean): boolean => own && instead === undefined;
  const [instructions, git] = await Promise.all([
    sections.instructions ? readAll(call, root, config, host) : [],
    isOn(sections.git) && root !== undefined && host.trusted ? describeGit(root, processes, call) : undefined,
  ]);
  return [
    ...(instead === undefined ? [] : [instead]),
    ...(isOn(sections.identity) ? [{ name: "identity" as const, source: "claw", text: identity }] : []),
    ...instructions,
    ...(isOn(sections.environment) ? [{ name: "environment" as const, source: "claw", text: environmentOf(call, model, host) }] : []),
    ...(git === undefined || root === undefined ? [] : [{ name: "git" as const, source: root, text: git }]),
    ...(await additions(config, call.cwd)),
  ].filter(({ text }) => text.trim() !== "");
}

async function readAll(call: CallScope, gitRoot: string | undefined, config: Assembly["config"], { folders, trusted }: Host): Promise<readonly Section[]> {
  const root = gitRoot ?? call.cwd;
  const { home } = folders;
  const places = instructionPlaces({ config: folders.config, home, cwd: call.cwd, root, claudeFiles: config.claudeFiles });
  const groups = await readInstructions(places, {
    maxFileBytes: config.maxFileBytes,
    projectFolders: [root],
    home,
    personFolders: [folders.config, ...(home === undefined ? [] : [join(home, ".config"), join(home, ".claude")])],
  });
  return instructionSections(groups, { maxTotalBytes: config.maxTotalBytes, trusted });
}

const environmentOf = ({ cwd, roots }: CallScope, model: string | undefined, host: Host): string =>
  describeEnvironment({ cwd, roots, platform: platform(), arch: arch(), release: release(), now: host.now(), model });
