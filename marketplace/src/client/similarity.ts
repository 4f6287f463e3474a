import { baseOf, scopeOf } from "../names.ts";
import { ownScope } from "./known.ts";

const lookalikes: Readonly<Record<string, string>> = { "0": "o", "1": "l", i: "l", "5": "s" };

/** Gives the letters of a word as they are read, until one is not wanted: letters that look alike are one, hyphens and doubled letters are passed over. */
function read(text: string, wants: (letter: string) => boolean): boolean {
  let last = "";
  for (let at = 0; at < text.length; at += 1) {
    let letter = text[at] ?? "";
    if (letter === "-") continue;
    if ((letter === "r" && text[at + 1] === "n") || (letter === "v" && text[at + 1] === "v")) {
      letter = letter === "r" ? "m" : "w";
      at += 1;
    } else letter = lookalikes[letter] ?? letter;
    if (letter === last) continue;
    last = letter;
    if (!wants(letter)) return false;
  }
  return true;
}

/** The same for words that are read as one another. */
function skeletonOf(text: string): string {
  let skeleton = "";
  read(text, (letter) => {
    skeleton += letter;
    return true;
  });
  return skeleton;
}

function readsAs(text: string, skeleton: string): boolean {
  let at = 0;
  return read(text, (letter) => skeleton[at++] === letter) && at === skeleton.length;
}

/** Whether at most `most` letters are put in, left out, changed or swapped with their neighbour. */
function isWithin(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  let [before, row]: readonly (readonly number[])[] = [[], Array.from({ length: b.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= a.length; i += 1) {
    const next: number[] = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before?.[j - 2] ?? 0) + 1 : Infinity;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row?.[j] ?? 0) + 1, (row?.[j - 1] ?? 0) + same, swapped));
    }
    if (Math.min(...next) > most + 1) return false;
    [before, row] = [row, next];
  }
  return (row?.[b.length] ?? 0) <= most;
}

/** The shorter a word, the more words are a letter away from it by chance. */
const reachOf = (a: string, b: string): number => {
  const shorter = Math.min(a.length, b.length);
  return shorter >= 8 ? 2 : shorter >= 4 ? 1 : 0;
};

const isLike = (a: string, b: string): boolean => skeletonOf(a) === skeletonOf(b) || isWithin(a, b, reachOf(a, b));

/** Whether a scope, whatever its extensions are called, would be taken for another one. */
function isImitation(scope: string, known: string): boolean {
  if (skeletonOf(scope) === skeletonOf(known)) return true;
  const most = known === ownScope ? 1 : reachOf(scope, known) - 1;
  return (most > 0 && isWithin(scope, known, most)) || (known === ownScope && scope.split("-").includes(ownScope));
}

export interface SimilarityOptions {
  /** Scopes in which strangers publish beside one another. In any other, a scope is one publisher's, who may give similar names. */
  readonly shared?: readonly string[];
}

/** The known name for which another would be taken: one of its own scope's never, and a known name for none. */
export function similarName(name: string, known: readonly string[], { shared = [] }: SimilarityOptions = {}): string | undefined {
  const [scope, base] = [scopeOf(name), baseOf(name)];
  const whole = skeletonOf(name.replace("/", ""));
  const likeScopes = new Map<string, "imitation" | "like" | "other">();
  const likenessOf = (other: string): "imitation" | "like" | "other" => {
    const seen = likeScopes.get(other);
    if (seen !== undefined) return seen;
    const likeness = isImitation(scope, other) ? "imitation" : isLike(scope, other) ? "like" : "other";
    likeScopes.set(other, likeness);
    return likeness;
  };
  const isSimilar = (other: string): boolean => {
    const otherScope = scopeOf(other);
    if (otherScope === scope) return shared.includes(scope) && isLike(base, baseOf(other));
    const likeness = likenessOf(otherScope);
    if (likeness === "imitation") return true;
    if (likeness === "like" && isLike(base, baseOf(other))) return true;
    // A slash in another place reads the same too.
    return readsAs(other.replace("/", ""), whole);
  };
  if (known.includes(name)) return undefined;
  const similar = known.filter(isSimilar);
  // The one with the same base is the one that is meant.
  const meant = similar.find((other) => baseOf(other) === base) ?? similar[0];
  return meant ?? (scope !== ownScope && isImitation(scope, ownScope) ? `${ownScope}/${base}` : undefined);
}
