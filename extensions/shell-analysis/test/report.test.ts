import { describe, expect, test } from "vitest";
import { analyse, classOf, firstOf, pathsOf } from "./analysed.ts";

describe("what a command reads", () => {
  test.each([
    ["cat a.txt", ["/ws/app/a.txt"]],
    ["cat < a.txt", ["/ws/app/a.txt"]],
    ["cat ../x/y ~/z /etc/passwd", ["/ws/x/y", "/home/dev/z", "/etc/passwd"]],
    ["grep -rn foo src", ["/ws/app/src/**"]],
    ["grep -f patterns a", ["/ws/app/patterns", "/ws/app/a"]],
    ["ls", ["/ws/app/**"]],
    ["wc -l src/*.ts", ["/ws/app/src/**"]],
    ["cat src/{a,b}.ts", ["/ws/app/src/a.ts", "/ws/app/src/b.ts"]],
    ['for f in a.ts lib/*.js; do cat "$f"; done', ["/ws/app/a.ts", "/ws/app/lib/**"]],
    ["f=docs/x.md; cat $f", ["/ws/app/docs/x.md"]],
    ['for d in packages/*; do cat "$d/package.json"; done', ["/ws/app/packages/**"]],
    ['for d in packages/*; do cat "$d/../x"; done', ["/**"]],
    ['for d in packages/.*; do cat "$d/x"; done', ["/**"]],
    ["cat $x", ["/**"]],
    ['cat "src/$x"', ["/**"]],
    ["find src lib -name a", ["/ws/app/src/**", "/ws/app/lib/**"]],
    ["find src -name a -exec cat {} +", ["/ws/app/src/**"]],
    ["ls | xargs -0 cat", ["/ws/app/**", "/**"]],
    ["ls | xargs -n2 -I{} cat a {}.ts", ["/ws/app/**", "/ws/app/a", "/**"]],
    ["ls | xargs -I{} -n1 cat a", ["/ws/app/**", "/ws/app/a"]],
    ["ls | xargs -I{} -n2 cat a", ["/ws/app/**", "/ws/app/a", "/**"]],
    ["git log -L1,5:src/a.ts", ["/ws/app/1,5", "/ws/app/src/a.ts", "/ws/app/1,5:src/a.ts"]],
    ["file -m one:two a", ["/ws/app/one", "/ws/app/two", "/ws/app/one:two", "/ws/app/a"]],
    ["fmt -p a", ["/ws/app/a"]],
    ["column -n a", ["/ws/app/a"]],
    ["grep --context 0 a", ["/ws/app/a"]],
    ["ar p a.a", ["/**", "/ws/app/a.a"]],
    ["ar t a.a", ["/ws/app/a.a"]],
    ["defaults read ./a", ["/ws/app/a"]],
    ["git show HEAD:src/a.ts", ["/ws/app/HEAD:src/a.ts", "/ws/app/src/a.ts"]],
    ["git show 'HEAD^{/a:b}:src/a.ts'", ["/ws/app/HEAD^{/a:b}:src/a.ts", "/ws/app/b}:src/a.ts", "/ws/app/src/a.ts"]],
    ["git show 'HEAD@{10:30}'", ["/ws/app/HEAD@{10:30}", "/ws/app/30}"]],
    ["git diff HEAD:a..HEAD:b", ["/ws/app/HEAD:a..HEAD:b", "/ws/app/a..HEAD:b", "/ws/app/a", "/ws/app/b"]],
    ["git diff HEAD:../a", ["/ws/app/HEAD:../a", "/ws/a"]],
    ["git config --blob HEAD:a -l", ["/ws/app/HEAD", "/ws/app/a", "/ws/app/HEAD:a"]],
    ["git merge-tree --trivial-merge A B HEAD:a", ["/ws/app/A", "/ws/app/B", "/ws/app/HEAD:a", "/ws/app/a"]],
    ["ul 5", ["/ws/app/5"]],
    ["sed -n 'r other' f", ["/ws/app/f", "/ws/app/other"]],
    ["[ -f a ] && [[ -r b ]]", ["/ws/app/a", "/ws/app/b"]],
    ["tar tf a.tar", ["/ws/app/a.tar"]],
    ["jq -f filter a.json", ["/**", "/ws/app/filter", "/ws/app/a.json"]],
    ["sha256sum -c sums", ["/**", "/ws/app/sums"]],
    ["sha256sum sums", ["/ws/app/sums"]],
    ["xmllint --nonet --schema a.xsd a.xml", ["/**", "/ws/app/a.xsd", "/ws/app/a.xml"]],
    ["zcat backup", ["/ws/app/backup", "/ws/app/backup.gz", "/ws/app/backup.z", "/ws/app/backup-z", "/ws/app/backup.Z"]],
    ["unzip -p a", ["/ws/app/a", "/ws/app/a.zip", "/ws/app/a.ZIP"]],
    ["head a.txt -n .env", ["/ws/app/.env", "/ws/app/a.txt"]],
    ["cut {a.txt,-f} .env", ["/ws/app/.env", "/ws/app/a.txt"]],
    ["head -n .env a.txt", ["/ws/app/a.txt"]],
    ["cut a.txt -d / -f 1,3-", ["/ws/app/a.txt"]],
    ["grep x a.txt -A key", ["/ws/app/a.txt"]],
    ["file --files-from=list", ["/**", "/ws/app/list"]],
    ["tar df a.tar -C sub", ["/ws/app/sub/**", "/ws/app/a.tar"]],
    ["pushd src && pushd +1 && cat a", ["/ws/app/a", "/ws/app/src/a"]],
    ["env cd src && cat a", ["/ws/app/a", "/ws/app/src/a"]],
    ["/usr/bin/cd src && cat a", ["/ws/app/a", "/ws/app/src/a"]],
    ["dd if=a.img of=b count=1", ["/ws/app/a.img"]],
    ["git show :2:id_rsa", ["/ws/app/:2:id_rsa", "/ws/app/**", "/ws/app/id_rsa"]],
    ["git diff -- ':(exclude).env'", ["/ws/app/**"]],
    ["git diff -- ':(icase,top)a.ENV'", ["/ws/app/:(icase,top)a.ENV", "/ws/app/**", "/ws/app/a.ENV"]],
    ["diff <(sort a) b", ["/ws/app/b", "/ws/app/a"]],
    ["cat /dev/null - < /dev/stdin", []],
    ["bash -c 'cd sub && cat a'", ["/ws/app/sub/a"]],
  ])("%s", (text, reads) => expect(pathsOf(analyse(text).reads)).toEqual(reads));
});

