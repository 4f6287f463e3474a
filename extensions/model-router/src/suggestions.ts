import { editDistance } from "@claw/kernel/kit";

/** Longer than any name; what is longer was not mistyped. */
const maxLength = 128;

/** The candidates closest to what was written, at most three, best first. A candidate is compared whole and by its parts. */
export function closest(written: string, candidates: readonly string[]): readonly string[] {
  if (written.length > maxLength) return [];
  const wanted = written.toLowerCase();
  const scored = [...new Set(candidates)].map((candidate) => ({
    candidate,
    score: Math.min(...formsOf(candidate).map((form) => editDistance(wanted, form) / Math.max(wanted.length, form.length))),
  }));
  return scored
    .filter(({ score }) => score <= 0.4)
    .sort((left, right) => left.score - right.score)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

function formsOf(candidate: string): readonly string[] {
  const whole = candidate.toLowerCase().slice(0, maxLength);
  const id = whole.slice(whole.indexOf("/") + 1);
  return [whole, id, ...id.split(/[^a-z]+/).filter((word) => word.length > 3)];
}
