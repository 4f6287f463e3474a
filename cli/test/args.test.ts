import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOn, lastOf, listOf, parseArguments, splitList, unknownFlag } from "../src/args.ts";
import { type FlagSpec, otherNames, refusedFlags } from "../src/flags.ts";
import { flags, parse, said } from "./catalogue.ts";

const alone = flags.filter(({ takes }) => takes === "none");
const valued = flags.filter(({ takes }) => takes !== "none");
/** Every way to write a flag. */
const textsOf = ({ name, short, aliases = [] }: FlagSpec): readonly string[] => [
  `--${name}`,
  ...aliases.map((alias) => `--${alias}`),
  ...(short === undefined ? [] : [`-${short}`]),
];
const allTexts = [...flags.flatMap(textsOf), "--", "-", "-pc", "--nonsense", "--no-color", "session", ...Object.keys(refusedFlags).map((name) => `--${name}`)];

describe("a flag's value is never taken for a flag", () => {
  test("whatever flag's text it is, in front of every flag that takes one", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...valued),
        fc.constantFrom(...allTexts),
        fc.array(fc.constantFrom(...alone.map(({ name }) => `--${name}`), "session", "list")),
        ({ name }, value, others) => {
          const harmless = parse(...others, `--${name}`, "harmless");
          const given = parse(...others, `--${name}`, value);
          expect(given.flags.get(name)).toEqual([value]);
          expect(said({ ...given, flags: new Map([...given.flags, [name, ["harmless"]]]) })).toEqual(said(harmless));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test("also in front of a short flag, and after a bundle that ends with one", () => {
    expect(said(parse("-r", "--print"))).toEqual({ flags: { resume: ["--print"] }, positionals: [], words: [], rest: [], unknown: [] });
    expect(said(parse("-pr", "-c", "hello"))).toEqual({
      flags: { print: ["true"], resume: ["-c"] },
      positionals: ["hello"],
      words: ["hello"],
      rest: [],
      unknown: [],
    });
  });
});

test("flags count the same before, between and after other words", () => {
  const words = ["session", "show", "0190"];
  fc.assert(
    fc.property(fc.constantFrom(...valued), fc.constantFrom(...alone), fc.nat(3), fc.nat(3), (value, switched, at, then) => {
      const placed = words.toSpliced(at, 0, `--${value.name}`, "x");
      const both = placed.toSpliced(at < then ? then + 2 : Math.min(then, at), 0, `--${switched.name}`);
      expect(said(parse(...both))).toEqual({ flags: { [value.name]: ["x"], [switched.name]: ["true"] }, positionals: words, words, rest: [], unknown: [] });
    }),
  );
});

test("a flag that stands alone is on, off with --no-, takes true or false after a =, and the last word counts", () => {
  expect(
    [["--json"], ["--no-json"], ["--json=false"], ["--no-json=true"], ["--json", "--no-json"], ["--no-json", "--json"], []].map((argv) =>
      isOn(parse(...argv), "json"),
    ),
  ).toEqual([true, false, false, false, false, true, false]);
  expect(() => parse("--json=yes")).toThrow("--json=yes: --json takes no value");
  expect(parse("--no-profile").unknown).toEqual(["--no-profile"]);
});

test("a value may follow a =, with further = in it, and may be empty", () => {
  expect([parse("--profile=ci"), parse('--settings={"a"=1}'), parse("--settings=")].map(({ flags: given }) => [...given])).toEqual([
    [["profile", ["ci"]]],
    [["settings", ['{"a"=1}']]],
    [["settings", [""]]],
  ]);
});

test("a flag that needs a value and has none is an error that names it", () => {
  for (const { name, value } of valued) expect(() => parse(`--${name}`)).toThrow(`--${name} needs a value: ${value ?? "VALUE"}`);
});

test("a flag may be written in camel case, as others write it, and under its other names", () => {
  expect(listOf(parse("--allowedTools", "Bash(git log:*) Read", "--allowed-tools=Edit"), "allowed-tools")).toEqual(["Bash(git log:*)", "Read", "Edit"]);
  expect(isOn(parse("--safe-mode"), "safe")).toBe(true);
});

test.each(Object.entries(otherNames))("--%s, as it is called elsewhere, is --%s", (elsewhere, here) => {
  const value = parse(`--${here}`, "x").positionals.length === 0 ? ["x"] : [];
  expect([...parse(`--${elsewhere}`, ...value).flags]).toEqual([...parse(`--${here}`, ...value).flags]);
  expect(flags.flatMap(textsOf)).not.toContain(`--${elsewhere}`);
});

test("a value given twice is kept twice, and the last one counts", () => {
  const args = parse("--profile", "ci", "--profile", "safe");
  expect([args.flags.get("profile"), lastOf(args, "profile")]).toEqual([["ci", "safe"], "safe"]);
});

test("nothing after -- is a flag or a verb", () => {
  expect(said(parse("-p", "--", "--json", "session", "--"))).toEqual({
    flags: { print: ["true"] },
    positionals: [],
    words: [],
    rest: ["--json", "session", "--"],
    unknown: [],
  });
});

test("a lone - is a word, and words keep their order among unknown flags", () => {
  expect(said(parse("-", "--frob", "x", "--json"))).toEqual({
    flags: { json: ["true"] },
    positionals: ["-", "x"],
    words: ["-", "--frob", "x"],
    rest: [],
    unknown: ["--frob"],
  });
  expect(parse("-px").unknown).toEqual(["-px"]);
});

describe("a flag that nobody knows", () => {
  test("is answered with the nearest one there is", () => {
    expect(unknownFlag("--profil", flags)).toMatchObject({ code: "USAGE", message: "there is no flag --profil; did you mean --profile?" });
    expect(unknownFlag("--output-fromat=json", flags).message).toBe("there is no flag --output-fromat=json; did you mean --output-format?");
    expect(unknownFlag("--zzzzzzzzzz", flags).message).toBe("there is no flag --zzzzzzzzzz");
    expect(unknownFlag("--constructor", flags).message).toMatch(/^there is no flag --constructor/);
  });

  test.each(Object.entries(refusedFlags))("--%s is known elsewhere and says why it is not served", (name, why) => {
    expect(unknownFlag(`--${name}`, flags).message).toBe(`--${name} is not served: ${why}`);
    expect(parse(`--${name}`).unknown).toEqual([`--${name}`]);
  });

  test("is not served under another's name: no refused flag and no two flags share one", () => {
    const names = flags.flatMap(({ name, short, aliases = [] }) => [name, ...aliases, ...(short === undefined ? [] : [short])]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(names.filter((name) => Object.hasOwn(refusedFlags, name))).toEqual([]);
  });
});

test("flags that the issue asks for are served or refused with a sentence", () => {
  const asked = [
    "print",
    "output-format",
    "input-format",
    "include-partial-messages",
    "include-hook-events",
    "replay-user-messages",
    "verbose",
    "model",
    "fallback-model",
    "effort",
    "max-turns",
    "max-budget-usd",
    "json-schema",
    "allowedTools",
    "disallowedTools",
    "tools",
    "permission-mode",
    "permission-prompt-tool",
    "permission-prompts",
    "mcp-config",
    "strict-mcp-config",
    "settings",
    "setting-sources",
    "add-dir",
    "agents",
    "agent",
    "append-system-prompt",
    "append-system-prompt-file",
    "system-prompt",
    "system-prompt-file",
    "session-id",
    "resume",
    "continue",
    "fork-session",
    "no-session-persistence",
    "plugin-dir",
    "worktree",
    "bare",
    "safe-mode",
    "debug",
    "profile",
    "with",
    "without",
    "dev",
    "safe",
    "strict",
    "frontend",
    "acp",
    "record",
    "replay",
    "offline",
    "trust-folder",
    "require-trust",
  ];
  const neither = asked.filter(
    (name) => parseArguments([`--${name}`, "x"], flags).unknown.length > 0 && !/ is not served: /.test(unknownFlag(`--${name}`, flags).message),
  );
  expect(neither).toEqual([]);
});

describe("a list", () => {
  test("is split on commas and spaces outside parentheses", () => {
    expect(splitList(" Bash(git log, x), Read  Edit(src/** , (a b)),,")).toEqual(["Bash(git log, x)", "Read", "Edit(src/** , (a b))"]);
    expect([splitList(""), splitList(" , "), splitList("a)b c"), splitList("(a b")]).toEqual([[], [], ["a)b", "c"], ["(a b"]]);
  });

  test("loses no character but its separators", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(splitList(text).join("").replaceAll(/[\s,]/g, "")).toBe(text.replaceAll(/[\s,]/g, ""));
      }),
    );
  });
});
