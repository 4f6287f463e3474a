import type { ShellWord } from "./shell-words.ts";

/** How many words of a wrapper come before the command it runs; undefined if that is not plain. */
type Peel = (values: readonly string[]) => number | undefined;

const after = (values: readonly string[], count: number): number | undefined =>
  values.length > count && !(values[count] ?? "-").startsWith("-") ? count : undefined;

/** Wrappers that run the command in their words and change nothing about what it does. */
const wrappers: Readonly<Record<string, Peel>> = {
  timeout: (values) => {
    let at = 1;
    for (;;) {
      const value = values[at] ?? "";
      if (value === "-k" || value === "-s") at += 2;
      else if (/^--(?:foreground|preserve-status|verbose|(?:signal|kill-after)=\w+)$/.test(value)) at += 1;
      else break;
    }
    return /^\d+(?:\.\d+)?[smhd]?$/.test(values[at] ?? "") ? after(values, at + 1) : undefined;
  },
  nice: (values) => {
    if (values[1] === "-n") return /^-?\d+$/.test(values[2] ?? "") ? after(values, 3) : undefined;
    return after(values, /^-\d+$/.test(values[1] ?? "") ? 2 : 1);
  },
  nohup: (values) => after(values, 1),
  command: (values) => after(values, values[1] === "-p" ? 2 : 1),
  // With an assignment it would run under another environment; without a command it would print this one.
  env: (values) => (/^[^=]+$/.test(values[1] ?? "") ? after(values, 1) : undefined),
};

/** The command inside all its wrappers; itself if there are none. */
export function unwrapped(words: readonly ShellWord[]): readonly ShellWord[] {
  let inner = words;
  for (;;) {
    const name = inner[0]?.value ?? "";
    if (!Object.hasOwn(wrappers, name) || inner.some(({ value, glob }, index) => value === undefined || (glob && index === 0))) return inner;
    const count = wrappers[name]?.(inner.map(({ value }) => value ?? ""));
    if (count === undefined || inner[count]?.glob === true) return inner;
    inner = inner.slice(count);
  }
}
