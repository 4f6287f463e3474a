/**
 * What a word that begins with `:` names to git: `:file` and `:2:file` in the index, `:(top)file` and `:/file` from the top.
 * Undefined where it only leaves out: `:!file`, `:^file`, `:(exclude)file`.
 */
export function magicName(word: string): string | undefined {
  const [, long, inLong = ""] = /^:\(([^)]*)\)(.*)$/s.exec(word) ?? [];
  if (long !== undefined) return long.split(",").includes("exclude") ? undefined : inLong;
  const [, short = "", inShort = ""] = /^:([/!^]*):?(.*)$/s.exec(word) ?? [];
  if (short !== "") return /[!^]/.test(short) ? undefined : inShort;
  return word.replace(/^:(?:[0-3]:)?/, "");
}

/** What `HEAD:file`, `HEAD^{/a:b}:file` and `HEAD:one..HEAD:two` name to git: what stands behind the `:` of each revision, and behind the very first. */
export function namesInRevision(word: string): readonly string[] {
  const [first = "", ...further] = word.split("..");
  const nameOf = (part: string): string => (part.startsWith(":") ? magicName(part) : nameIn(part)) ?? "";
  const whole = word.startsWith(":") ? nameOf(word) : word.slice(word.indexOf(":") + 1);
  return [...new Set([whole || ".", ...[word, first, ...further].map(nameOf).filter((name) => name !== "")])];
}

/** A revision ends at the first `:` that stands in no braces. */
function nameIn(revision: string): string | undefined {
  let depth = 0;
  for (let at = 0; at < revision.length; at += 1) {
    const sign = revision[at];
    if (sign === "{") depth += 1;
    else if (sign === "}" && depth > 0) depth -= 1;
    else if (sign === ":" && depth === 0) return revision.slice(at + 1);
  }
  return undefined;
}
