import { visibleLine } from "./visible-text.ts";

export interface EnvironmentFacts {
  readonly cwd: string;
  readonly roots: readonly string[];
  readonly platform: string;
  readonly arch: string;
  readonly release: string;
  readonly now: Date;
  /** The model's address, when it is known. */
  readonly model: string | undefined;
}

/** Where the session runs. The day, never the time: the same words all day long. */
export function describeEnvironment({ cwd, roots, platform, arch, release, now, model }: EnvironmentFacts): string {
  const further = roots.filter((root) => root !== cwd);
  return [
    "# Environment",
    `- Folder: ${visibleLine(cwd)}`,
    ...(further.length === 0 ? [] : [`- Further folders: ${further.map(visibleLine).join(", ")}`]),
    `- Platform: ${platform} ${release} (${arch})`,
    "- Shell of the tools: bash, or sh where there is none; a new one for every call, without a terminal",
    `- Date: ${dayOf(now)}`,
    ...(model === undefined ? [] : [`- Model: ${visibleLine(model)}`]),
  ].join("\n");
}

/** The day where the person is. */
const dayOf = (now: Date): string =>
  [String(now.getFullYear()).padStart(4, "0"), String(now.getMonth() + 1).padStart(2, "0"), String(now.getDate()).padStart(2, "0")].join("-");
