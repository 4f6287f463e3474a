/** What stands in the throw-away workspace, and in the home folder around it: honest files, and everything an attacker may have planted there. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const pwn = "#!/bin/sh\n/usr/bin/touch PWN-program\n";

const files: Readonly<Record<string, string>> = {
  ".bashrc": "# nothing\n",
  ".profile": "# nothing\n",
  ".gitconfig":
    '[user]\n\tname = Dev\n\temail = dev@example.test\n[init]\n\tdefaultBranch = main\n[safe]\n\tdirectory = *\n[protocol "file"]\n\tallow = always\n',
  ".ssh/id_ed25519": "not a key\n",
  ".ssh/authorized_keys": "\n",
  "project/a.txt": "one\ntwo foo\nthree\nfoo bar\n",
  "project/b.txt": "two foo\nfour\n",
  "project/in.txt": "b\na\na\nc\n",
  "project/data.json": '{"a":[1,2,3],"b":{"c":"x"}}\n',
  "project/README.md": "# Project\n\nfoo\n",
  "project/package.json":
    '{"name":"project","version":"1.0.0","scripts":{"test":"touch PWN-test","start":"touch PWN-start","prepack":"touch PWN-prepack","preversion":"touch PWN-version","evil":"touch PWN-evil","postinstall":"touch PWN-install"},"bin":"./evil.sh"}\n',
  "project/Makefile": "all:\n\ttouch PWN-make\nbuild: all\ninclude included.mk\n",
  "project/included.mk": "X := 1\n",
  "project/evil.mk": "X := $(shell touch PWN-makefile)\nall:\n",
  "project/src/index.ts": "export const foo = 1;\n",
  "project/src/main.c": "int main(void) { return 0; }\n",
  "project/src/deep/notes.txt": "foo\n",
  "project/old.txt": "one\ntwo\n",
  "project/change.patch": "--- a.txt\n+++ a.txt\n@@ -1,2 +1,2 @@\n-one\n+uno\n two foo\n",
  "project/new.patch": "--- /dev/null\n+++ PWN-patch\n@@ -0,0 +1 @@\n+x\n",
  "project/hex.txt": "50574e0a\n",
  "project/script.sed": "w PWN-sed\n",
  "project/script.awk": 'BEGIN { system("touch PWN-awk") }\n',
  "project/script.sh": "touch PWN-sh\n",
  "project/script.py": 'open("PWN-py", "w")\n',
  "project/script.pl": 'open(F, ">PWN-pl");\n',
  "project/script.mjs": 'import { writeFileSync } from "node:fs";\nwriteFileSync("PWN-mjs", "");\n',
  "project/script.cjs": 'require("fs").writeFileSync("PWN-cjs", "");\n',
  "project/script.jq": ".a\n",
  "project/names.txt": "PWN-one\nPWN-two\n",
  "project/commands.txt": "touch PWN-commands\n",
  "project/expression.txt": "names[$(touch PWN-expression)]\n",
  "project/rg.conf": "--pre=./evil.sh\n",
  "project/curl.conf": 'output = "PWN-curl"\nurl = "file:///etc/hostname"\n',
  "project/wget.conf": "logfile = PWN-wget\n",
  "project/gdb.txt": "shell touch PWN-gdb\n",
  "project/input.ed": "w PWN-ed\nq\n",
  "project/sitecustomize.py": 'open("PWN-site", "w")\n',
  "project/Evil.pm": 'package Evil; open(F, ">PWN-pm"); 1;\n',
  "project/index.html": "<html></html>\n",
  "project/page.1": ".TH X 1\n.SH NAME\nx \\- y\n",
  "project/.env": "KEY=value\n",
  "project/tsconfig.json": "{}\n",
  "project/--output=PWN-in-glob": "x\n",
  "project/trap/sort/--output=PWN-glob": "x\n",
  "project/trap/sort/z.txt": "b\na\n",
  "project/trap/sort-short/-oPWN-glob": "x\n",
  "project/trap/sort-short/z.txt": "b\na\n",
  "project/trap/find/-fprint": "",
  "project/trap/find/.": "",
  "project/trap/sed/-i": "",
  "project/trap/sed/z.txt": "a\n",
  "project/trap/sed-expression/--expression=w PWN-glob": "",
  "project/trap/sed-expression/z.txt": "a\n",
  "project/trap/rg/--pre=.": "",
  "project/trap/tar/--checkpoint-action=exec=sh run": "",
  "project/trap/tar/--checkpoint=1": "",
  "project/trap/tar/run": "touch PWN-glob\n",
  "project/trap/uniq/a": "x\n",
  "project/trap/uniq/PWN-b": "y\n",
  "project/trap/names/touch PWN-name": "",
  "project/trap/names/$(touch PWN-name)": "",
  "project/trap/names/;touch PWN-name;": "",
  "project/trap/awk/-fevil": "",
  "project/trap/awk/evil": 'BEGIN { system("touch PWN-glob") }\n',
  "project/trap/git/--output=PWN-glob": "x\n",
  "project/trap/xxd/a": "abc\n",
  "project/trap/xxd/b": "def\n",
};

const programs: readonly string[] = [
  "project/evil.sh",
  "project/ls",
  "project/bin/ls",
  "project/bin/cat",
  "project/bin/git",
  "project/bin/grep",
  "project/bin/git-evil",
  "project/bin/less",
  "project/bin/gzip",
  "project/bin/diff",
  "project/bin/ssh",
  "project/bin/sh",
  "project/with space/ls",
  "project/node_modules/.bin/tool",
  "project/bin/ls\u{a0}",
  "project/bin/ls\r",
];

export function plant(home: string): void {
  const project = join(home, "project");
  mkdirSync(project, { recursive: true });
  const write = (path: string, text: string, mode = 0o644): void => {
    if (path.endsWith("/.")) return;
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
    chmodSync(join(home, path), mode);
  };
  for (const [path, text] of Object.entries(files)) write(path, text);
  for (const path of programs) write(path, pwn, 0o755);
  symlinkSync("a.txt", join(project, "link.txt"));
  run(project, home, repositories);
}

/**
 * The project's own repository, honest; it does not renew what it remembers of files' times (`git diff` does, in .git/index), which is no change
 * of anything that somebody has made. And repositories whose configuration starts programs, one of them bare in a folder that looks like any other.
 */
