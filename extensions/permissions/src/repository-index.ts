import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const maxBytes = 64 * 1024 * 1024;
/** The mode of an entry that is a repository itself, as it stands in the index. */
const gitlink = Buffer.from([0x00, 0x00, 0xe0, 0x00]);

/**
 * Whether the index of a repository names further repositories: git runs itself in each of them to see what changed there, and
 * obeys what is configured in it. The bytes may stand for something else; that is asked about too.
 */
export function problemOfIndex(git: string): string | undefined {
  const file = join(git, "index");
  try {
    if (readdirSync(git).some((name) => name.startsWith("sharedindex."))) return `${file} is split over several files`;
    const stat = statSync(file, { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    if (stat.size > maxBytes) return `${file} is too long to be checked`;
    return readFileSync(file).includes(gitlink) ? `${file} names repositories inside this one, whose configuration counts there` : undefined;
  } catch {
    return `${file} cannot be read`;
  }
}
