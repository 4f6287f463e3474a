import { originOf } from "./pattern-inside.ts";

/** What is not read here; whatever holds it may match anything. */
const beyondStars = /[?[\]{}()!\\]/;
const mostTokens = 512;

interface Reading {
  readonly isMany: (token: string) => boolean;
  readonly meets: (a: string, b: string) => boolean;
}

/** Whether something could be matched by both patterns. `false` is proved, `true` may only say that it was not. */
function overlap(a: readonly string[], b: readonly string[], { isMany, meets }: Reading): boolean {
  if (a.length > mostTokens || b.length > mostTokens) return true;
  let after: readonly boolean[] = [];
  for (let i = a.length; i >= 0; i -= 1) {
    const here = Array.from({ length: b.length + 1 }, () => false);
    for (let j = b.length; j >= 0; j -= 1) {
      const [one, other] = [a[i], b[j]];
      if (one === undefined && other === undefined) here[j] = true;
      else if (one !== undefined && isMany(one)) here[j] = after[j] === true || (other !== undefined && here[j + 1] === true);
      else if (other !== undefined && isMany(other)) here[j] = here[j + 1] === true || (one !== undefined && after[j] === true);
      else here[j] = one !== undefined && other !== undefined && meets(one, other) && after[j + 1] === true;
    }
    after = here;
  }
  return after[0] === true;
}

export const textsOverlap = (a: string, b: string): boolean =>
  beyondStars.test(a) || beyondStars.test(b) || overlap([...a], [...b], { isMany: (token) => token === "*", meets: (one, other) => one === other });

/** For `workspace:src/**` and its like. */
export function filesOverlap(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => /^([a-z]+):(.*)$/s.exec(text));
  if (one?.[1] !== other?.[1]) return false;
  const [first = [], second = []] = [one, other].map((match) => (match?.[2] ?? "").split("/").filter((segment) => segment !== "" && segment !== "."));
  if ([...first, ...second].includes("..")) return true;
  return overlap(first, second, { isMany: (token) => token.includes("**"), meets: textsOverlap });
}

/** For origins, of which one that the person's settings name is nobody's to know. */
export function originsOverlap(a: string, b: string): boolean {
  if (a === b) return true;
  const [one, other] = [originOf(a), originOf(b)];
  if (one === undefined || other === undefined || one.scheme !== other.scheme || one.port !== other.port) return false;
  return one.labels.length === other.labels.length && one.labels.every((label, index) => textsOverlap(label, other.labels[index] ?? ""));
}
