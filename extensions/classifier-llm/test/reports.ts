import type { ShellAnalysis, ShellCommand, ShellReport } from "@claw/kernel";

/** What a shell text would be found to be, as far as a test cares. */
export interface Given extends Partial<Omit<ShellReport, "commands">> {
  readonly commands?: readonly (Partial<ShellCommand> & { readonly words: readonly (string | undefined)[] })[];
}

const command = (text: string, given: Partial<ShellCommand> & { readonly words: readonly (string | undefined)[] }): ShellCommand => ({
  pos: 0,
  end: text.length,
  text,
  typed: given.words.map((word) => word ?? "$X"),
  program: given.words[0],
  wrapped: 0,
  class: "read-only",
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

export function reportOf(text: string, { commands = [{ words: text.split(" ") }], ...given }: Given = {}): ShellReport {
  const made = commands.map((one) => command(text, one));
  return {
    text,
    class: "unknown",
    commands: made,
    launched: [],
    reads: [],
    writes: [],
    hosts: [],
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
