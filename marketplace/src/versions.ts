import { ClawError } from "@claw/kernel/host";
import compareVersions from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";
import satisfiesRange from "semver/functions/satisfies.js";
import valid from "semver/functions/valid.js";
import validRange from "semver/ranges/valid.js";

const mostCharacters = 256;

/** Whether a text is a version in its one form: semver would also read `v1.0.0`, ` 1.0.0` and `1.0.0+a`, which are other texts for the same. */
export const isVersion = (text: string): boolean => valid(text) === text && !text.includes("+");

export function checkVersion(version: string, of: string): string {
  if (isVersion(version)) return version;
  throw new ClawError(
    "E_VERSION",
    `${of}: ${JSON.stringify(version.slice(0, 80))} is no version in its one form`,
    { version: version.slice(0, 80) },
    { fix: "write it as 1.2.0" },
  );
}

/** Refuses a range of versions that says nothing to anybody, such as `1.x.y.z`: it would fit no version, and nobody would know why. */
export function checkRange(range: string, of: string): string {
  if (range.length <= mostCharacters && validRange(range) !== null) return range;
  throw new ClawError(
    "E_VERSION",
    `${of}: ${JSON.stringify(range.slice(0, 80))} is no range of versions`,
    { version: range.slice(0, 80) },
    { fix: "write it as ^1.2.0" },
  );
}

/** Whether a version lies in a range. A prerelease only does when the range names one of the same version. */
export const satisfies = (version: string, range: string): boolean => satisfiesRange(version, range);

/** Negative, 0 or positive: by the rules of semver. */
export const byVersion = (a: string, b: string): number => compareVersions(a, b);

export const isPrerelease = (version: string): boolean => (parse(version)?.prerelease.length ?? 0) > 0;
export const majorOf = (version: string): number => parse(version)?.major ?? 0;
