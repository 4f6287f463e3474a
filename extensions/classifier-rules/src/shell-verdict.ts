import type { ShellCommand, ShellPath, ShellReport } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { type CommandWords, likenessOf, type Likeness, readingsOf, wordsAfter } from "./command-words.ts";
import { isListed } from "./listed-hosts.ts";
import { isPlainWord } from "./plain-word.ts";
import type { Finding } from "./finding.ts";
import type { RuleLists } from "./rule-lists.ts";

type CommandLists = Pick<RuleLists, "deny" | "ask" | "allow" | "hosts">;

/** What the lists say of a shell text. Deny before ask before allow; an allow must cover every part of it. */
export function shellVerdict(report: ShellReport, lists: CommandLists, roots: readonly string[]): Finding | undefined {
  const denied = found(lists.deny, report);
  if (denied?.likeness === "yes") return { decision: "deny", reason: `${nameOf(denied.entry)} is on the list of denied commands` };
  const asked = found(lists.ask, report);
  if (asked?.likeness === "yes") return { decision: "ask", reason: `${nameOf(asked.entry)} is on the list of commands to ask about` };
  const doubtful = denied ?? asked;
  if (doubtful !== undefined) return { decision: "ask", reason: `it may run ${nameOf(doubtful.entry)}, which is on a list` };
  if (report.broken && lists.deny.length + lists.ask.length > 0) return { decision: "ask", reason: "part of it cannot be read, nor held against the lists" };
  return allowed(report, lists, roots);
}

const nameOf = (entry: CommandWords): string => entry.join(" ");

interface Found {
  readonly entry: CommandWords;
  readonly likeness: Exclude<Likeness, "no">;
}

/** The first entry that the text runs for certain, or else the first that it may run. */
function found(entries: readonly CommandWords[], report: ShellReport): Found | undefined {
  const readings = [...report.commands.flatMap(readingsOf), ...report.launched];
  let doubtful: Found | undefined;
  for (const entry of entries) {
    for (const reading of readings) {
      const likeness = likenessOf(entry, reading);
      if (likeness === "yes") return { entry, likeness };
      if (likeness === "maybe") doubtful ??= { entry, likeness };
    }
    if (report.hidden) doubtful ??= { entry, likeness: "maybe" };
  }
  return doubtful;
}

function allowed(report: ShellReport, { allow, hosts }: CommandLists, roots: readonly string[]): Finding | undefined {
  const { commands } = report;
  if (report.hidden || report.broken || report.unjudged.length > 0 || report.launched.length > 0) return undefined;
  if (!report.hosts.every((host) => isListed(host, hosts))) return undefined;
  if (![...report.reads, ...report.writes].every((path) => isInside(path, roots))) return undefined;
  const entries = commands.map((command) => entryFor(command, allow, hosts, roots));
  const listed = entries.filter((entry) => entry !== "harmless");
  // What is harmless throughout is not for this list to say: whoever asks has a reason that it does not know.
  if (listed.length === 0 || listed.includes(undefined)) return undefined;
  const names = [...new Set(listed.flatMap((entry) => (entry === undefined ? [] : [nameOf(entry)])))].slice(0, 5).join(", ");
  const where = report.hosts.length === 0 ? "" : ` and reaches only ${[...new Set(report.hosts)].slice(0, 5).join(", ")}`;
  const paths = [...report.reads, ...report.writes, ...commands.flatMap(({ folders, reads, writes }) => [...folders, ...reads, ...writes])];
  const reason = `${names} is on the list of allowed commands${where}`.slice(0, 500);
  return { decision: "allow", reason, paths: paths.map(({ path }) => path) };
}

/** The entry that covers a command; `harmless` when it needs none. */
function entryFor(
  command: ShellCommand,
  allow: readonly CommandWords[],
  hosts: readonly string[],
  roots: readonly string[],
): CommandWords | "harmless" | undefined {
  const { plain, quoted, destructive, credentials, folders, reads, writes } = command;
  if (!plain || quoted || destructive || credentials) return undefined;
  if (![...folders, ...reads, ...writes].every((path) => isInside(path, roots))) return undefined;
  if (command.class === "read-only" && command.obeys === "nothing" && !command.filesOnly) return "harmless";
  if (command.class === "outside-write" || command.class === "destructive") return undefined;
  if (command.class === "network" && command.hosts.length === 0) return undefined;
  if (!command.hosts.every((host) => isListed(host, hosts))) return undefined;
  const about = { hosts, paths: [...reads, ...writes].map(({ path }) => path), isNetwork: command.class === "network" };
  return allow.find((entry) => wordsAfter(entry, command)?.every((word) => isPlainWord(word, about)) === true);
}

const isInside = ({ path, crooked, climbs }: ShellPath, roots: readonly string[]): boolean => !crooked && !climbs && roots.some((root) => isWithin(root, path));
