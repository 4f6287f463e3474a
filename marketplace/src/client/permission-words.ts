import { isInside, type PermissionPart, type ProgramPart, partsOf } from "./permission-parts.ts";
import { quoted } from "./quoted.ts";

/** What a manifest asks for in plain words, the most dangerous first. Nothing is left out. */
export const permissionWords = (permissions: Readonly<Record<string, unknown>>): readonly string[] => worded(partsOf(permissions));

export interface PermissionDifference {
  readonly added: readonly string[];
  /** Patterns that cover more than one that was there. */
  readonly wider: readonly string[];
  readonly gone: readonly string[];
}

/** What other permissions mean to somebody who agreed to the ones before. Whatever is not proved to be inside them is new. */
export function permissionDifference(before: Readonly<Record<string, unknown>>, after: Readonly<Record<string, unknown>>): PermissionDifference {
  const [old, now] = [partsOf(before), partsOf(after)];
  const fresh = now.filter((part) => !old.some((each) => isInside(part, each)));
  const narrowerOf = (part: PermissionPart): readonly PermissionPart[] => old.filter((each) => isInside(each, part));
  return {
    added: worded(fresh.filter((part) => narrowerOf(part).length === 0)),
    wider: fresh.flatMap((part) => {
      const narrower = narrowerOf(part);
      return narrower.length === 0 ? [] : [`${wordsOf(part)} (until now: ${worded(narrower).join(", ")})`];
    }),
    gone: worded(old.filter((part) => !now.some((each) => isInside(part, each)))),
  };
}

const worded = (parts: readonly PermissionPart[]): readonly string[] => {
  const ranked = parts.map((part) => ({ rank: rankOf(part), words: wordsOf(part) }));
  return [...new Set(ranked.sort((a, b) => a.rank - b.rank || (a.words < b.words ? -1 : 1)).map(({ words }) => words))];
};

/** The most dangerous first. What nobody knows stands where it is seen. */
const order: readonly string[] = [
  "native",
  "exec",
  "unknown",
  "fs.write",
  "conversation write",
  "conversation read",
  "secrets",
  "fs.read",
  "fs.write workspace",
  "netPrivate",
  "netInsecure",
  "net",
  "fs.read workspace",
  "env",
  "tools",
  "models",
  "prompt",
  "ui ask",
  "conversation metadata",
  "ui notify",
  "fs.write data",
  "fs.write cache",
  "fs.read data",
  "fs.read cache",
];

function rankOf(part: PermissionPart): number {
  const value = "value" in part && typeof part.value === "string" ? part.value : "";
  const rank = order.indexOf(`${part.kind} ${/^[a-z]+/.exec(value)?.[0] ?? ""}`);
  return rank === -1 ? order.indexOf(part.kind) : rank;
}

function wordsOf(part: PermissionPart): string {
  switch (part.kind) {
    case "native":
      return "ships programs that run with all your rights";
    case "exec":
      return programWords(part.value);
    case "unknown":
      return `asks for what this claw does not know: ${quoted(part.value)}`;
    case "fs.write":
      return `write ${filesWords(part.value)}`;
    case "fs.read":
      return `read ${filesWords(part.value)}`;
    case "conversation":
      return conversationWords[part.value] ?? quoted(part.value);
    case "secrets":
      return `read your secret ${quoted(part.value)}`;
    case "netPrivate":
      return "reach this machine's own and private addresses on the network";
    case "netInsecure":
      return "reach the network without encryption (http:)";
    case "net":
      if (part.value === "config:any") return "reach whatever server others send it to";
      return part.value.startsWith("config:")
        ? `reach the server that your setting ${quoted(part.value.slice("config:".length))} names`
        : `reach ${quoted(part.value)} on the network`;
    case "env":
      return `read the environment variable ${quoted(part.value)}`;
    case "tools":
      return `call the tool ${quoted(part.value)}`;
    case "models":
      return "prompt your models at your cost";
    case "prompt":
      return "give the model text of its own";
    case "ui":
      return part.value === "ask" ? "ask you questions" : "show you notices";
    default:
      return part satisfies never;
  }
}

const conversationWords: Readonly<Record<string, string>> = {
  write: "read and change everything you and the model say",
  read: "read everything you and the model say",
  metadata: "see when you and the model talk, and not what is said",
};

const places: Readonly<Record<string, string>> = {
  workspace: "in the workspace",
  data: "in its own data folder",
  cache: "in its own cache folder",
  path: "on this machine",
};

function filesWords(glob: string): string {
  const [, prefix = "", pattern = ""] = /^([a-z]+):(.*)$/s.exec(glob) ?? [];
  const place = Object.hasOwn(places, prefix) ? places[prefix] : undefined;
  if (place === undefined) return `the files ${quoted(glob)}`;
  return pattern === "**" || (prefix === "path" && pattern === "/**") ? `every file ${place}` : `${quoted(pattern)} ${place}`;
}

function programWords({ cmd, args = ["**"] }: ProgramPart): string {
  const words = args.map((arg, index) => (arg === "**" && index === args.length - 1 ? "…" : /^[^\s'"…]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "\\'")}'`));
  if (cmd !== "*") return `run ${quoted([cmd, ...words].join(" "))} on this machine`;
  return words.length === 1 && words[0] === "…"
    ? "run any program on this machine"
    : `run any program with the arguments ${quoted(words.join(" "))} on this machine`;
}
