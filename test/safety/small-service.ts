import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const source = (name: string): string => `export function ${name}(): string {\n  return "${name}";\n}\n`;

const files: Readonly<Record<string, string>> = {
  "package.json": `${JSON.stringify({ name: "small-service", version: "1.2.0", scripts: { test: "node --test", build: "tsc", lint: "eslint src" } }, undefined, 2)}\n`,
  "package-lock.json": "{}\n",
  "tsconfig.json": '{ "compilerOptions": { "strict": true } }\n',
  "README.md": "# A small service\n\nIt parses dates.\n",
  ".gitignore": "node_modules/\ndist/\n",
  ".eslintrc.json": "{}\n",
  Makefile: "all:\n\tnpm test\n",
  "src/index.ts": source("index"),
  "src/server.ts": source("server"),
  "src/parse.ts": source("parseDate"),
  "src/routes/index.ts": source("routes"),
  "src/routes/health.ts": source("health"),
  "test/parse.test.js": "// parseDate\n",
  "test/server.test.js": "// server\n",
  "test/fixtures/dates.txt": "2026-01-01,UTC\n2026-02-03,CET\n",
  "dist/index.js": "export {};\n",
  "node_modules/c8/package.json": "{}\n",
  "node_modules/.bin/tsc": "",
  "node_modules/dotenv/.env": "A=fixture\n",
};

export interface SmallService extends Disposable {
  /** Real paths. */
  readonly folder: string;
  readonly home: string;
  /** Writes a file of the folder, and the folders above it. */
  put(path: string, text?: string): void;
}

/** A real folder with a git repository in it, as a person would have it, and an empty home beside it. */
export function smallService(): SmallService {
  const parent = realpathSync(mkdtempSync(join(tmpdir(), "claw-service-")));
  const [folder, home] = [join(parent, "work"), join(parent, "home")];
  mkdirSync(folder);
  mkdirSync(home);
  const put = (path: string, text = "x\n"): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const [path, text] of Object.entries(files)) put(path, text);
  const git = (...words: readonly string[]): void => {
    execFileSync("git", words, { cwd: folder, stdio: "ignore", env: { PATH: process.env["PATH"] ?? "", HOME: home, GIT_CONFIG_NOSYSTEM: "1" } });
  };
  git("init", "--initial-branch=main");
  git("config", "user.name", "A Person");
  git("config", "user.email", "person@example.com");
  git("remote", "add", "origin", "https://git.example.com/small-service.git");
  git("add", "-A");
  git("commit", "-m", "A small service");
  return { folder, home, put, [Symbol.dispose]: () => rmSync(parent, { recursive: true, force: true }) };
}