test("what is fed to a shell that only checks it starts nothing", () => {
  expect(analyse("bash -n << E\n$x a\nE")).toMatchObject({ class: "read-only", hidden: false });
  expect(analyse("bash << E\n$x a\nE")).toMatchObject({ class: "unknown", hidden: true });
});

describe("what a command writes, and the class that it has for it", () => {
  test.each([
    ["echo x > a", "workspace-write", ["/ws/app/a"]],
    ["echo x > /etc/a", "outside-write", ["/etc/a"]],
    ["echo x > ../a", "outside-write", ["/ws/a"]],
    ["echo x > ../app2", "outside-write", ["/ws/app2"]],
    ['echo x > "$y"', "unknown", ["/**"]],
    ["ls > /dev/null 2>&1", "read-only", []],
    ["sort -o out in", "workspace-write", ["/ws/app/out"]],
    ["cp a b", "workspace-write", ["/ws/app/b"]],
    ["sed -i s/a/b/ f", "workspace-write", ["/ws/app/f"]],
    ["sed 'w out' f", "workspace-write", ["/ws/app/out"]],
    ["cd /tmp && touch a", "outside-write", ["/tmp/a"]],
    ["for i in 1; do echo $i; done > out", "workspace-write", ["/ws/app/out"]],
    ["tar xf a.tar -C sub", "workspace-write", ["/ws/app/sub/**"]],
    ["find . -fprint out", "workspace-write", ["/ws/app/out"]],
    ["split -l1 a ../part-", "outside-write", ["/ws/part-", "/ws/app/**"]],
    ["csplit -f /tmp/part- a 2", "outside-write", ["/tmp/part-", "/ws/app/**"]],
    ["case x in x) cd ..;& y) touch a;; esac", "outside-write", ["/ws/app/a", "/ws/a"]],
    ["case x in x) cd ..;;& *) touch a;; esac", "outside-write", ["/ws/app/a", "/ws/a"]],
    ["case x in x) cd ..;; y) touch a;; esac", "workspace-write", ["/ws/app/a"]],
    ["go fmt ../...", "outside-write", ["/ws/...", "/ws/app/**"]],
    ["csplit -b ../%d a 2", "unknown", ["/ws/app/**"]],
    ["git archive -o a.tar --prefix=-x/ HEAD", "workspace-write", ["/ws/app/a.tar"]],
    ["git archive -o a.tar --prefix --output=../b HEAD", "unknown", []],
    ["git rebase -x ./evil main", "unknown", ["/ws/app/**"]],
    ["git cherry-pick --strategy=./evil topic", "unknown", ["/ws/app/**"]],
    ["git cherry-pick -x --strategy=ort topic", "workspace-write", ["/ws/app/**"]],
    ["sed -i../copy-* s/a/b/ f", "unknown", []],
    ["dd if=in of=.git/hooks/pre-commit", "destructive", ["/ws/app/.git/hooks/pre-commit"]],
    ["dd bs=1M if=in of=$x", "destructive", ["/**"]],
    ["dd if=in $x", "destructive", ["/**"]],
    ["dd if=in of=/dev/null", "destructive", []],
    ["curl -fsSLO https://example.com/x", "network", ["/ws/app/**"]],
    ["curl -fsSL https://example.com/x", "network", []],
    ["git clone https://example.com/x.git", "network", ["/ws/app/**"]],
    ["git pull", "network", ["/ws/app/**"]],
  ])("%s", (text, found, writes) => {
    const report = analyse(text);
    expect([report.class, pathsOf(report.writes)]).toEqual([found, writes]);
  });
});

