import { describe, expect, test } from "vitest";
import type { Argv } from "yargs";
import { authorVerbs, operatorVerbs } from "../src/ext/author-verbs.ts";
import { usageError } from "../src/ext/usage-error.ts";
import { marketplaceVerbs, userVerbs } from "../src/ext/user-verbs.ts";
import { extHelp, verbHelps, verbOf } from "../src/ext/verb-help.ts";
import type { VerbCall } from "../src/verbs/run.ts";

interface Spelled {
  readonly verb: string;
  readonly aliases: readonly string[];
  readonly flags: readonly string[];
}

/** What the parser is told of verbs and their flags, as it is told. */
function spelled(add: (ext: Argv) => unknown, prefix = ""): readonly Spelled[] {
  const found: Spelled[] = [];
  const optionsOf = (build: (one: Argv) => unknown): readonly string[] => {
    const flags: string[] = [];
    const one = {
      positional: () => one,
      options(given: Readonly<Record<string, { readonly default?: unknown; readonly alias?: string }>>) {
        for (const [name, { default: byDefault, alias }] of Object.entries(given))
          flags.push(byDefault === true ? `--no-${name}` : `--${name}`, ...(alias === undefined ? [] : [`-${alias}`]));
        return one;
      },
    };
    build(one as unknown as Argv);
    return flags;
  };
  const ext = {
    command(names: string | readonly string[], _description: boolean, build: (one: Argv) => unknown) {
      const [first = "", ...aliases] = [names].flat();
      found.push({ verb: `${prefix}${first.split(" ")[0] ?? ""}`, aliases, flags: optionsOf(build) });
      return ext;
    },
  };
  add(ext as unknown as Argv);
  return found;
}

const does = () => async (): Promise<void> => undefined;
const call = {} as VerbCall;

test("help has every verb with every flag that the parser takes, and no other", () => {
  const parsed = [
    ...spelled((ext) => authorVerbs(userVerbs(ext, does, call), does, call)),
    ...spelled((ext) => operatorVerbs(marketplaceVerbs(ext, does, call), does, call), "marketplace "),
  ];
  const flagsOf = (verb: string): readonly string[] =>
    (verbHelps.find((help) => verbOf(help) === verb)?.flags ?? []).flatMap(([left]) => left.split(", ").map((one) => one.split(" ")[0] ?? one));
  expect(verbHelps.map(verbOf).toSorted()).toEqual(parsed.map(({ verb }) => verb).toSorted());
  const isYes = (flag: string): boolean => flag === "-y" || flag === "--yes";
  for (const { verb, aliases, flags } of parsed) {
    // Every verb takes --yes.
    expect([
      verb,
      flagsOf(verb)
        .filter((flag) => !isYes(flag))
        .toSorted(),
    ]).toEqual([verb, flags.filter((flag) => !isYes(flag)).toSorted()]);
    expect([verb, verbHelps.find((help) => verbOf(help) === verb)?.aliases ?? []]).toEqual([verb, aliases]);
  }
});

describe("help", () => {
  test("on one verb has its flags and examples, and other names", () => {
    expect(extHelp("ext", ["rollback", "x"], 80)).toBe(
      [
        "claw ext rollback NAME",
        "  the version before, without any network",
        "",
        "Flags",
        "  -y, --yes  ask nothing: only what is covered already is accepted",
        "  --dry-run  say what would happen, and write nothing",
        "  --json     print one JSON object a line",
        "",
      ].join("\n"),
    );
    expect(extHelp("plugin", ["details"], 80)).toContain("claw plugin info NAME\n");
    expect(extHelp("ext", ["marketplace"], 80)).toContain("claw ext marketplace rotate-root FOLDER");
  });

  test("fits a narrow terminal, and is whole in a pipe", () => {
    for (const topic of [[], ["add"], ["marketplace", "init"]])
      for (const columns of [40, 80]) {
        const wide = extHelp("ext", topic, columns)
          .split("\n")
          .filter((line) => line.length > columns && line.trim().includes("  "));
        expect([topic, columns, wide]).toEqual([topic, columns, []]);
      }
    expect(extHelp("ext", ["add"], Number.POSITIVE_INFINITY)).toContain(
      "  --from PLACE       from there: a marketplace, a mirror, a folder or file with a package, a .clawpack\n",
    );
  });
});

describe("a command line that is wrong", () => {
  const said = (words: readonly string[], message: string): unknown => {
    const { message: text, fix, code } = usageError(words, message);
    return [text, fix, code];
  };

  test.each([
    [["ext", "nosuch"], "Unknown argument: nosuch", "there is no claw ext nosuch", "claw help ext"],
    [["ext", "serach", "x"], "Unknown arguments: serach, x", "there is no claw ext serach; did you mean claw ext search?", "claw help ext search"],
    [
      ["plugin", "--yes", "instal"],
      "Unknown argument: instal",
      "there is no claw plugin instal; did you mean claw plugin install?",
      "claw help plugin install",
    ],
    [
      ["ext", "marketplace", "lst"],
      "Unknown argument: lst",
      "there is no claw ext marketplace lst; did you mean claw ext marketplace list?",
      "claw help ext marketplace list",
    ],
    [["ext", "marketplace"], "x", "claw ext marketplace needs a verb after it", "claw help ext marketplace"],
    [["ext"], "x", "claw ext needs a verb after it", "claw help ext"],
    [["ext", "add", "x", "--form", "y"], "Unknown arguments: form, y", "claw ext add has no flag --form; did you mean --from?", "claw help ext add"],
    [["ext", "list", "x"], "Unknown argument: x", "claw ext list takes no more words than this: claw ext list", "claw help ext list"],
    [
      ["ext", "remove"],
      "Not enough non-option arguments: got 0, need at least 1",
      "claw ext remove needs more words: claw ext remove NAME…",
      "claw help ext remove",
    ],
    [["ext", "add", "--from"], "Not enough arguments following: from", "claw ext add needs a value after --from PLACE", "claw help ext add"],
    [["ext", "publish", "--no-build"], "Missing required argument: to", "claw ext publish needs --to FOLDER", "claw help ext publish"],
  ])("%j: says what, and where it is explained", (words, message, text, fix) => {
    expect(said(words, message)).toEqual([text, fix, "USAGE"]);
  });
});
