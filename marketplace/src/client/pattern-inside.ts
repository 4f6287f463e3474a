/** Longer patterns are only inside themselves: what follows takes the product of two lengths. */
const mostTokens = 512;

/** What no star-only reading of a pattern covers: such patterns are only inside themselves. */
const beyondStars = /[?[\]{}()!\\]/;

interface Reading {
  /** Stands for any number of tokens. */
  readonly isMany: (token: string) => boolean;
  /** Whether one token of the old pattern matches all that one of the new pattern does. */
  readonly holds: (old: string, now: string) => boolean;
  /** A last token for many stands for one at least. */
  readonly lastTakesOne?: boolean;
}

/**
 * Whether everything that the new pattern matches is proved to be matched by the old one. A star of the new pattern is taken for one more
 * character that only a star of the old one matches, so `true` is always right; `false` only says that it was not proved.
 */
function inside(now: readonly string[], old: readonly string[], { isMany, holds, lastTakesOne = false }: Reading): boolean {
  if (now.length > mostTokens || old.length > mostTokens) return now.join("\n") === old.join("\n");
  // after[j]: whether what follows in the old pattern holds now.slice(j).
  let after = now.map(() => false).concat(true);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    const token = old[i] ?? "";
    const here = Array.from({ length: now.length + 1 }, () => false);
    for (let j = now.length; j >= 0; j -= 1) {
      const next = now[j];
      if (isMany(token)) here[j] = lastTakesOne && i === old.length - 1 ? j < now.length : after[j] === true || (j < now.length && here[j + 1] === true);
      else here[j] = next !== undefined && !isMany(next) && holds(token, next) && after[j + 1] === true;
    }
    after = here;
  }
  return after[0] === true;
}

const characters: Reading = { isMany: (token) => token === "*", holds: (old, now) => old === now };

/** For text in which `*` stands for any characters. */
export const textInside = (now: string, old: string): boolean =>
  now === old || (![now, old].some((text) => beyondStars.test(text) || text.includes("**")) && inside([...now], [...old], characters));

const segments: Reading = { isMany: (token) => token === "**", holds: (old, now) => textInside(now, old), lastTakesOne: true };

/** For `workspace:src/**` and its like. A pattern with `.`, `..` or an empty segment leads somewhere else than it says, so it is only inside itself. */
export function filesInside(now: string, old: string): boolean {
  if (now === old) return true;
  const [a, b] = [now, old].map((text) => /^([a-z]+:\/?)(.+)$/.exec(text));
  if (a?.[1] === undefined || a[1] !== b?.[1]) return false;
  const [inner, outer] = [a[2] ?? "", b[2] ?? ""].map((text) => text.split("/"));
  if (inner === undefined || outer === undefined || [...inner, ...outer].some((segment) => ["", ".", ".."].includes(segment))) return false;
  return inside(inner, outer, segments);
}

const positions: Reading = { isMany: (token) => token === "**", holds: (old, now) => textInside(now, old) };

/** For the arguments of a program, a pattern each; `**` is the rest, and only means that where it comes last. */
export function argumentsInside(now: readonly string[], old: readonly string[]): boolean {
  if ([now, old].some((list) => list.slice(0, -1).includes("**"))) return now.length === old.length && now.every((each, index) => each === old[index]);
  return inside(now, old, positions);
}

const usualPort: Readonly<Record<string, string>> = { http: "80", ws: "80", https: "443", wss: "443" };

/** The parts of an origin that names a host by labels. */
export function originOf(text: string): { readonly scheme: string; readonly labels: readonly string[]; readonly port: string } | undefined {
  const [, scheme, host, port] = /^(https?|wss?):\/\/([a-z0-9*.-]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return scheme === undefined || host === undefined ? undefined : { scheme, labels: host.split("."), port: port ?? usualPort[scheme] ?? "" };
}

/** For origins. A star is within one label, so the number of labels is the same. */
export function originInside(now: string, old: string): boolean {
  if (now === old) return true;
  const [inner, outer] = [originOf(now), originOf(old)];
  if (inner === undefined || outer === undefined || inner.scheme !== outer.scheme || inner.port !== outer.port) return false;
  return inner.labels.length === outer.labels.length && inner.labels.every((label, index) => textInside(label, outer.labels[index] ?? ""));
}
