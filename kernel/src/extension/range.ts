/** The part of semver's ranges that manifests and profiles use: `*`, exact, `^`, `~`, `>=`, `>`, `<`, `<=`, joined by spaces. */

type Version = readonly [major: number, minor: number, patch: number, pre: string];

function parse(text: string): Version | undefined {
  const match = /^(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:-([0-9A-Za-z.-]+))?$/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2] ?? 0), Number(match[3] ?? 0), match[4] ?? ""];
}

/** Negative, 0 or positive. A prerelease comes before its release; two prereleases compare as text. */
function compare(a: Version, b: Version): number {
  const numbers = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  if (numbers !== 0 || a[3] === b[3]) return numbers;
  if (a[3] === "") return 1;
  if (b[3] === "") return -1;
  return a[3] < b[3] ? -1 : 1;
}

/** The first version that `^` of one leaves out: the leftmost number that is not 0 goes up. */
const caretEnd = ([major, minor, patch]: Version): Version => (major > 0 ? [major + 1, 0, 0, ""] : minor > 0 ? [0, minor + 1, 0, ""] : [0, 0, patch + 1, ""]);

function fits(version: Version, part: string): boolean {
  const match = /^(\^|~|>=|<=|>|<|=)?(.+)$/.exec(part);
  const bound = parse(match?.[2] ?? "");
  if (bound === undefined) return false;
  const distance = compare(version, bound);
  switch (match?.[1]) {
    case "^":
      return distance >= 0 && compare(version, caretEnd(bound)) < 0;
    case "~":
      return distance >= 0 && compare(version, [bound[0], bound[1] + 1, 0, ""]) < 0;
    case ">=":
      return distance >= 0;
    case "<=":
      return distance <= 0;
    case ">":
      return distance > 0;
    case "<":
      return distance < 0;
    default:
      return distance === 0;
  }
}

/** Whether a version lies in a range. A range that cannot be read holds nothing. */
export function inRange(version: string, range: string): boolean {
  const parsed = parse(version);
  if (parsed === undefined) return false;
  return range.split("||").some((any) => {
    const parts = any.trim().split(/\s+/);
    return parts.every((part) => part === "*" || fits(parsed, part));
  });
}
