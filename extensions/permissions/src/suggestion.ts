import { posix } from "node:path";
import { patternOfPath } from "./path-pattern.ts";
import { hostnameOf } from "./rules.ts";
import type { Subject } from "./rule-match.ts";
import { escaped } from "./wildcard.ts";

/** The narrowest rules that allow what was asked about. They name claw's own tools and read back as what they are. */

/** One shell command, exactly as it was typed. */
export const ruleOfCommand = (typed: string): string => `bash(${escaped(typed.trim())})`;

/** One file or folder. */
export const ruleOfPath = (effect: "read" | "write", path: string): string =>
  `${effect === "read" ? "read_file" : "file_edit"}(${patternOfPath(posix.normalize(path))})`;

/** A tool as a whole, or the host it talks to. */
export function ruleOfTool({ tool, effect, input }: Pick<Subject, "tool" | "effect" | "input">): string {
  const url = input["url"];
  const host = tool === "web_fetch" && effect === "network" && typeof url === "string" ? hostnameOf(url) : undefined;
  return host === undefined ? tool : `${tool}(domain:${host})`;
}
