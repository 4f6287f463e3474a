import { describe, expect, test } from "vitest";
import { onCommand, type Given } from "./scene.ts";

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
    `${"true; ".repeat(100)}touch a`,
    `echo ${"x".repeat(12_000)}; touch a`,
    "parallel touch ::: a",
    "script -c 'touch a' /dev/null",
    "flock f touch a",
    "touch a > /dev/null; ls",
    "{touch,a}",
  ])("%j", (command) => {
    expect(onCommand(command, given)).toMatchObject({ decision: "deny", reason: expect.stringMatching(/^denied by rule Bash\(touch:\*\)/) as unknown });
  });

  test.each([
    "$x a",
    "t?uch a",
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
    "<&-touch a",
    "ls >&-; cat 2>&-touch a",
    "cat <(ls)# ; touch a",
    "cat a 2>(touch b)",
    "eval 'cat a 2>(touch b)'",
    `echo ${"x".repeat(20_000)}; touch a`,
    `echo ${"x".repeat(70_000)}; touch a`,
  ])("%j cannot be held against the rule, so it is asked about", (command) => {
    expect(onCommand(command, given).decision).toBe("ask");
    expect(onCommand(command, { ...given, mode: "dont-ask" }).decision).toBe("deny");
  });

  test.each([
    ["20,000 characters", `echo ${"x".repeat(20_000)}; touch a`],
    ["70,000 characters", `echo ${"x".repeat(70_000)}; touch a`],
    ["400 commands", `${"true; ".repeat(400)}touch a`],
    ["a long text in another one", `bash -c '${"true; ".repeat(2_000)}touch a'`],
    ["a substitution without an end", "echo $(tou a"],
    ["a quote without an end", "tou 'a"],
    ["what looks like a comment", "cat <(ls)# ; touch a"],
    ["what looks like a comment, in another text", "eval 'cat <(ls)# ; touch a'"],
    ["what nests too deep", `echo ${"${x:-".repeat(150)}$(touch a)${"}".repeat(150)}${"a".repeat(3_000)}`],
  ])("%s cannot be read to its end, so it is denied even where nothing is asked", (_what, command) => {
    for (const deny of ["Bash(touch:*)", "Read(.env)"])
      expect(onCommand(command, { mode: "danger-full-access", deny: [deny] })).toMatchObject({
        decision: "deny",
        reason: expect.stringContaining(deny) as unknown,
      });
    expect(onCommand(command, { mode: "danger-full-access" }).decision).toBe("allow");
    expect(onCommand(command, { mode: "danger-full-access", deny: ["write_file", "WebFetch(domain:a.test)"] }).decision).toBe("allow");
  });

  test.each([
    "X=touch; $X a",
    "X='touch a'; $X",
    "export X=touch && $X a",
    "for c in ls touch; do $c a; done",
    'set -- touch a; "$@"',
    "read X <<< touch; $X a",
    'X=(touch a); "${X[@]}"',
    "printf -v X touch; $X a",
    "$(echo touch) a",
    "X=touch bash -c '$X a'",
  ])("%j hides what it starts, and may start what is denied: so it is denied where nothing is asked", (command) => {
    for (const deny of ["Bash(touch:*)", "Bash(touch a)", "Bash"])
      expect(onCommand(command, { mode: "danger-full-access", deny: [deny] })).toMatchObject({
        decision: "deny",
        reason: expect.stringContaining(deny) as unknown,
      });
    expect(onCommand(command, { mode: "danger-full-access", deny: ["Bash(rm:*)"] }).decision).toBe("allow");
    expect(onCommand(command, { mode: "prompt", deny: ["Bash(touch:*)"] }).decision).toBe("ask");
  });

  test.each(["source .venv/bin/activate && pytest", '"$PYTHON" -m pytest', "for d in a b; do (cd $d && $MAKE); done"])(
    "%j hides what it starts behind nothing that is denied, and runs where nothing is asked",
    (command) => {
      expect(onCommand(command, { mode: "danger-full-access", deny: ["Bash(touch:*)", "Bash(git push:*)"] }).decision).toBe("allow");
    },
  );

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
