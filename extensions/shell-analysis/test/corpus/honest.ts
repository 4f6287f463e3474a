import { agentGit } from "./honest-agent-git.ts";
import { agentLines } from "./honest-agent-lines.ts";
import { agentTexts } from "./honest-agent-texts.ts";
import { dayGit } from "./honest-day-git.ts";
import { dayLines } from "./honest-day-lines.ts";
import { dayLooking } from "./honest-day-looking.ts";
import { dayTexts } from "./honest-day-texts.ts";
import { exploring } from "./honest-exploring.ts";
import { gitReading } from "./honest-git.ts";
import { looking, searching } from "./honest-looking.ts";
import { programs } from "./honest-programs.ts";
import { composed, texts } from "./honest-shell.ts";

/** A command that a developer or a coding agent types to look around. */
export interface Honest {
  readonly command: string;
  readonly note?: string;
}

/** Everything here only reads. The place is a project in /ws/app, of a person whose home is /home/dev. */
export const honest: Readonly<Record<string, readonly Honest[]>> = {
  looking,
  searching,
  texts,
  composed,
  gitReading,
  programs,
  agentGit,
  agentTexts,
  agentLines,
  dayGit,
  dayTexts,
  dayLooking,
  dayLines,
  exploring,
};

/** Typed to look around as well, but what they would do does not stand in the text; they count among the honest ones that are missed. */
export const unproven: readonly Honest[] = [
  { command: "ls -S | head -3 | xargs file", note: "a file may be called -C" },
  { command: "find . -name '*.ts' | xargs rg -n foo", note: "a name with a blank in it becomes two words, and the second may be an option" },
  { command: "fd -e ts -x wc -l", note: "-x runs a program" },
  { command: "cargo --version", note: "rust-toolchain.toml may name a folder whose cargo is run" },
  { command: "java -version", note: "it leaves a folder in /tmp" },
  { command: "yarn --version", note: ".yarnrc.yml may name a program that is run" },
  { command: "mvn -v", note: ".mvn/jvm.config may load code" },
  { command: "python3 -m json.tool package.json", note: "json.py of the folder would be run" },
  { command: "node -p 'process.version'", note: "code" },
  { command: "sqlite3 -readonly app.db '.tables'", note: "a dot command may start a shell" },
  { command: "echo $(( $(wc -l < a.txt) + 1 ))", note: "arithmetic runs what stands in an index" },
  { command: "cd src && for f in *.ts; do sed -n '1,40p' \"$f\"; done", note: "a file may be called -i.ts" },
  { command: "git ls-files '*.sh' | xargs -I{} bash -n {}", note: "a file may be called -c" },
  { command: 'git ls-files | while read -r f; do wc -l < "$f"; done', note: "a file may be called /dev/tcp/…" },
  { command: "bash -lc 'node --version'", note: "a login shell runs the person's start files" },
  { command: "pnpm why react", note: "pnpm runs .pnpmfile.cjs" },
  { command: "go list ./...", note: "it may fetch modules, and asks git" },
  { command: "go doc net/http Client | head -30", note: "it lists the modules, and may fetch them" },
  { command: "cargo tree --depth 1", note: "it runs the configured rustc" },
  { command: "ls & wait", note: "it goes on in the background" },
];
