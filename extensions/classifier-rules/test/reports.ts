import type { ShellAnalysis, ShellCommand, ShellPath, ShellReport } from "@claw/kernel";

export type GivenCommand = Partial<ShellCommand> & { readonly words: readonly (string | undefined)[] };

/** What a shell text would be found to be, as far as a test cares. */
export interface Given extends Partial<Omit<ShellReport, "commands">> {
  readonly commands?: readonly GivenCommand[];
}

export const pathAt = (path: string, more: Partial<ShellPath> = {}): ShellPath => ({
  pos: 0,
  end: 0,
  path,
  many: false,
  crooked: false,
  climbs: false,
  ...more,
});

const command = (text: string, given: GivenCommand): ShellCommand => ({
  pos: 0,
  end: text.length,
  text,
  typed: given.words.map((word) => word ?? "$X"),
  program: given.words[0],
  wrapped: 0,
  class: "unknown",
  plain: true,
  quoted: false,
  reads: [],
  writes: [],
  folders: [],
  hosts: [],
  destructive: false,
  credentials: false,
  obeys: "nothing",
  filesOnly: false,
  why: [],
  ...given,
});

/** Without anything given, a text of words between spaces whose effects its text does not show. */
export function reportOf(text: string, { commands = [{ words: text.split(" ") }], ...given }: Given = {}): ShellReport {
  const made = commands.map((one) => command(text, one));
  return {
    text,
    class: "unknown",
    commands: made,
    launched: [],
    reads: made.flatMap(({ reads }) => reads),
    writes: made.flatMap(({ writes }) => writes),
    hosts: made.flatMap(({ hosts }) => hosts),
    programs: [],
    mentions: [],
    hidden: made.some(({ words }) => words[0] === undefined),
    broken: false,
    unjudged: [],
    why: [],
    ...given,
  };
}

/** An analysis that knows the texts of a table, and reads any other as words between spaces. */
export const analysisOf = (known: Readonly<Record<string, Given>> = {}): ShellAnalysis => ({
  analyser: async () => ({ analyse: (text) => reportOf(text, Object.hasOwn(known, text) ? known[text] : {}) }),
});