describe("where a command runs", () => {
  test("a cd holds for what it is joined to, and may have failed for what follows", () => {
    const folders = (text: string): unknown => analyse(text).commands.map(({ folders: its }) => its.map(({ path }) => path));
    expect(folders("cd src && ls")).toEqual([["/ws/app"], ["/ws/app/src"]]);
    expect(folders("cd src; ls")).toEqual([["/ws/app"], ["/ws/app", "/ws/app/src"]]);
    expect(folders("(cd src && ls); pwd")).toEqual([["/ws/app"], ["/ws/app/src"], ["/ws/app"]]);
    expect(folders("cd src | ls; pwd")).toEqual([["/ws/app"], ["/ws/app"], ["/ws/app"]]);
    expect(folders("cd && ls")).toEqual([["/ws/app"], ["/home/dev"]]);
    expect(folders("git -C sub log")).toEqual([["/ws/app/sub"]]);
    expect(folders("env -C sub ls")).toEqual([["/ws/app/sub"]]);
  });

  test("in a loop, or led by what is not known, it may be anywhere", () => {
    for (const text of ["for d in a b; do cd $d; ls; cd ..; done", "cd $x && ls"])
      expect(pathsOf(analyse(text).commands.at(1)?.folders ?? [])).toContain("/**");
  });

  test("the folders that a way up goes over are told, each way of its own", () => {
    expect(analyse("cat a/../x b/../x").reads.map(({ path, over }) => [path, over])).toEqual([
      ["/ws/app/x", ["/ws/app/a"]],
      ["/ws/app/x", ["/ws/app/b"]],
    ]);
    expect(analyse("cd link/b && cd ../.. && cat x").reads.at(-1)?.over).toEqual(["/ws/app/link/b", "/ws/app/link"]);
    expect(analyse("cat ../a").reads[0]?.over).toBeUndefined();
  });

  test("of a way over too many folders none is told, nor of what goes on from there", () => {
    const long = "a/../".repeat(33);
    expect(analyse(`cat ${"a/../".repeat(32)}x`).reads[0]?.over).toHaveLength(32);
    for (const text of [`cat ${long}x`, `cd ${long}. && cat b/../x`, `cd ${long}. && cat x`]) {
      expect(analyse(text).reads.at(-1)).toMatchObject({ path: "/ws/app/x", crooked: true });
      expect(analyse(text).reads.at(-1)).not.toHaveProperty("over");
    }
  });

  test("asking for a command in a loop moves nobody; running cd does", () => {
    expect(firstOf("for c in a b; do command -v $c; done").folders.map(({ path }) => path)).toEqual(["/ws/app"]);
    for (const body of ["command cd ..", "command -p cd ..", "command $c ..", "command -v x; cd .."]) {
      expect(firstOf(`for c in a b; do ${body}; done`).folders.map(({ path }) => path)).toContain("/");
    }
  });

  test("a way up from where a cd led is crooked", () => {
    expect(analyse("cd link && cat ../a").reads.map(({ path, crooked, climbs }) => ({ path, crooked, climbs }))).toEqual([
      { path: "/ws/app/a", crooked: true, climbs: true },
    ]);
    expect(analyse("cat link/../a").reads[0]?.crooked).toBe(true);
    expect(analyse("cat ../a").reads.map(({ crooked, climbs }) => [crooked, climbs])).toEqual([[false, true]]);
  });
});

