import { namePattern } from "./name-pattern.ts";

/** What a `find` hands on: to a program of -exec that may show what is in a file, or as a list of names. */
export interface Handed {
  /** The files' own names; undefined for any. */
  readonly names: readonly RegExp[] | undefined;
  /** Whether links may be among them. */
  readonly links: boolean;
}

export interface FindReading {
  /** To programs that may show what is in it. */
  readonly shown: readonly Handed[];
  /** As plain names, one a line or with a zero byte behind each. */
  readonly listed: readonly Handed[];
}

type Item =
  | { readonly type: "names"; readonly names: readonly RegExp[] }
  | { readonly type: "files" }
  | { readonly type: "group"; readonly ways: readonly Way[] }
  | { readonly type: "shows" | "lists" }
  | { readonly type: "other" };
/** What must all hold, in this order. */
type Way = readonly Item[];

const bare =
  /^-(?:daystart|depth|d|empty|executable|follow|ignore_readdir_race|ls|mount|nogroup|noignore_readdir_race|noleaf|nouser|nowarn|print|print0|prune|quit|readable|true|false|warn|writable|xdev)$/;
const valued =
  /^-(?:[aBcm]min|[acm]time|anewer|cnewer|newer\w*|context|fstype|gid|group|i?lname|i?name|inum|i?path|i?regex|regextype|i?wholename|links|maxdepth|mindepth|perm|printf|samefile|size|type|uid|used|user|xtype)$/;
/** Programs that tell of a file no more than its name, size and kind, whatever it is called. */
const telling = /^(?:basename|dirname|echo|ls|printf|readlink|realpath|stat|test)$/;

const any: Handed = { names: undefined, links: true };

/** Undefined for what is not understood, which may hand on anything. */
export function readFind(given: readonly string[]): FindReading | undefined {
  let at = given.findIndex((word) => /^[(!,]$|^-(?![HLPO])/.test(word));
  if (at === -1) at = given.length;
  const followed = given.slice(0, at).includes("-L") || given.includes("-follow");
  let acts = false;
  const ways = readWays();
  if (ways === undefined || at < given.length) return undefined;
  const found: { shown: Handed[]; listed: Handed[] } = { shown: [], listed: [] };
  for (const way of ways) collect(way, any, found);
  if (!acts) found.listed.push(...ways.map((way) => handedBy(way, any)));
  const followedLinks = (one: Handed): Handed => (followed ? { ...one, links: true } : one);
  return { shown: found.shown.map(followedLinks), listed: found.listed.map(followedLinks) };

  function readWays(): readonly Way[] | undefined {
    const all: Item[][] = [[]];
    let isNegated = false;
    for (; at < given.length && given[at] !== ")"; at += 1) {
      const word = given[at] as string;
      if (word === "-o" || word === "-or") all.push([]);
      else if (word === "!" || word === "-not") isNegated = !isNegated;
      else if (word !== "-a" && word !== "-and") {
        const item = readItem(word);
        if (item === undefined) return undefined;
        const isAction = item.type === "shows" || item.type === "lists" || item.type === "group";
        all.at(-1)?.push(isNegated && !isAction ? { type: "other" } : item);
        // What is in a group that is turned round is not told apart.
        if (isNegated && item.type === "group") return undefined;
        isNegated = false;
      }
    }
    return all;
  }

  function readItem(word: string): Item | undefined {
    if (word === "(") {
      at += 1;
      const inner = readWays();
      return inner === undefined || given[at] !== ")" ? undefined : { type: "group", ways: inner };
    }
    if (/^-(?:exec|execdir|ok|okdir)$/.test(word)) return readLaunch();
    if (bare.test(word)) {
      acts ||= /^-(?:ls|print|print0)$/.test(word);
      return { type: /^-print0?$/.test(word) ? "lists" : "other" };
    }
    if (!valued.test(word)) return undefined;
    at += 1;
    const value = given[at];
    if (value === undefined) return undefined;
    if (word === "-printf") {
      acts = true;
      return { type: "other" };
    }
    if (word === "-type" && value === "f") return { type: "files" };
    const pattern = /^-i?name$/.test(word) ? namePattern(value, false) : undefined;
    return pattern === undefined ? { type: "other" } : { type: "names", names: [pattern] };
  }

  function readLaunch(): Item | undefined {
    acts = true;
    const program = given[at + 1];
    const end = given.findIndex((word, index) => index > at && (word === ";" || (word === "+" && given[index - 1] === "{}")));
    if (program === undefined || end === -1) return undefined;
    at = end;
    return { type: telling.test(program) ? "other" : "shows" };
  }
}

/** What a way lets through, of what comes to it. */
function handedBy(way: Way, before: Handed): Handed {
  let { names, links } = before;
  for (const item of way) {
    if (item.type === "files") links = false;
    else if (item.type === "names") names ??= item.names;
    else if (item.type === "group") {
      const inner = item.ways.map((one) => handedBy(one, { names, links }));
      const each = inner.map((one) => one.names);
      names = each.every((one) => one !== undefined) ? each.flat() : undefined;
      links = inner.some((one) => one.links);
    }
  }
  return { names, links };
}

function collect(way: Way, before: Handed, found: { readonly shown: Handed[]; readonly listed: Handed[] }): void {
  for (const [index, item] of way.entries()) {
    const handed = handedBy(way.slice(0, index), before);
    if (item.type === "shows") found.shown.push(handed);
    else if (item.type === "lists") found.listed.push(handed);
    else if (item.type === "group") for (const inner of item.ways) collect(inner, handed, found);
  }
}

/** The names of all that is handed on; undefined for any. */
export function namesHanded(all: readonly Handed[]): readonly RegExp[] | undefined {
  const each = all.map(({ names }) => names);
  return each.every((names) => names !== undefined) ? each.flat() : undefined;
}
