import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { FormSpec, ProgramSpec } from "../../../../extensions/shell-analysis/src/spec.ts";
import type { Dice } from "./dice.ts";
import { awkPieces, findPieces, jqPieces, sedAddresses, sedCommands, testPieces } from "./little-languages.ts";
import { files, globs, hostileOptions, targets, texts, unknowns } from "./pools.ts";

const folder = fileURLToPath(new URL("../../../../extensions/shell-analysis/src/specs/", import.meta.url));

export const specs: readonly ProgramSpec[] = readdirSync(folder).map((name) => JSON.parse(readFileSync(folder + name, "utf8")) as ProgramSpec);

/** One word: mostly a file or a text, sometimes what is known only once it runs, or where to write. */
export function word(random: Dice): string {
  switch (random.below(random.calm ? 30 : 12)) {
    case 0:
      return random.pick(globs);
    case 1:
      return random.pick(unknowns);
    case 2:
      return random.calm ? random.pick(files) : random.pick(targets);
    case 3:
    case 4:
    case 5:
      return quoted(random, random.pick(texts));
    default:
      return quoted(random, random.pick(files));
  }
}

function quoted(random: Dice, text: string): string {
  if (/[\s"'$`~;*]/.test(text) || text === "") return `'${text.replaceAll("'", "")}'`;
  switch (random.below(14)) {
    case 0:
      return `"${text}"`;
    case 1:
      return `'${text}'`;
    case 2:
      return `$'${text}'`;
    case 3:
      return `\\${text}`;
    case 4:
      return `${text.slice(0, 1)}''${text.slice(1)}`;
    case 5:
      return `${text.slice(0, 2)}"${text.slice(2)}"`;
    default:
      return text;
  }
}

const joined = (random: Dice, pieces: readonly string[], separator: string): string =>
  Array.from({ length: 1 + random.few(5) }, () => random.pick(pieces)).join(separator);

/** What stands before the other words of programs whose words are a small language. */
function scriptOf(random: Dice, grammar: FormSpec["grammar"]): string {
  switch (grammar) {
    case "sed": {
      const commands = Array.from({ length: 1 + random.few(4) }, () => random.pick(sedAddresses) + random.pick(sedCommands));
      return `'${commands.join(random.pick([";", "; ", "\n"]))}'`;
    }
    case "awk":
      return `'${joined(random, awkPieces, " ")}'`;
    case "find":
      return joined(random, findPieces, " ");
    case "jq":
      return `'${joined(random, jqPieces, random.pick([" | ", ", "]))}'`;
    case "test":
      return random.pick(testPieces);
    case "date":
      return random.pick(["+%F", "-d yesterday", "-u", "-s 12:00", "--date=now", "-r a.txt", "'+%s %Z'", "0101", "-I", "-R", "-f names.txt", "--set=1"]);
    case "dd":
      return random.pick(["if=a.txt", "if=a.txt of=out.txt", "of=/dev/null if=a.txt", "bs=1 count=1", "if=a.txt status=none"]);
    case "tar":
      return random.pick([
        "-tf archive.tar",
        "tf archive.tar",
        "-tvf archive.tar",
        "--list -f archive.tar",
        "xf archive.tar",
        "-xOf archive.tar",
        "tf archive.tar --to-stdout",
        "-cf - a.txt",
        "cf /dev/null a.txt",
        "-df archive.tar",
        "tzf text.gz",
      ]);
    case "xargs":
      return `${random.pick(["", "-n1", "-0", "-I{}", "-r", "-P2", "-t", "-d ,", "-L 1"])} ${random.pick(["cat", "echo", "wc -l", "grep foo", "ls -l", "touch", "rm", "sort", "sh -c", "head -n1", "echo {}", "file"])}`;
    case undefined:
      return "";
  }
}

/** Words as the specification of a form takes them, and some that it does not. */
export function argumentsOf(random: Dice, form: FormSpec): string {
  const words: string[] = [];
  const letters = (form.flags ?? "") + (!random.calm && random.oneIn(3) ? "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" : "");
  const value = (): string => (!random.calm && random.oneIn(5) ? random.pick(targets) : word(random));
  for (let more = random.few(5); more > 0; more -= 1)
    switch (random.below(7)) {
      case 0:
      case 1:
        if (letters !== "") words.push(`-${Array.from({ length: 1 + random.few(4) }, () => letters.charAt(random.below(letters.length))).join("")}`);
        break;
      case 2:
        if (form.valued !== undefined)
          words.push(
            `-${random.oneIn(4) ? letters.slice(0, 2) : ""}${form.valued.charAt(random.below(form.valued.length))}${random.oneIn(2) ? " " : ""}${value()}`,
          );
        break;
      case 3:
      case 4:
        if (form.long !== undefined && form.long.length > 0) words.push(longOption(random, random.pick(form.long), value));
        break;
      case 5:
        if (!random.calm && random.oneIn(2)) words.push(random.pick(hostileOptions));
        break;
      default:
        if (form.patterns !== undefined) words.push(random.pick(["-5", "+5", "-n5", "+F", "-U3", "-C2"]));
    }
  if (form.subcommands !== undefined && !random.oneIn(12)) {
    const name = random.pick(Object.keys(form.subcommands));
    const below = form.subcommands[name];
    words.push(name, ...(below === undefined ? [] : [argumentsOf(random, random.oneIn(3) ? random.pick(below.alternatives ?? [below]) : below)]));
    return words.join(" ");
  }
  if (form.grammar !== undefined) words.push(scriptOf(random, form.grammar));
  const operands = form.operands === undefined ? random.few(2) : random.few(4) + (form.first?.count ?? 0);
  for (let more = operands; more > 0; more -= 1) words.push(word(random));
  return (random.oneIn(6) ? words.toSorted(() => random.below(3) - 1) : words).join(" ");
}

function longOption(random: Dice, spelled: string, value: () => string): string {
  const name = spelled.replace(/[=:]$/, "");
  const shortened = !random.calm && random.oneIn(10) ? name.slice(0, 1 + random.below(name.length)) : name;
  if (!/[=:]$/.test(spelled) && !random.oneIn(8)) return `--${shortened}`;
  return `--${shortened}${random.oneIn(3) ? " " : "="}${value()}`;
}
