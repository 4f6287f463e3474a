import type { ShellClass, ShellTightening } from "@claw/kernel";
import { raise } from "./findings.ts";
import { baseName } from "./paths.ts";
import type { Task } from "./scene.ts";

const classes: ReadonlySet<unknown> = new Set(["workspace-write", "outside-write", "network", "destructive", "unknown"] satisfies readonly ShellClass[]);

/** What a manifest says of an entry of slot `shell-spec`, read strictly; a sentence where it says something else. */
export function tighteningOf(facts: Readonly<Record<string, unknown>>): ShellTightening | string {
  const { description = "", program, raises } = facts;
  if (typeof program !== "string" || !/^[\w.+-]{1,100}$/.test(program)) return "its program is not the name of a program without folders";
  if (typeof raises !== "object" || raises === null || Array.isArray(raises)) return "its raises is not an object of words and classes";
  const entries = Object.entries(raises);
  if (entries.length === 0) return "its raises names no word; * stands for every use";
  const odd = entries.find(([word, value]) => word === "" || /\s/.test(word) || !classes.has(value));
  if (odd !== undefined) return `its raises says ${JSON.stringify(odd[1])} of ${JSON.stringify(odd[0])}; a class is one of ${[...classes].join(", ")}`;
  return { description: String(description), program, raises: Object.fromEntries(entries) };
}

/** Raises the class for every word that an extension named. A word that is not known may be any of them. */
export function tighten({ fields, findings, head, what, scene }: Task): void {
  for (const { raises } of scene.programs.tightenings(baseName(head.value ?? "")))
    for (const [word, to] of Object.entries(raises)) {
      const found = word === "*" ? head : fields.find(({ value }) => value === undefined || isUse(value, word));
      if (found !== undefined)
        raise(
          findings,
          to,
          word === "*" ? `an extension holds ${what} for more than reading` : `an extension holds ${what} ${word} for more than reading`,
          found,
        );
    }
}

/** Whether a typed word is the named one: with a value, in a cluster, or shortened too. */
function isUse(typed: string, named: string): boolean {
  if (typed === named) return true;
  if (!named.startsWith("-")) return false;
  const bare = typed.replace(/=.*$/s, "");
  if (named.startsWith("--")) return bare.length > 2 && bare.startsWith("--") && named.startsWith(bare);
  return /^-[^-]$/.test(named) && /^-[^-]/.test(typed) && typed.includes(named.charAt(1));
}
