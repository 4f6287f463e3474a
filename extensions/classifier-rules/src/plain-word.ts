import { isListed, plainHttpsHost } from "./listed-hosts.ts";

export interface Surroundings {
  /** Hosts that may be named. */
  readonly hosts: readonly string[];
  /** Paths that the command is known to read or write, absolute. */
  readonly paths: readonly string[];
  /** Whether the command reaches the network at all. */
  readonly isNetwork: boolean;
}

/** Options that change what is said and nothing that is done. None of one letter, which is another thing to each program. */
const quiet: ReadonlySet<string> = new Set(["--silent", "--quiet", "--verbose", "--dry-run", "--no-audit", "--no-fund", "--save-dev"]);

/**
 * Whether a word may stand after those of an entry without being in it. What an option does is known to its program alone: it may be
 * another registry, a file of settings, a proxy. Of a command that reaches the network, a word that may name a host has to be the
 * https URL of a listed one, or a path that is known.
 */
export function isPlainWord(word: string, { hosts, paths, isNetwork }: Surroundings): boolean {
  if (word.startsWith("-")) return quiet.has(word);
  if (!isNetwork) return true;
  const host = plainHttpsHost(word);
  if (host !== undefined) return isListed(host, hosts);
  if (paths.some((path) => path.endsWith(`/${word.replace(/^(?:\.\/)+/, "")}`))) return true;
  // `name`, `@scope/name`, with or without `@version`.
  return /^(?:@[\w-]+\/)?[\w-]+(?:@[\w.^~*-]+)?$/.test(word);
}
