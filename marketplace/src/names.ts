import { ClawError } from "@claw/kernel/host";

const segment = /^[a-z0-9](?:(?:[a-z0-9]|-(?!-)){0,62}[a-z0-9])?$/;
const mostCharacters = 100;

/** Windows opens a device under these names; the others have a meaning for the file system, for npm or for JavaScript. The schema of a name refuses the same. */
const refused: ReadonlySet<string> = new Set([
  "con",
  "prn",
  "aux",
  "nul",
  ...Array.from({ length: 10 }, (_, digit) => [`com${digit}`, `lpt${digit}`]).flat(),
  "node-modules",
  "index",
  "root",
  "claw-lock",
  "constructor",
  "prototype",
]);

/** Whether a text is one half of a name: a scope or a base. */
export const isSegment = (text: string): boolean => text.length <= 64 && segment.test(text) && !refused.has(text);

/** Whether a text is the full name of an extension, `scope/base` (extensions.md §3.1). */
export const isName = (text: string): boolean => {
  const parts = text.split("/");
  return parts.length === 2 && text.length <= mostCharacters && parts.every(isSegment);
};

/** Refuses what is no full name. It may come from anywhere, so it is quoted. */
export function checkName(name: string): string {
  if (isName(name)) return name;
  throw new ClawError(
    "E_NAME",
    `${JSON.stringify(name.slice(0, 120))} is no name of an extension: it must be scope/base, of the letters a to z, digits and single hyphens`,
    { name: name.slice(0, 120) },
    { fix: "write it as acme/bedrock" },
  );
}

export const scopeOf = (name: string): string => name.slice(0, name.indexOf("/"));
export const baseOf = (name: string): string => name.slice(name.indexOf("/") + 1);

/** What a person asks for: `bedrock`, `acme/bedrock`, `acme/bedrock@^1.2`. */
export interface Request {
  /** A full name, or a short one that an index may give a meaning. */
  readonly name: string;
  /** As typed; absent means any. */
  readonly range?: string;
}

/** Reads `name[@range]` from the command line. */
export function requestOf(text: string): Request {
  const at = text.indexOf("@", 1);
  const [name, range] = at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
  if (!isSegment(name)) checkName(name);
  return range === undefined ? { name } : { name, range };
}
