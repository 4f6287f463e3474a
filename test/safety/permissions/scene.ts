import type { Effect, Located, ShellPath, ShellReport, ToolCallView } from "@claw/kernel";
import { isSecretFile } from "@claw/kernel/kit";
import { createAnalyser } from "../../../extensions/shell-analysis/src/analyser.ts";
import { readingOf } from "../../../extensions/permissions/src/call-reading.ts";
import { judge } from "../../../extensions/permissions/src/judge.ts";
import { modeOf } from "../../../extensions/permissions/src/modes.ts";
import type { Verdict, Voice } from "../../../extensions/permissions/src/order.ts";
import type { Wall } from "../../../extensions/permissions/src/reach.ts";
import { from, rulesOf, type RuleSet } from "../../../extensions/permissions/src/rules.ts";
import { isInScope, readThrough } from "../../../extensions/permissions/src/secrets-below.ts";
import { toolNames } from "../../../extensions/permissions/src/tool-names.ts";

/** A file system as data: the workspace `/w`, a home, and whatever links a test plants. */
export interface Given {
  readonly mode?: string;
  readonly allow?: readonly string[];
  readonly ask?: readonly string[];
  readonly deny?: readonly string[];
  readonly roots?: readonly string[];
  readonly cwd?: string;
  readonly links?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
  readonly voices?: readonly Voice[];
  readonly judges?: readonly Voice[];
  readonly asker?: boolean;
  readonly trusted?: boolean;
  /** What is wrong with the repository of every folder but the trusted one; nothing when absent. */
  readonly repository?: string;
  readonly wall?: Wall;
  /** What lies in the workspace, for commands that read whatever is there. */
  readonly files?: readonly string[];
}

export const home = "/home/u";
export const own = ["/home/u/.config/claw", "/home/u/.local/share/claw", "/home/u/.local/state/claw"];
export const names = toolNames({
  names: ["bash", "read_file", "write_file", "file_edit", "acme_count"],
  about: (name) => (name === "acme_count" ? { aliases: ["CountIt"] } : undefined),
});

export const ruleSet = ({ allow = [], ask = [], deny = [] }: Given): RuleSet =>
  rulesOf({ allow: from("settings or flags", allow), ask: from("settings or flags", ask), deny: from("settings or flags", deny) }, names);

const realOf = (path: string, links: Readonly<Record<string, string>>): string => {
  for (let hops = 0, current = path; ; hops += 1) {
    const link = Object.keys(links).find((one) => current === one || current.startsWith(`${one}/`));
    if (link === undefined || hops > 40) return current;
    current = (links[link] ?? "") + current.slice(link.length);
  }
};

export function locatedIn(paths: readonly string[], { roots = ["/w"], links = {}, folders = [], files = [] }: Given): ReadonlyMap<string, Located> {
  const isIn = (path: string): boolean => roots.some((root) => path === root || path.startsWith(`${root}/`));
  const isFolder = (real: string): boolean => folders.includes(real) || roots.includes(real) || files.some((file) => file.startsWith(`${real}/`));
  return new Map(
    paths.map((path) => {
      const real = realOf(path, links);
      return [path, { path, real, inside: isIn(real), kind: isFolder(real) ? "folder" : "file" }];
    }),
  );
}

export const callOf = (
  tool: string,
  effect: Effect,
  input: Readonly<Record<string, unknown>>,
  paths: readonly string[],
  { roots = ["/w"], cwd = "/w" }: Given = {},
): ToolCallView => ({
  id: "call-1",
  session: "session-1",
  cwd,
  roots,
  scratch: `${own[2] ?? ""}/sessions/x/s1`,
  tool,
  effect,
  input,
  paths,
});

const analyser = createAnalyser();

/** As the search of the extension does, in the files that are given. */
function secretsIn(
  report: ShellReport | undefined,
  located: ReadonlyMap<string, Located>,
  { files = [], roots = ["/w"] }: Given,
): ReadonlyMap<ShellPath, string> {
  const places = report === undefined ? [] : readThrough(report, located, roots);
  return new Map(
    places.flatMap(({ path, folder, scope, matches }) => {
      const isMeant = (relative: string): boolean => isInScope(relative, scope) && matches(relative);
      const secret = files.find((file) => file.startsWith(`${folder}/`) && isSecretFile(file) && isMeant(file.slice(folder.length + 1)));
      return secret === undefined ? [] : [[path, `${secret} as well, which may hold secrets`] as const];
    }),
  );
}

export function verdictOn(call: ToolCallView, given: Given = {}): Omit<Verdict, "step"> {
  const reading = readingOf(call, analyser, home);
  const located = locatedIn(reading.paths, given);
  const { step: _step, ...verdict } = judge({
    reading,
    home,
    mode: modeOf(given.mode ?? "prompt"),
    rules: ruleSet(given),
    located,
    protect: { own, scratch: call.scratch },
    voices: given.voices ?? [],
    judges: given.judges,
    asker: given.asker ?? true,
    trusted: given.trusted ?? true,
    repository: () => given.repository,
    wall: given.wall,
    linksBelow: new Map(),
    secretsBelow: secretsIn(reading.report, located, given),
  }).verdict;
  return verdict;
}

export const onCommand = (command: string, given: Given = {}, workdir?: string): ReturnType<typeof verdictOn> =>
  verdictOn(callOf("bash", "execute", { command, ...(workdir === undefined ? {} : { cwd: workdir }) }, workdir === undefined ? [] : [workdir], given), given);
export const onRead = (path: string, given: Given = {}): ReturnType<typeof verdictOn> => verdictOn(callOf("read_file", "read", { path }, [path], given), given);
export const onWrite = (path: string, given: Given = {}, tool = "write_file"): ReturnType<typeof verdictOn> =>
  verdictOn(callOf(tool, "write", { path, content: "" }, [path], given), given);
export const onFetch = (url: string, given: Given = {}): ReturnType<typeof verdictOn> => verdictOn(callOf("web_fetch", "network", { url }, [], given), given);
