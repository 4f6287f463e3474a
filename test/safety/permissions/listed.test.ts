import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { deskIn, standing } from "./desk.ts";
import { type SmallService, smallService } from "../small-service.ts";

/** What no list of names may lead to unasked: it stands in files that hold secrets by their names, and links lead there. */
const secret = "sesame-51cb";

const files: Readonly<Record<string, string>> = {
  ".gitignore": "node_modules/\n.env\n",
  ".env": `A=${secret}\n`,
  "certs/server.pem": `A ${secret}\n`,
  "src/plain.ts": "A plain\n",
  "src/a b.ts": "A plain\n",
  "docs/a.txt": "A text\n",
  "lib.ts/.env.local": `A=${secret}\n`,
  "odd/x .env y.md": "A text\n",
  "odd/.env": `A=${secret}\n`,
  // A name that is a pattern of the other.
  "globs/*.csv": "A text\n",
  "globs/a id_rsa .csv": "A text\n",
};

function placeOfSecrets(): SmallService {
  const place = smallService();
  for (const [path, text] of Object.entries(files)) place.put(path, text);
  mkdirSync(join(place.folder, "links"));
  symlinkSync("../.env", join(place.folder, "links/plain.yml"));
  execFileSync("git", ["add", "-A"], { cwd: place.folder });
  execFileSync("git", ["add", "-f", ".env"], { cwd: place.folder });
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "all"], { cwd: place.folder });
  return place;
}

const roots = ["", ".", "src", "docs certs", "odd", "lib.ts", "links", "globs", "-L links", '"$PWD"'];
const tests = [
  "-name '*.ts'",
  "-name '*.md'",
  "-name '*.yml'",
  "-name '*.csv'",
  "-name '*.pem'",
  "-name '.e*'",
  "-iname '*.ENV'",
  "! -name '*.ts'",
  "-not -name '.env'",
  "-type f",
  "-type d",
  "-type l",
  "-o",
  "-o -name '*.txt'",
  "\\( -name '*.ts' -o -name '*.md' \\)",
  "\\( -name '*.ts' -o -type f \\)",
  "! \\( -name '*.ts' \\)",
  "-path ./certs -prune -o",
  "-maxdepth 1",
  "-follow",
  "-print",
];
const readers = [
  "-exec cat {} +",
  "-exec cat {} \\;",
  "-exec grep -r A {} \\;",
  "-exec ls {} \\; -exec cat {} +",
  "-exec wc -l {} +",
  "| xargs cat",
  "-print0 | xargs -0 cat",
  "-print0 | xargs -0 grep -r A",
  "-printf '.env ' | xargs cat",
  "| sort | xargs head -5",
  "| grep -v x | xargs cat",
  "| grep -o '.env' | xargs cat",
  "| sed 's/ts$/x/' | xargs cat",
  '| while read -r f; do cat "$f"; done',
  '| while read f; do f=.env; cat "$f"; done',
];

test("what find hands on of a secret was asked about", async () => {
  using place = placeOfSecrets();
  const decide = deskIn(place);
  let [shown, allowed] = [0, 0];
  const piece = fc.array(fc.constantFrom(...tests), { maxLength: 3 }).map((all) => all.join(" "));
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...roots), piece, fc.constantFrom(...readers), fc.constantFrom("", "sub"), async (root, terms, reader, shape) => {
      const list = `find ${root} ${terms}`;
      const command = shape === "" || !reader.startsWith("| xargs") ? `${list} ${reader}` : `for f in $(${list}); do cat "$f"; done; cat $(${list})`;
      const { stdout } = spawnSync("bash", ["--norc", "--noprofile", "-c", command], { cwd: place.folder, encoding: "utf8", timeout: 5_000, input: "" });
      const { decision } = await decide("bash", { command }, { mode: "prompt", wall: standing });
      if (decision === "allow" && stdout !== "") allowed += 1;
      if (!stdout.includes(secret)) return;
      shown += 1;
      expect(decision, command).toBe("ask");
    }),
    { numRuns: 400 },
  );
  expect(shown).toBeGreaterThan(30);
  expect(allowed).toBeGreaterThan(10);
}, 600_000);

const patterns = [
  "'.e*'",
  "'*.pem'",
  "'*env*'",
  "':!.env'",
  "':(icase).ENV'",
  "'c*/s*'",
  "'*.ts'",
  "docs",
  "'[.]env'",
  "':(glob)**/.e?v'",
  "':/.env'",
  "'cert?/*.p*'",
  "*",
];
const shows = [
  "git log -p --",
  "git show HEAD --",
  "git diff HEAD~1 --",
  "git log --oneline -p HEAD --",
  "git log --stat --",
  "git diff --name-only HEAD~1 --",
];

test("what git shows by a pattern that is meant for secrets was asked about", async () => {
  using place = placeOfSecrets();
  const decide = deskIn(place);
  for (const show of shows)
    for (const pattern of patterns) {
      const command = `${show} ${pattern}`;
      const { stdout } = spawnSync("bash", ["--norc", "--noprofile", "-c", command], { cwd: place.folder, encoding: "utf8", timeout: 5_000 });
      // What is committed is the repository's to show, where nobody names it: what is left out alone, and every file, name none.
      const isNamed = !["':!.env'", "*"].includes(pattern);
      const { decision } = await decide("bash", { command }, { mode: "prompt", wall: standing });
      if (isNamed && stdout.includes(secret)) expect(decision, command).toBe("ask");
      if (!isNamed || ["'*.ts'", "docs"].includes(pattern)) expect(decision, command).toBe("allow");
    }
});

test.each([
  ["find src -name '*.ts' | xargs grep -n A", "ask"],
  ["find src -name '*.ts' -print0 | xargs -0 grep -n A", "allow"],
  ["find docs -name '*.txt' | xargs cat", "allow"],
  ["find docs -name '*.txt' | xargs cat < /dev/null", "allow"],
  ["find docs -name '*.txt' | xargs < names cat", "ask"],
  ["find docs -name '*.txt' | while read -r f; do cat \"$f\"; done < names", "ask"],
  ["find lib.ts -name '*.ts' -exec grep -r A {} +", "ask"],
  ["find lib.ts -type f -name '*.ts' -exec grep -r A {} +", "allow"],
  ["find . -path ./node_modules -prune -o -name '*.txt' -print | xargs wc -l", "allow"],
  ["find . -type f \\( -name '*.txt' -o -name '*.json' \\) -exec grep -l A {} +", "allow"],
  ["find docs -name '*.txt' | sort | head -3 | while IFS= read -r f; do head -2 \"$f\"; done", "allow"],
  ["for f in $(find docs -name '*.txt'); do head -2 \"$f\"; done", "allow"],
  ["wc -l $(git ls-files '*.json')", "allow"],
  ["git ls-files -z '*.ts' | xargs -0 wc -l", "ask"],
  ["git ls-files '*.json' | xargs cat", "allow"],
  ["rg -l A docs | xargs wc -l", "allow"],
  ["grep -rl A docs | xargs head -1", "allow"],
  ['cat "$(git rev-parse --show-toplevel)/package.json"', "allow"],
  ['cat "$(git rev-parse --show-toplevel)/.env"', "ask"],
  ["cd $(git rev-parse --show-toplevel) && git status", "allow"],
  ["git stash show -p", "ask"],
  ["git stash show --stat", "allow"],
])("%s: %s", async (command, decision) => {
  using place = placeOfSecrets();
  expect((await deskIn(place)("bash", { command }, { mode: "prompt", wall: standing })).decision).toBe(decision);
});
