import type { ShellPath, ShellSpan } from "@claw/kernel";
import type { Draft } from "./draft.ts";
import { type Folder, pathAt, reach, wayOf } from "./paths.ts";
import { isMadeOf, signs, wordSigns } from "./signs.ts";

/** More than this many are not taken down. */
const most = 4_000;

/** Every path that a word of these commands may name, from every folder that one of them may run in. */
export function mentionsOf(drafts: readonly Draft[], launched: readonly (readonly (string | undefined)[])[]): readonly ShellPath[] {
  const paths: ShellPath[] = [];
  for (const draft of drafts) {
    const { words, folders, findings } = draft;
    for (let index = 1; index < words.length && paths.length < most; index += 1) {
      const word = words[index];
      if (word !== undefined && word !== "") add(word, folders, draft, paths);
    }
    for (const path of findings.reads) paths.push(path);
    for (const path of findings.writes) paths.push(path);
  }
  const [first] = drafts;
  if (first === undefined || launched.length === 0) return paths;
  const folders = new Map<string, Folder>();
  for (const draft of drafts) for (const folder of draft.folders) folders.set(folder.path + wayOf(folder), folder);
  // Most of them are the ends of one another.
  for (const word of new Set(launched.flat())) if (word !== undefined && word !== "" && paths.length < most) add(word, [...folders.values()], first, paths);
  return paths;
}

const none: readonly string[] = [];

/** Signs of words that name one thing at most. */
const simple = signs(`${wordSigns}./%+,^~-`);

function add(word: string, folders: readonly Folder[], span: ShellSpan, paths: ShellPath[]): void {
  if (!word.startsWith("-") && isMadeOf(word, simple)) for (const folder of folders) paths.push(pathAt(reach(word, folder), span));
  else for (const name of namesIn(word)) for (const folder of folders) paths.push(pathAt(reach(name, folder), span));
}

/** The word, the value of an option, what follows `@`, `=` or `:`. */
function namesIn(word: string): readonly string[] {
  if (word.startsWith("-")) {
    const at = word.indexOf("=");
    if (at !== -1) return [word.slice(at + 1)];
    return /^-[A-Za-z][/.~]/.test(word) ? [word.slice(2)] : none;
  }
  if (!/[@=:]/.test(word)) return [word];
  if (/^file:\/\//i.test(word)) return [URL.parse(word)?.pathname ?? word];
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(word)) return [];
  const parts = [word.startsWith("@") ? word.slice(1) : "", word.slice(word.indexOf("=") + 1), word.slice(word.lastIndexOf(":") + 1)];
  return [word, ...parts.filter((part) => part !== "" && part !== word)];
}
