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
