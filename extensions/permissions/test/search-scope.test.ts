import { describe, expect, test } from "vitest";
import { namePattern } from "../src/name-pattern.ts";
import { isOutOfOrder } from "../src/running-order.ts";
import { isInScope, type ReadThrough } from "../src/secrets-below.ts";
import { searchScope, tellsNamesOnly } from "../src/search-scope.ts";
import { isUnknownPath } from "../src/unknown-path.ts";

const scopeOf = (text: string): ReadThrough["scope"] | undefined => {
  const words = text.split(" ").map((word) => (word === "$x" ? undefined : word));
  return searchScope({ program: words[0], words, wrapped: 0 });
};
/** Which of these a command may show: hidden, hidden in a folder, ignored, plain. */
const shownBy = (text: string): string => {
  const scope = scopeOf(text);
  if (scope === undefined) return "names";
  const shown = [".env", ".config/a.ts", "server.pem", "src/a.ts"].filter((path) => isInScope(path, scope));
  return `${shown.join(" ")}${scope.ignored === true ? " ignored" : ""}`;
};
const all = ".env .config/a.ts server.pem src/a.ts ignored";

test.each([
  ["ls -la", "names"],
  ["find . -name x", "names"],
  ["find . -exec cat {} +", all],
  ["cat x", all],
  ["$x y", all],
  ["ls $x", "names"],
  ["wc $x", all],
  ["rg x", "server.pem src/a.ts"],
  ["rg --hidden x", ".env .config/a.ts server.pem src/a.ts"],
  ["rg -. x", ".env .config/a.ts server.pem src/a.ts"],
  ["rg -u x", "server.pem src/a.ts ignored"],
  ["rg -uu x", all],
  ["rg -nu x -u", all],
  ["rg --unrestricted --unrestricted x", all],
  ["rg --no-ignore-vcs x", "server.pem src/a.ts ignored"],
  ["rg x -g *.ts", ".config/a.ts src/a.ts ignored"],
  ["rg x -g*.ts -g *.pem", ".config/a.ts server.pem src/a.ts ignored"],
  ["rg x --glob=*.{ts,tsx}", ".config/a.ts src/a.ts ignored"],
  ["rg x -g !*.ts", "server.pem src/a.ts"],
  ["rg -e -g *.ts", all],
  ["rg -ng *.ts x", all],
  ["rg x -- -g *.ts", all],
  ["rg -g src/** x", all],
  ["rg -l x", "names"],
  ["rg -l x --json", "server.pem src/a.ts"],
  ["rg -e -l x", "server.pem src/a.ts"],
  ["rg --type-add e:.env -te x", ".env .config/a.ts server.pem src/a.ts"],
  ["rg --type-add=e:.env -te x", ".env .config/a.ts server.pem src/a.ts"],
  ["rg --ignore-file names x", ".env .config/a.ts server.pem src/a.ts"],
  ["ag x", "server.pem src/a.ts"],
  ["ag -u x", all],
  ["ag --hidden x", all],
  ["grep -rn x .", all],
  ["grep -rn x . --include=*.ts", ".config/a.ts src/a.ts ignored"],
  ["grep -r --include=*.ts --include=*.pem x", ".config/a.ts server.pem src/a.ts ignored"],
  ["grep -r --line-number --include=*.ts x", ".config/a.ts src/a.ts ignored"],
  ["grep -r -e --include=*.ts x", all],
  ["grep -r -- --include=*.ts x", all],
  ["grep -r --include *.ts x", all],
  ["grep -r --inc=*.pem --include=*.ts x", all],
  ["grep -r --exclude=a --include=*.ts x", all],
  ["grep -r --exclude-dir=a --include=*.ts x", ".config/a.ts src/a.ts ignored"],
  ["grep -r --context --include=*.ts x", all],
  ["git log -p", "names"],
  ["git grep x", ".env .config/a.ts server.pem src/a.ts"],
  ["git grep --no-index x", all],
] as const)("%s shows %s", (command, shown) => {
  expect(shownBy(command)).toBe(shown);
  expect(tellsNamesOnly({ program: command.split(" ")[0], words: command.split(" "), wrapped: 0 }) || shown !== "names").toBe(true);
});

describe("a glob as a pattern of names", () => {
  test.each([
    ["*.ts", false, "a.ts", true],
    ["*.ts", false, "a.tsx", false],
    ["src/**/*.ts", false, "a.ts", true],
    ["?.ts", false, "ab.ts", false],
    ["*.{ts,tsx}", true, "a.tsx", true],
    ["*.{ts,tsx}", true, "a.js", false],
    ["a,b", true, "a,b", true],
    ["*.TS", false, "a.ts", true],
  ])("%s (braces %s) on %s: %s", (glob, braces, name, isMatch) => {
    expect(namePattern(glob, braces)?.test(name)).toBe(isMatch);
  });

  test.each(["**", "src/", "[a-z].ts", "{a,{b,c}}", "{a", "a}b", "*a*a*a*a*a", "a b", ""])("%j may name anything", (glob) => {
    expect(namePattern(glob, true)).toBeUndefined();
  });

  test("braces mean nothing to who does not know them", () => {
    expect(namePattern("*.{ts,tsx}", false)).toBeUndefined();
  });
});

describe("the order of a text", () => {
  test.each(["a; b", "a && b || c", "a\nb", "grep 'a|b' x && c", 'grep "a|b" x && c', "a 2>&1; b", "a &>x; b", "grep 'for (' x; b", "echo it\\'s; b"])(
    "%j is plain",
    (text) => {
      expect(isOutOfOrder(text)).toBe(false);
    },
  );

  test.each([
    "a | b",
    "a |& b",
    "a & b",
    "for i in 1; { a; b; }",
    "while a; do b; done",
    "f() { a; }; f",
    "function f { a; f; }",
    "a $(b)",
    "a `b`",
    "a <(b)",
    "(a; b)",
    "coproc a; b",
    `echo "it's"; a | b; echo 'x'`,
    `a # it's\nb | c 'd'`,
    "cat <<E\nit's\nE\na | b; echo '",
    `echo "$(echo "a)" | b`,
    "echo $'it\\'s' | b",
  ])("%j is not", (text) => {
    expect(isOutOfOrder(text)).toBe(true);
  });
});

test.each([
  ["cat $f", 4, 6, true],
  ["xargs cat", 0, 5, true],
  ["ls /", 3, 4, false],
  ["cat '/'*", 4, 8, false],
  ["cat /$x", 4, 7, false],
  ["cat $x/y", 4, 8, true],
  ["ls ../..", 3, 8, false],
])("in %s the root stands for what is not known from %i to %i: %s", (text, pos, end, isUnknown) => {
  const path = { path: "/", many: true, crooked: false, climbs: false, pos, end };
  expect([isUnknownPath(path, text), isUnknownPath({ ...path, path: "/w" }, text)]).toEqual([isUnknown, false]);
});
