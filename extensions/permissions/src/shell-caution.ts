import type { ShellCommand, ShellPath, ShellReport } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { secretPattern } from "./git-telling.ts";
import { followsLinks } from "./links-below.ts";
import type { Found, Scenery } from "./scenery.ts";
import { tellsNamesOnly, tellsOfNamed } from "./search-scope.ts";
import { isPartOf } from "./shell-rules.ts";
import { isUnknownPath } from "./unknown-path.ts";

/** What a command touches, where it leads: what links below lead to as well. */
export interface Touched {
  readonly paths: readonly ShellPath[];
  readonly reads: readonly Found[];
  readonly writes: readonly Found[];
  readonly isReader: boolean;
}

/** What is written is protected and secret, what is read is secret; of a command that does who knows what, everything it names. */
export function cautionOf(scenery: Scenery, report: ShellReport, mentioned: readonly Found[], command: ShellCommand, touched: Touched): string | undefined {
  const { reads, writes, isReader } = touched;
  const pattern = isReader ? secretPattern(command, report.text) : undefined;
  const known =
    scenery.caution(writes, "writes") ??
    scenery.caution(reads, isReader && tellsOfNamed(command) ? "names" : "reads") ??
    homeRead(scenery, command, touched) ??
    secretsRead(scenery, command) ??
    (pattern === undefined ? undefined : `${pattern} may stand for files that hold secrets`);
  if (known !== undefined || isReader) return known;
  // A wall keeps what is protected from being written, whoever tries.
  const mayWrite = command.class === "unknown" && scenery.wall?.stands !== true;
  const own = mayWrite ? mentioned.filter((_place, index) => isPartOf(report.mentions[index], command)) : [];
  return scenery.caution(own, "writes") ?? scenery.caution(mentioned, "reads");
}

/** Whether it shows all that a person has at home. */
function homeRead({ bases: { home } }: Scenery, command: ShellCommand, { paths, reads }: Touched): string | undefined {
  if (home === undefined || tellsNamesOnly(command)) return undefined;
  const whole = reads.find(({ real }, index) => real !== "/" && paths[index]?.many === true && isWithin(real, home.real));
  return whole === undefined ? undefined : `it would read all that is in ${whole.path}`;
}

function secretsRead({ secretsBelow }: Scenery, { reads, folders }: ShellCommand): string | undefined {
  const found = [...reads, ...folders].map((path) => secretsBelow.get(path)).find((one) => one !== undefined);
  return found === undefined ? undefined : `it would read ${found}`;
}

/** Whether what it reads outside is not known at all: the wall hides what is the person's, and what is named is asked about. */
export const isOutOfSight = (paths: readonly ShellPath[], places: readonly Found[], text: string): boolean =>
  places.every(({ inside }, index) => inside || (paths[index] !== undefined && isUnknownPath(paths[index], text)));

/** Programs that show what is in files below a folder, and follow no link there unless they are told to. */
const searchers: ReadonlySet<string | undefined> = new Set(["ag", "git", "rg"]);

/** Whether it only goes through the folder it runs in, and follows no link below, whoever planted one. */
export function isOwnListing({ path, many, pos, end }: ShellPath, command: ShellCommand, text: string): boolean {
  if (!command.folders.some((folder) => folder.path === path)) return false;
  const isSearch = searchers.has(command.program) && !/[*?[{$`]/.test(text.slice(pos, end));
  return !many || (!followsLinks(command) && (isSearch || tellsNamesOnly(command)));
}

/** Why git, run by a command, may start a program that the repository names. */
export function repositoryProblem({ at, repository, trusted, reading: { call } }: Scenery, { obeys, folders }: ShellCommand): string | undefined {
  if (obeys !== "repository") return undefined;
  const isTrusted = (path: string): boolean => trusted && (path === call.cwd || at(path).real === at(call.cwd).real);
  return folders.map(({ path }) => (isTrusted(path) ? undefined : repository(at(path).real))).find((why) => why !== undefined);
}
