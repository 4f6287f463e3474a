import { filesOf } from "./command-options.ts";
import { readOnlyCommands } from "./read-only-commands.ts";
import { readGit } from "./read-only-git.ts";
import { findProof, testProof } from "./find-and-test.ts";
import type { ShellWord } from "./shell-words.ts";

/** A command that does nothing but read, provided that these files may be read. */
export interface Proof {
  readonly files: readonly string[];
  /** Whether a folder among the files would have everything in it read. */
  readonly noFolders: boolean;
  /** Whether it holds only in the session's own folder: git obeys what it finds in a folder. */
  readonly home: boolean;
}

/** The proof that a command only reads, or undefined. Its words are known, and its wrappers are gone. */
export function proofOf(words: readonly ShellWord[]): Proof | undefined {
  const values = words.map(({ value }) => value ?? "");
  const [program = "", ...rest] = values;
  const proof = (files: readonly string[] | undefined, more: Partial<Proof> = {}): Proof | undefined =>
    files === undefined ? undefined : { files, noFolders: false, home: false, ...more };
  // Which words a pattern becomes is open: one of them might be an option. Only echo has none that matters.
  if (program !== "echo" && words.some(({ glob }) => glob)) return undefined;
  switch (program) {
    case "cd":
      return rest.length === 1 && !rest[0]?.startsWith("-") ? proof(rest) : undefined;
    case "git":
      return proof(readGit(rest), { home: true });
    case "find":
      return proof(findProof(rest));
    case "test":
      return proof(testProof(rest));
    case "[":
      return proof(rest.at(-1) === "]" ? testProof(rest.slice(0, -1)) : undefined);
    default: {
      const command = Object.hasOwn(readOnlyCommands, program) ? readOnlyCommands[program] : undefined;
      return command === undefined ? undefined : proof(filesOf(command, rest), { noFolders: command.noFolders === true });
    }
  }
}
