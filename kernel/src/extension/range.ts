/**
 * The part of semver's ranges that start needs, without the library: `*`, `1`, `1.2`, `1.x`, exact, `^`, `~`, `>=`, `>`, `<`, `<=`, `=`, joined by spaces
 * and `||`. What it reads it reads as semver does; a range that it cannot read holds nothing.
 */

type Version = readonly [major: number, minor: number, patch: number, pre: string];

interface Bound {
  readonly version: Version;
  /** How many numbers were written: the rest may be anything. */
  readonly given: 0 | 1 | 2 | 3;
}

const number = String.raw`0|[1-9]\d*`;
const partialPattern = new RegExp(String.raw`^(?:[xX*]|(${number})(?:\.(?:[xX*]|(${number})(?:\.(?:[xX*]|(${number})(?:-([0-9A-Za-z.-]+))?))?))?)$`);

function parse(text: string): Bound | undefined {
  const match = partialPattern.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch, pre = ""] = match;
  const given = major === undefined ? 0 : minor === undefined ? 1 : patch === undefined ? 2 : 3;
  return { version: [Number(major ?? 0), Number(minor ?? 0), Number(patch ?? 0), pre], given };
}

/** Negative, 0 or positive. A prerelease comes before its release; identifiers of numbers compare as numbers and come before words. */
function compare(a: Version, b: Version): number {
  const numbers = a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
  if (numbers !== 0 || a[3] === b[3]) return numbers;
  if (a[3] === "") return 1;
  if (b[3] === "") return -1;
  const [left, right] = [a[3].split("."), b[3].split(".")];
  for (const [index, one] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    if (one !== other) return compareIdentifiers(one, other);
  }
  return -1;
}

function compareIdentifiers(one: string, other: string): number {
  const [isNumber, isOtherNumber] = [one, other].map((text) => /^\d+$/.test(text));
  if (isNumber === true && isOtherNumber === true) return Number(one) - Number(other);
  if (isNumber !== isOtherNumber) return isNumber === true ? -1 : 1;
  return one < other ? -1 : 1;
}

/** The first version after all that share the first numbers of one. */
const after = ([major, minor, patch]: Version, given: number): Version =>
  given <= 1 ? [major + 1, 0, 0, "0"] : given === 2 ? [major, minor + 1, 0, "0"] : [major, minor, patch + 1, "0"];

const release = ([major, minor, patch]: Version): Version => [major, minor, patch, ""];

/** The first version that `^` of one leaves out: the leftmost number that is not 0 goes up. */
function caretEnd({ version, given }: Bound): Version {
  const [major, minor] = version;
  if (major > 0 || given <= 1) return after(version, 1);
  return minor > 0 || given === 2 ? after(version, 2) : after(version, 3);
}

function fits(version: Version, part: string): boolean {
  const match = /^(\^|~|>=|<=|>|<|=)?(.+)$/.exec(part);
  const bound = parse(match?.[2] ?? "");
  if (bound === undefined) return false;
  const operator = match?.[1] ?? "=";
  if (bound.given === 0) return operator !== "<" && operator !== ">";
  const isFrom = compare(version, bound.version) >= 0;
  switch (operator) {
    case "^":
      return isFrom && compare(version, caretEnd(bound)) < 0;
    case "~":
      return isFrom && compare(version, after(bound.version, Math.min(bound.given, 2))) < 0;
    case ">=":
      return isFrom;
    case "<=":
      return bound.given === 3 ? compare(version, bound.version) <= 0 : compare(version, after(bound.version, bound.given)) < 0;
    case ">":
      return bound.given === 3 ? compare(version, bound.version) > 0 : compare(version, release(after(bound.version, bound.given))) >= 0;
    case "<":
      return compare(version, bound.given === 3 ? bound.version : [bound.version[0], bound.version[1], bound.version[2], "0"]) < 0;
    default:
      return bound.given === 3 ? compare(version, bound.version) === 0 : isFrom && compare(version, after(bound.version, bound.given)) < 0;
  }
}

/** Whether a version lies in a range. A prerelease only does where the range names a prerelease of the same version, and never beside an alternative that holds all. */
export function inRange(version: string, range: string): boolean {
  const parsed = parse(version);
  if (parsed === undefined || parsed.given < 3) return false;
  const alternatives = range.split("||").map((any) =>
    any
      .trim()
      .split(/\s+/)
      .filter((part) => part !== ""),
  );
  if (alternatives.some((parts) => parts.every(holdsAll))) return parsed.version[3] === "";
  return alternatives.some(
    (parts) => parts.every((part) => fits(parsed.version, part)) && (parsed.version[3] === "" || parts.some((part) => namesPrerelease(part, parsed.version))),
  );
}

/** `*` in any of its forms, and what is at least 0.0.0. */
const holdsAll = (part: string): boolean => /^(?:\^|~|>=|<=|=)?[xX*]$/.test(part) || /^>=0(?:\.(?:0|[xX*])){0,2}$/.test(part);

function namesPrerelease(part: string, [major, minor, patch]: Version): boolean {
  const bound = parse(part.replace(/^(?:\^|~|>=|<=|>|<|=)/, ""));
  if (bound === undefined || bound.version[3] === "") return false;
  return bound.version[0] === major && bound.version[1] === minor && bound.version[2] === patch;
}
