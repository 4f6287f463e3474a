import { shown } from "./arguments.ts";
import { raise } from "./findings.ts";
import { deepest, type Task } from "./scene.ts";

export const shells: ReadonlySet<string> = new Set(["ash", "bash", "dash", "fish", "ksh", "mksh", "rbash", "sh", "zsh"]);
/** Those whose language is read here. */
const readable: ReadonlySet<string> = new Set(["bash", "dash", "sh"]);

/** `bash -c TEXT` does what the text does. Whether it is so used comes back. */
export function judgeShell({ fields, head, what, scene, findings }: Task): boolean {
  const words = fields.map(({ value }) => value);
  let at = 0;
  for (; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "-o" && words[at + 1] === "pipefail") at += 1;
    else if (/^-[euo]*o$/.test(word) && words[at + 1] === "pipefail") at += 1;
    else if (!/^(?:-[eux]+|--norc|--noprofile)$/.test(word)) break;
  }
  const [flag, text] = [words[at], words[at + 1]];
  const field = fields[at + 1];
  if (flag === undefined || !/^-[eux]*c$/.test(flag)) return false;
  if (field === undefined || text === undefined) raise(findings, "unknown", `which text ${what} runs is known only once it runs`, field ?? head);
  else if (!readable.has(what)) raise(findings, "unknown", `the language of ${what} is not read`, head);
  else if (scene.depth >= deepest) raise(findings, "unknown", `${shown(field.text)} stands too deep in texts that run texts`, field);
  else scene.nested(text, field, scene.folders, findings);
  return true;
}