describe("what a rule may hold on to", () => {
  test("wrappers are counted off", () => {
    expect(firstOf("timeout 5 nice -n 3 env git log")).toMatchObject({
      program: "git",
      wrapped: 6,
      class: "read-only",
      plain: true,
      words: ["timeout", "5", "nice", "-n", "3", "env", "git", "log"],
    });
    expect(firstOf("LC_ALL=C sort a")).toMatchObject({ program: "sort", class: "read-only", plain: false, text: "LC_ALL=C sort a" });
    expect(firstOf("env LC_ALL=C sort a")).toMatchObject({ class: "read-only", plain: false });
    expect(firstOf("sudo ls")).toMatchObject({ program: "ls", wrapped: 1, class: "outside-write", credentials: true });
  });

  test.each([
    ["ls -la", true],
    ["ls 2>/dev/null", true],
    ["ls 2>&1", true],
    ["npm test", true],
    ["X=1 npm test", false],
    ["npm test > out", false],
    ["npm test < in", false],
    ["npm test &", false],
    ["npm run $x", false],
    ["npm run *", false],
    ["npm() { x; }; npm test", false],
    ["PATH=.; npm test", false],
    ["npm test\u200b", false],
  ])("%j is plain: %s", (text, plain) => expect(analyse(text).commands.at(-1)?.plain).toBe(plain));

  test("the commands of a text that a shell is given stand among the others, and it answers for them", () => {
    const report = analyse("bash -c 'ls; touch x'");
    expect(report.commands.map(({ text, quoted, class: its, pos, end }) => ({ text, quoted, its, pos, end }))).toEqual([
      { text: "bash -c 'ls; touch x'", quoted: false, its: "workspace-write", pos: 0, end: 21 },
      { text: "ls", quoted: true, its: "read-only", pos: 9, end: 11 },
      { text: "touch x", quoted: true, its: "workspace-write", pos: 13, end: 20 },
    ]);
  });

  test("what launchers may start is read in every way", () => {
    expect(analyse("xargs -n 1 rm -rf").launched).toContainEqual(["rm", "-rf"]);
    expect(analyse("find . -exec rm {} +").launched).toContainEqual(["rm", "{}", "+"]);
    expect(analyse("ssh host 'rm -rf /'").launched).toContainEqual(["rm", "-rf", "/"]);
    expect(analyse("bash <<'EOF'\nrm x\nEOF").launched).toContainEqual(["rm", "x"]);
    expect(analyse("eval 'rm' x").launched).toContainEqual(["rm", "x"]);
  });

  test("a program that is known only once it runs hides", () => {
    for (const text of ["$x", "$(which ls)", "echo ls | bash", "alias a=b", "source x", "timeout 5 $x", "xargs -I{} {}"])
      expect([text, analyse(text).hidden]).toEqual([text, true]);
    for (const text of ["ls", "command -v $x", "timeout 5 cat $x", "cat $x | grep a"]) expect([text, analyse(text).hidden]).toEqual([text, false]);
  });

  test("every path that a word may name is mentioned", () => {
    const mentions = (text: string): readonly string[] => analyse(text).mentions.map(({ path }) => path);
    expect(mentions("foo --config=a/b @c d=e file:///f x:g")).toEqual(expect.arrayContaining(["/ws/app/a/b", "/ws/app/c", "/ws/app/e", "/f", "/ws/app/g"]));
    expect(mentions("bash -c 'cat .env'")).toContain("/ws/app/.env");
    expect(mentions("for f in .env; do cat $f; done")).toContain("/ws/app/.env");
  });
});

