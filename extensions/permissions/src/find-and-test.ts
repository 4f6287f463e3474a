/** `test` and `find`, whose words are small languages of their own. */

const fileTests: ReadonlySet<string> = new Set([
  "-b",
  "-c",
  "-d",
  "-e",
  "-f",
  "-g",
  "-G",
  "-h",
  "-k",
  "-L",
  "-N",
  "-O",
  "-p",
  "-r",
  "-s",
  "-S",
  "-u",
  "-w",
  "-x",
]);
const textTests: ReadonlySet<string> = new Set(["-n", "-z", "-t"]);
const fileComparisons: ReadonlySet<string> = new Set(["-ef", "-nt", "-ot"]);
const numberComparisons: ReadonlySet<string> = new Set(["-eq", "-ge", "-gt", "-le", "-lt", "-ne"]);
const signs: ReadonlySet<string> = new Set(["!", "(", ")", "-a", "-o", "=", "==", "!=", "<", ">", ...numberComparisons]);
/** -v and -R evaluate an index, which may run a command. */
const evaluates = /^-[vR]$/;

/** The files a `test` looks at, or undefined if it does more. */
export function testProof(words: readonly string[]): readonly string[] | undefined {
  const files: string[] = [];
  for (const [at, word] of words.entries()) {
    const before = words[at - 1] ?? "";
    const next = words[at + 1] ?? "";
    if (evaluates.test(word)) return undefined;
    if ((numberComparisons.has(before) || numberComparisons.has(next)) && !/^-?\d+$/.test(word)) return undefined;
    if (fileTests.has(before) || fileComparisons.has(before) || fileComparisons.has(next)) files.push(word);
    else if (/^-[A-Za-z]/.test(word) && !fileTests.has(word) && !textTests.has(word) && !fileComparisons.has(word) && !signs.has(word)) return undefined;
  }
  return files;
}

/** find's primaries that only look; the number is how many words follow. */
const primaries: Readonly<Record<string, 0 | 1>> = {
  "!": 0,
  "(": 0,
  ")": 0,
  ",": 0,
  "-a": 0,
  "-and": 0,
  "-daystart": 0,
  "-depth": 0,
  "-empty": 0,
  "-executable": 0,
  "-false": 0,
  "-ls": 0,
  "-mount": 0,
  "-not": 0,
  "-o": 0,
  "-or": 0,
  "-print": 0,
  "-print0": 0,
  "-prune": 0,
  "-readable": 0,
  "-true": 0,
  "-writable": 0,
  "-xdev": 0,
  "-amin": 1,
  "-anewer": 1,
  "-atime": 1,
  "-cmin": 1,
  "-cnewer": 1,
  "-ctime": 1,
  "-group": 1,
  "-iname": 1,
  "-ipath": 1,
  "-iregex": 1,
  "-maxdepth": 1,
  "-mindepth": 1,
  "-mmin": 1,
  "-mtime": 1,
  "-name": 1,
  "-newer": 1,
  "-path": 1,
  "-perm": 1,
  "-regex": 1,
  "-regextype": 1,
  "-size": 1,
  "-type": 1,
  "-user": 1,
  "-wholename": 1,
};

/** The folders a `find` looks through, or undefined if it may do more than look. */
export function findProof(words: readonly string[]): readonly string[] | undefined {
  const first = words.findIndex((word) => word.startsWith("-") || word === "(" || word === "!" || word === ",");
  const folders = first === -1 ? words : words.slice(0, first);
  for (let at = folders.length; at < words.length; at += 1) {
    const word = words[at] ?? "";
    const taken = Object.hasOwn(primaries, word) ? primaries[word] : undefined;
    if (taken === undefined) return undefined;
    at += taken;
  }
  return folders;
}
