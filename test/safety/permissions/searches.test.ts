import { execFileSync, spawnSync } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { deskIn, missing } from "./desk.ts";
import { smallService } from "../small-service.ts";

/** What no search may show unasked: it stands in files that hold secrets by their names, and in one outside that links lead to. */
const secret = "sesame-3f9a";

const files: Readonly<Record<string, string>> = {
  ".gitignore": "node_modules/\n.env\nlocal/\n",
  ".env": `A=${secret}\n`,
  ".npmrc": `token=${secret}\n`,
  "certs/server.pem": `A ${secret}\n`,
  "local/id_rsa": `A ${secret}\n`,
  "src/plain.ts": "A plain\n",
  "src/.env.local": `A=${secret}\n`,
  "docs/a.txt": "A text\n",
  A: "text\n",
};

const places = [
  "*",
  ".e*",
  ".env",
  "docs/*",
  "docs",
  "certs",
  "src/.*",
  "local/*",
  "d*/*",
  "./*",
  "*/*",
  ".",
  "{certs,docs}/*",
  "'docs'/*",
  "docs/../.env",
  "c?rts/s*",
  "docs/n*",
  "docs/a*",
  "src/*",
  "src/[.p]*",
  "<docs/notes.txt",
  "< .env",
  "$(ls)",
  "$PWD/.env",
  "~/private.txt",
  "package.json",
] as const;

const pools: Readonly<Record<string, readonly string[]>> = {
  grep: [
    "-r",
    "-R",
    "-rn",
    "-e",
    "-l",
    "-h",
    "-A",
    "-m",
    "-f",
    "--include=*.ts",
    "--include=.env",
    "--include=*.pem",
    "--include=*",
    "--exclude=*.ts",
    "--exclude-dir=src",
    "--",
    "A",
    ".",
    "src",
    "docs",
    "*",
    ".e*",
    "docs/*",
    "1",
  ],
  rg: [
    "-n",
    "-e",
    "-l",
    "-g",
    "-g*.ts",
    "-g.env",
    "'*.ts'",
    "'*.pem'",
    "'!*.ts'",
    "--glob=*.rsa",
    "-L",
    "--follow",
    "-t",
    "js",
    "-u",
    "-A",
    "1",
    "--",
    "A",
    ".",
    "src",
    "docs",
    "certs",
    "--no-ignore",
    "-c",
    "--json",
  ],
  "git grep": [
    "-n",
    "-e",
    "-l",
    "-h",
    "--untracked",
    "--no-index",
    "--no-exclude-standard",
    "--cached",
    "HEAD",
    "':!docs'",
    "':/'",
    "':(top)certs'",
    "'*.pem'",
    "--",
    "A",
    ".",
    "src",
    "certs",
    "docs",
    "'*.ts'",
  ],
  ...Object.fromEntries(
    ["cat", "head -c 90", "sort", "tac", "nl", "sed -n p", "awk 1", "diff -r", "tar -cf -", "cut -c1-50", "paste", "xargs cat <"].map((program) => [
      program,
      places,
    ]),
  ),
};

const some = (pool: readonly string[], maxLength: number): fc.Arbitrary<readonly string[]> => fc.array(fc.constantFrom(...pool), { maxLength });
const commandsOf = (program: string, pool: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(some(pool, 4), some(pool, 3)).map(([before, after]) => [program, ...before, "A", ...after].join(" "));

const atATime = 20;
/** Each in a shell of its own, started by one: a test starts programs slowly. What each printed ends with a zero. */
const oneByOne = `while IFS= read -r -d '' text; do timeout 5 bash --norc --noprofile -c "$text" < /dev/null 2> /dev/null | tr -d "\\0"; printf '\\0'; done`;

for (const [program, pool] of Object.entries(pools))
  test.skipIf(spawnSync(program.split(" ")[0] ?? "", ["--version"]).error !== undefined)(
    `what ${program} shows of a secret was asked about`,
    async () => {
      using place = smallService();
      for (const [path, text] of Object.entries(files)) place.put(path, text);
      writeFileSync(join(place.home, "private.txt"), `A ${secret}\n`);
      symlinkSync(join(place.home, "private.txt"), join(place.folder, "docs/notes.txt"));
      execFileSync("git", ["add", "-A"], { cwd: place.folder });
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "all"], { cwd: place.folder });
      const decide = deskIn(place);
      let shown = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(commandsOf(program, pool), { minLength: atATime, maxLength: atATime }), async (commands) => {
          const { stdout } = spawnSync("bash", ["--norc", "--noprofile", "-c", oneByOne], {
            cwd: place.folder,
            env: { ...process.env, HOME: place.home },
            encoding: "utf8",
            input: commands.map((command) => `${command}\0`).join(""),
          });
          const printed = stdout.split("\0");
          expect(printed).toHaveLength(atATime + 1);
          for (const command of commands.filter((_, at) => printed[at]?.includes(secret))) {
            shown += 1;
            expect((await decide("bash", { command }, { mode: "prompt", wall: missing })).decision, command).toBe("ask");
          }
        }),
        { numRuns: pool === places ? 6 : 20 },
      );
      expect(shown).toBeGreaterThan(pool === places ? 0 : 5);
    },
    600_000,
  );

test.each([
  [".gitignore", "!.env\n", "rg A", "ask"],
  [".ignore", "!.e*\n", "rg A", "ask"],
  [".rgignore", "node_modules\n!src/.env.local\n", "rg A", "ask"],
  [".rgignore", "!/src/.env.local\n", "rg A src", "ask"],
  [".rgignore", "!*\n", "rg A", "ask"],
  [".gitignore", ".env*\n!.env.example\n", "rg A src docs", "allow"],
  [".gitignore", "*\n!*/\n!*.ts\n", "rg A src docs", "allow"],
  [".ignore", "!.env\n", "rg A docs/a.txt", "allow"],
])("what %s with %j has ripgrep search is known of %s: %s", async (name, text, command, decision) => {
  using place = smallService();
  for (const [path, content] of Object.entries({ ".env": `A=${secret}\n`, "src/.env.local": `A=${secret}\n`, "src/plain.ts": "A\n", "docs/a.txt": "A\n" }))
    place.put(path, content);
  place.put(name, text);
  expect((await deskIn(place)("bash", { command }, { mode: "prompt", wall: missing })).decision).toBe(decision);
});