describe("what else a report says", () => {
  test("hosts", () => {
    expect(analyse("curl https://Example.com/a && ssh me@host.example. ls").hosts).toEqual(["example.com", "host.example"]);
    expect(analyse("curl https://h.test:8443/a http://b.test:80 http://c.test:443 HTTP://d.test:3000").hosts).toEqual([
      "h.test:8443",
      "b.test",
      "c.test",
      "d.test:3000",
    ]);
    expect(analyse("curl localhost:3000/health 127.0.0.1:08080 '[::1]:90/x' e.test:443 f.test:70000 'g.test:8[0-9]'").hosts).toEqual([
      "localhost:3000",
      "127.0.0.1:8080",
      "[::1]:90",
      "e.test",
      "*",
      "g.test",
    ]);
    expect(analyse("git clone me@host.test:8080/a.git").hosts).toEqual(["host.test"]);
    expect(analyse("echo > /dev/tcp/evil.example/80")).toMatchObject({ class: "network", hosts: ["evil.example"] });
    expect(analyse("echo > /dev/udp/evil.example/53; echo > /dev/tcp/evil.example/http; cat < /dev/tcp/evil.example").hosts).toEqual(["evil.example:53", "*"]);
  });

  test("what destroys, whatever it does besides", () => {
    expect(firstOf("git push --force")).toMatchObject({ class: "destructive", destructive: true, hosts: ["*"] });
    expect(firstOf("unlistedtool x").destructive).toBe(false);
    expect(firstOf("/opt/bin/rm x")).toMatchObject({ class: "destructive", destructive: true });
    expect(firstOf("find . -exec rm {} +").destructive).toBe(true);
  });

  test("what git obeys", () => {
    expect([firstOf("git log").obeys, firstOf("ls").obeys]).toEqual(["repository", "nothing"]);
  });

  test("why, and where", () => {
    const { unjudged, why } = analyse("ls && mytool --x");
    expect(unjudged).toEqual([{ why: "what mytool does is not known", pos: 6, end: 12 }]);
    expect(why).toEqual(unjudged);
  });

  test("places in texts that are quoted so that they cannot be found again are those of the whole word", () => {
    const text = 'bash -c "touch \\"a\\""';
    const [, inner] = analyse(text).commands;
    expect(inner).toMatchObject({ pos: 8, end: text.length, words: ["touch", "a"] });
    expect(analyse("echo `echo \\`touch x\\``").commands.map(({ words }) => words[0])).toEqual(["echo", "echo", "touch"]);
  });
});

test.each(["<<E\\#=`@(>\\", "ls a\\", "ls ${]](!\\", "bash -c 'ls b\\'", "cat < a\\", "x=\\"])(
  "the places in a text that ends in a backslash lie in it: %s",
  (text) => {
    const report = analyse(text);
    const spans = [...report.commands, ...report.why, ...report.unjudged, ...report.reads, ...report.writes, ...report.mentions];
    expect(spans.length).toBeGreaterThan(0);
    expect(spans.filter(({ pos, end }) => pos < 0 || end < pos || end > text.length)).toEqual([]);
  },
);

describe("variables", () => {
  test.each([
    ["x=a; sort $x", "read-only"],
    ["x=-oPWN; sort $x", "workspace-write"],
    ["x=a; sort ${x}", "read-only"],
    ["[ -f b ] && x=-o; sort f $x g", "workspace-write"],
    ["for x in a b; do sort $x; done", "read-only"],
    ["for x in a -oPWN; do sort $x; done", "workspace-write"],
    ["for x in 1 2 3; do echo $((x * 2)); done", "read-only"],
    ["i=0; while [ $i -lt 3 ]; do echo $i; i=$((i + 1)); done", "read-only"],
    ["for ((i = 0; i < 3; i++)); do echo $i; done", "read-only"],
    ["x=$(cat f); echo $((x))", "unknown"],
    ["read -r x; sort $x", "unknown"],
    ['read -r x; sort -- "$x"', "read-only"],
    ['for f in *; do sort "./$f"; done', "read-only"],
    ['for f in src/*; do sort "$f"; done', "read-only"],
    ['for f in *; do sort "$f"; done', "unknown"],
    ["x=$x-a; echo $x", "read-only"],
    ["x='a b'; sort $x", "unknown"],
    ["HTTP_PROXY=x; ls", "unknown"],
    ["http_proxy=x; ls", "unknown"],
    ["x+=a; ls", "read-only"],
    ['a=(x y); echo ${a[0]} ${#a[@]} "${a[@]}"', "read-only"],
    ["sed $x wPWN", "unknown"],
    ["x=p; false && x=q; sed -n $x f", "read-only"],
  ])("%s is %s", (text, found) => expect(classOf(text)).toBe(found));
});
