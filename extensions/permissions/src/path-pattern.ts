import { posix } from "node:path";
import ignore, { type Ignore } from "ignore";

/** What a rule says of a path, in the way of .gitignore: `src/**`, `/rel`, `~/x`, `//abs`. */
export interface PathPattern {
  readonly base: "root" | "home" | "workspace" | "cwd";
  readonly glob: string;
  /** Forbidding takes a name in any case, allowing only in its own. */
  readonly loose: Ignore;
  readonly exact: Ignore;
}

/** A folder under the name it is known by and its real one. */
export interface Place {
  readonly path: string;
  readonly real: string;
}

/** What patterns are relative to. */
export interface Bases {
  readonly cwd: Place;
  /** The first is the workspace. */
  readonly roots: readonly Place[];
  readonly home?: Place | undefined;
}

/** What is wrong with a pattern, or undefined. A pattern that could never match anything is wrong. */
export function problemOfPath(spec: string): string | undefined {
  if (spec.trim() === "") return "its path is empty";
  if (/[\u0000-\u001f\u007f]/.test(spec)) return "it holds a control character";
  if (spec.startsWith("!")) return "a path cannot be excepted with `!`; write an allow rule and a deny rule";
  if (spec.startsWith("#")) return "`#` begins a comment; write `\\#`";
  if (/^~[^/]/.test(spec)) return "only `~/` is known, not another person's home";
  if (/(?:^|[^\\])(?:\\\\)*\\$/.test(spec)) return "it ends in a lone backslash";
  if (/(?:^|[^\\])\[(?!.+\])/s.test(spec)) return "its `[` is not closed; write `\\[` for the sign itself";
  if (spec.split("/").includes("..")) return "`..` never matches; write the path from `//`";
  return undefined;
}

export function pathPatternOf(spec: string): PathPattern {
  const [base, glob] = baseOf(spec);
  return { base, glob, loose: ignore({ ignorecase: true }).add({ pattern: glob }), exact: ignore({ ignorecase: false }).add({ pattern: glob }) };
}

function baseOf(spec: string): readonly [PathPattern["base"], string] {
  if (spec.startsWith("//")) return ["root", spec.slice(1)];
  if (spec === "~") return ["home", "**"];
  if (spec.startsWith("~/")) return ["home", spec.slice(1)];
  if (spec.startsWith("/")) return ["workspace", spec];
  const relative = spec.startsWith("./") ? spec.slice(2) : spec;
  return ["cwd", relative === "" || relative === "." ? "**" : relative];
}

const root: Place = { path: "/", real: "/" };

/** Forbidding: either name of the path is enough, and `./x` is meant from the session's folders too. */
export const isForbidden = (pattern: PathPattern, path: Place, bases: Bases): boolean =>
  namesOf(placesOf(pattern, bases, true)).some((folder) => namesOf([path]).some((one) => isBelow(pattern, pattern.loose, one, folder)));

/** Both names of each, which are mostly the same. */
const namesOf = (places: readonly Place[]): readonly string[] => [...new Set(places.flatMap(({ path, real }) => [path, real]))];

/** Allowing: what counts is where the path really leads. */
export const isAllowed = (pattern: PathPattern, path: Place, bases: Bases): boolean =>
  placesOf(pattern, bases, false).some((base) => [base.path, base.real].some((folder) => isBelow(pattern, pattern.exact, path.real, folder)));

function placesOf({ base }: PathPattern, { cwd, roots, home }: Bases, wide: boolean): readonly Place[] {
  switch (base) {
    case "root":
      return [root];
    case "home":
      return home === undefined ? [] : [home];
    case "workspace":
      return wide ? roots : roots.slice(0, 1);
    case "cwd":
      return wide ? [cwd, ...roots] : [cwd];
    default:
      return base satisfies never;
  }
}

function isBelow({ glob }: PathPattern, rules: Ignore, path: string, folder: string): boolean {
  const relative = posix.relative(folder, path);
  if (relative === "") return glob === "**" || glob === "/**" || glob === "*";
  if (relative === ".." || relative.startsWith("../")) return false;
  return rules.ignores(relative) || rules.ignores(`${relative}/`);
}

/** The pattern of one path and nothing else. */
export const patternOfPath = (path: string): string =>
  `/${path.replaceAll(/[\\*?[\]]/g, (sign) => `\\${sign}`).replaceAll(/ +$/g, (spaces) => "\\ ".repeat(spaces.length))}`;