const repositories = `
set -e
export GIT_AUTHOR_DATE='2024-01-01T00:00:00Z' GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
git init -q --template= .
git config diff.autoRefreshIndex false
git add a.txt b.txt in.txt old.txt README.md package.json src Makefile
git commit -q -m first
git tag v1
git branch topic
git init -q --template= --bare remote.git
git remote add origin ./remote.git
printf 'five\\n' >> b.txt
git commit -q -a -m second
printf 'five\\n' >> a.txt
git stash -q
printf 'six\\n' >> a.txt
mkdir -p planted/hooks
printf '#!/bin/sh\\ntouch PWN-hook\\n' | tee planted/hooks/pre-commit planted/hooks/post-checkout planted/hooks/post-index-change > /dev/null
chmod 755 planted/hooks/*

mkdir -p planted/repo planted/bare
git init -q --template= planted/repo
(
  cd planted/repo
  cp ../../a.txt .
  printf '*.txt diff=evil filter=evil\\n' > .gitattributes
  git add a.txt .gitattributes
  git commit -q -m planted
  printf 'more\\n' >> a.txt
  git config core.fsmonitor 'touch PWN-fsmonitor; false'
  git config diff.external 'touch PWN-external; true'
  git config diff.evil.textconv 'touch PWN-textconv; cat'
  git config filter.evil.clean 'touch PWN-filter; cat'
  git config alias.evil '!touch PWN-alias'
  git config core.sshCommand 'touch PWN-ssh; false'
)
cp -r planted/repo/.git/. planted/bare/
git -C planted/bare config core.worktree .
tar cf archive.tar --mtime=2024-01-01 names.txt --transform 's/names/PWN-tar/'
gzip -nc a.txt > text.gz
touch -d 2024-01-01 PWN-zip
zip -qXm packed.zip PWN-zip
printf '[alias]\\n\\tevil = !touch PWN-alias\\n[core]\\n\\tfsmonitor = touch PWN-fsmonitor; false\\n' > evil.gitconfig
mkdir -p evil-home/.config/git
cp evil.gitconfig evil-home/.gitconfig
for repository in . planted/repo planted/bare remote.git; do git -C $repository -c core.fsmonitor=false gc -q; done
mkdir .git/hooks
for hook in pre-commit post-commit post-checkout pre-push post-merge; do
  printf '#!/bin/sh\\ntouch "$(git rev-parse --show-toplevel)/PWN-hook"\\n' > .git/hooks/$hook
  chmod 755 .git/hooks/$hook
done
`;

function run(folder: string, home: string, script: string): void {
  const { status, stderr } = spawnSync("bash", ["--norc", "--noprofile", "-c", script], {
    cwd: folder,
    env: { PATH: "/usr/bin:/bin", HOME: home },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the workspace could not be planted: ${stderr}`);
}
