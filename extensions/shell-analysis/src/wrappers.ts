import type { ShellClass } from "@claw/kernel";
import { isHarmlessSetting } from "./assignments.ts";
import type { Field } from "./field.ts";

/** What a wrapper adds to the command in its words. */
export interface Wrapper {
  /** How many of its words come before the command; undefined where that is not plain. */
  readonly count: number | undefined;
  readonly raises?: Exclude<ShellClass, "read-only">;
  readonly why?: string;
  /** Whether it runs the command as somebody else, or with what the person has. */
  readonly credentials?: boolean;
  /** The folder it changes to. */
  readonly folder?: Field;
  /** Whether it sets variables, so that no rule may cover the command by its words. */
  readonly sets?: boolean;
}

type Peel = (fields: readonly Field[]) => Wrapper;

const unclear: Wrapper = { count: undefined };

interface Table {
  /** Letters of options without a value; with one; long ones, which end in `=` where a value is attached. */
  readonly flags?: string;
  readonly valued?: string;
  readonly long?: readonly string[];
  readonly other?: RegExp;
  /** What the words before the command must be. */
  readonly first?: RegExp;
}

/** The place of the first word that is no option of the wrapper; undefined where one is not known. */
function behindOptions(fields: readonly Field[], { flags = "", valued = "", long = [], other }: Table): number | undefined {
  let at = 1;
  for (; at < fields.length; at += 1) {
    const word = fields[at]?.value;
    if (word === undefined) return undefined;
    if (word === "--") return at + 1;
    if (!word.startsWith("-") || word === "-") return at;
    if (other?.test(word) === true) continue;
    if (word.startsWith("--")) {
      if (!long.includes(word.replace(/=.*$/s, "="))) return undefined;
      continue;
    }
    const letter = [...word].findIndex((each, index) => index > 0 && !flags.includes(each));
    if (letter === -1) continue;
    if (!valued.includes(word.charAt(letter))) return undefined;
    if (letter + 1 < word.length) continue;
    at += 1;
    if (fields[at]?.value === undefined) return undefined;
  }
  return at;
}

const tabled =
  (table: Table, more: Omit<Wrapper, "count"> = {}): Peel =>
  (fields) => {
    const at = behindOptions(fields, table);
    const word = at === undefined ? undefined : fields[at]?.value;
    if (at === undefined || (table.first !== undefined && (word === undefined || !table.first.test(word)))) return { ...unclear, ...more };
    return { count: table.first === undefined ? at : at + 1, ...more };
  };

function peelEnv(fields: readonly Field[]): Wrapper {
  const settings: Field[] = [];
  let folder: Field | undefined;
  let cleared = false;
  let at = 1;
  for (; at < fields.length; at += 1) {
    const field = fields[at] as Field;
    const word = field.value;
    if (word === undefined && !/^[A-Za-z_]\w*=/.test(field.start)) return unclear;
    if (word === "-C") folder = fields[(at += 1)];
    else if (word === "-u") {
      cleared = true;
      at += 1;
    } else if (word === "-i" || word === "-" || word === "--ignore-environment" || word?.startsWith("--unset=") === true) cleared = true;
    else if (word === "-0" || word === "--null") continue;
    else if (word?.startsWith("--chdir=") === true) folder = { ...field, value: word.slice("--chdir=".length), start: word.slice("--chdir=".length) };
    else if (word === "--") {
      at += 1;
      break;
    } else if (word?.startsWith("-") === true) return unclear;
    else if (field.count === "one" && /^[A-Za-z_]\w*=/.test(field.start)) settings.push(field);
    else break;
  }
  const odd = settings.find(
    ({ start, value }) => value === undefined || !isHarmlessSetting(start.slice(0, start.indexOf("=")), start.slice(start.indexOf("=") + 1)),
  );
  const sets = settings.length > 0 || cleared;
  return {
    count: at,
    sets,
    ...(folder === undefined ? {} : { folder }),
    ...(odd === undefined && !cleared
      ? {}
      : { raises: "unknown", why: odd === undefined ? "the environment is changed" : `${odd.text} may change what the command does` }),
  };
}

const otherwise: Pick<Wrapper, "raises" | "why" | "credentials"> = {
  raises: "outside-write",
  why: "it runs as another user, who may do anything",
  credentials: true,
};
const leaves = { raises: "unknown", why: "it may go on when the call has ended" } as const;

/** Programs that run the command in their words, as data wherever that is enough. */
export const wrappers: ReadonlyMap<string, Peel> = new Map(
  Object.entries({
    chrt: tabled({ flags: "abfior", first: /^\d+$/ }),
    command: tabled({ flags: "p" }),
    doas: tabled({ flags: "n", valued: "u" }, otherwise),
    env: peelEnv,
    ionice: tabled({ flags: "t", valued: "cn", long: ["--class=", "--classdata=", "--ignore"] }),
    nice: tabled({ valued: "n", long: ["--adjustment="], other: /^--?\d+$/ }),
    nohup: tabled({}, leaves),
    setsid: tabled({ flags: "cfw", long: ["--wait", "--fork", "--ctty"] }, leaves),
    stdbuf: tabled({ valued: "ioe", long: ["--input=", "--output=", "--error="] }),
    sudo: tabled({ flags: "nEHkSbP", valued: "ugCDhpRrTtU", long: ["--non-interactive", "--preserve-env", "--set-home", "--user=", "--group="] }, otherwise),
    time: tabled({ flags: "pv", long: ["--portability", "--verbose"] }),
    timeout: tabled({
      flags: "v",
      valued: "ks",
      long: ["--foreground", "--preserve-status", "--verbose", "--signal=", "--kill-after="],
      first: /^\d+(?:\.\d+)?[smhd]?$/,
    }),
  }),
);
