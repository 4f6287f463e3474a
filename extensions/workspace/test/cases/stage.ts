import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Stage extends AsyncDisposable {
  readonly around: string;
  readonly root: string;
  /** Everything outside the session's folders, as one text: it must not change. */
  outside(): string;
}

const files: Readonly<Record<string, string>> = {
  "proj/a.txt": "mine",
  "proj/d/b.txt": "b",
  "proj/d/e/c.txt": "c",
  "proj/nested/.git/config": "[core]",
  "proj/nested/x.txt": "x",
  "proj/.git/config": "[core]",
  "proj/sp ace.txt": "space",
  "proj/dot.": "dot",
  "proj/blank ": "blank",
  "proj/~": "tilde",
  "proj/~root": "user",
  "proj/file:/a.txt": "scheme",
  "proj/%2e%2e/a.txt": "percent",
  "proj/..%2faway%2fsecret.txt": "percent file",
  "proj/C:\\away\\secret.txt": "drive",
  "proj/\\\\server\\share": "unc",
  "proj/..\\away\\secret.txt": "backslash",
  "proj/$HOME": "variable",
  "proj/*": "star",
  "proj/-rf": "dash",
  "proj/...": "three dots",
  "proj/..a": "two dots and more",
  "proj/gr\u00fc\u00dfe.txt": "composed",
  "proj/a\u202etxt.b": "bidi",
  "proj/zero\u200bwidth": "invisible",
  "proj/\uff0e\uff0e/wide.txt": "wide dots",
  "proj-evil/secret.txt": "secret",
  "away/secret.txt": "secret",
  "away/credentials.json": "token",
  "away/deep/secret.txt": "secret",
  "extra/more.txt": "more",
  "scratch/spill.txt": "spill",
  "home/.ssh/id": "key",
};

/** From name to target. */
const links: Readonly<Record<string, string>> = {
  "proj/in": "a.txt",
  "proj/in-folder": "d",
  "proj/in-deep": "d/e",
  "proj/in-extra": "../extra",
  "proj/in-chain": "in-chain-2",
  "proj/in-chain-2": "in",
  "proj/in-missing": "d/new.txt",
  "proj/in-missing-deep": "made/new/x.txt",
  "proj/d/e/up": "../../a.txt",
  "proj/d/parent": "..",
  "proj/here": ".",
  "proj/round": "../away/../proj/a.txt",
  "proj/after": "in-deep/../b.txt",
  "proj/slashes": "d//e///c.txt",
  "proj/trailing": "d/",
  "proj/out": "../away/secret.txt",
  "proj/out-folder": "../away",
  "proj/out-up": "..",
  "proj/out-slash": "/",
  "proj/out-evil": "../proj-evil",
  "proj/out-chain": "out-chain-2",
  "proj/out-chain-2": "d/out-chain-3",
  "proj/d/out-chain-3": "../out",
  "proj/out-missing": "../away/new.txt",
  "proj/out-missing-folder": "../away/new",
  "proj/out-after": "in-deep/../../../away/secret.txt",
  "proj/out-of-folder": "out-folder/deep/secret.txt",
  "proj/out-back": "out-folder/../home/.ssh/id",
  "proj/d/out": "../../away",
  "proj/d/e/out": "../../../away/secret.txt",
  "proj/d/e/out-folder": "../../../away",
  "proj/out-home": "../home",
  "proj/self": "self",
  "proj/loop": "loop-2",
  "proj/loop-2": "loop",
  "proj/into-file": "a.txt/b",
  "proj/through-missing": "none/../a.txt",
  "proj/proc-root": "/proc/self/root",
  "proj/proc-cwd": "/proc/self/cwd",
  "proj/proc-environ": "/proc/self/environ",
  "proj/null": "/dev/null",
  "proj/stdin": "/dev/stdin",
  "away/back": "../proj",
  "extra/out": "../away",
};

export async function stage(): Promise<Stage> {
  const around = realpathSync(mkdtempSync(join(tmpdir(), "workspace-")));
  const root = join(around, "proj");
  const at = (path: string): string => {
    mkdirSync(dirname(join(around, path)), { recursive: true });
    return join(around, path);
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(at(path), text);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, at(path));
  symlinkSync(join(around, "away/secret.txt"), join(root, "out-absolute"));
  symlinkSync(join(root, "a.txt"), join(root, "in-absolute"));
  symlinkSync(join(around, "away/back"), join(root, "in-again"));
  for (let index = 0; index < 45; index += 1) symlinkSync(index === 0 ? "a.txt" : `step-${index - 1}`, join(root, `step-${index}`));
  for (const [path, target] of [
    ["hard", "proj/a.txt"],
    ["hard-out", "away/secret.txt"],
    ["hard-credentials", "away/credentials.json"],
  ] as const) {
    linkSync(join(around, target), join(root, path));
  }
  const devices = process.getuid?.() === 0 ? "mknod zero c 1 5; mknod disk b 7 250" : "";
  execFileSync("sh", ["-c", `mkfifo fifo; ${devices}`], { cwd: root });
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(join(root, "socket"), resolve));
  const outside = (): string => ["away", "home", "proj-evil", "."].map((name) => contentOf(join(around, name), name === ".")).join("\n");
  return {
    around,
    root,
    outside,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => void server.close(resolve));
      rmSync(around, { recursive: true });
    },
  };
}

function contentOf(path: string, namesOnly: boolean): string {
  const lines: string[] = [];
  for (const entry of readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const own = join(path, entry.name);
    if (namesOnly) lines.push(entry.name);
    else if (entry.isDirectory()) lines.push(`${entry.name}/ ${contentOf(own, false)}`);
    else lines.push(`${entry.name} ${entry.isSymbolicLink() ? readlinkSync(own) : readFileSync(own, "utf8")}`);
  }
  return lines.join("\n");
}
