import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hookTable } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { clawFile, place, say } from "./claw.ts";

const root = join(import.meta.dirname, "../..");
const readme = readFileSync(join(root, "README.md"), "utf8");
/** Lines of the README's fenced blocks that begin a command. */
const commands = [...readme.matchAll(/^```\n([^]*?)^```$/gm)]
  .flatMap(([, block = ""]) => block.split("\n"))
  .map((line) => line.replace(/\s+#.*$/, "").trim())
  .filter((line) => /^(.* \| )?claw /.test(line));
const wordsOf = (command: string): readonly string[] => [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

describe("what the README says", () => {
  test("to type runs", async () => {
    await using here = await place({ script: () => say("Yes.") });
    expect(commands.length).toBeGreaterThan(10);
    for (const command of commands) {
      const [piped, own = piped] = command.includes(" | ") ? command.split(" | ") : [command];
      const ran = await here.run(wordsOf(own ?? "").slice(1), own === piped ? {} : { input: "diff --git a b\n" });
      expect([command, ran.code, ran.stderr.split("\n").filter((line) => line.startsWith("error"))]).toEqual([command, 0, []]);
    }
  });

  test("to put into settings.json is valid", async () => {
    await using here = await place();
    const [, settings = ""] = /In `settings\.json`[^`]*`(\{.*\})`/.exec(readme) ?? [];
    mkdirSync(join(here.home, "config"), { recursive: true });
    writeFileSync(join(here.home, "config/settings.json"), settings);
    const explained = await here.run(["config", "explain", "permissions.deny", "--json"]);
    expect(JSON.parse(explained.stdout)).toMatchObject({ value: ["Bash(git push:*)"] });
  });

  test("of the eleven events is what the kernel has", () => {
    const rows = [...readme.matchAll(/^\| ((?:\w+)(?: · \w+)*) \| ([\w, ·]+) \|/gm)].flatMap(([, events = "", stages = ""]) => {
      const lists = stages.split(" · ").map((list) => list.split(", "));
      return events.split(" · ").map((event, index) => [event, lists[index] ?? lists[0] ?? []] as const);
    });
    const events = Object.keys(hookTable);
    expect(rows.filter(([event]) => events.includes(event)).map(([event, stages]) => [event, stages])).toEqual(
      Object.entries(hookTable).map(([event, stages]) => [event, Object.keys(stages)]),
    );
  });

  test("of the modes is what there is", async () => {
    await using here = await place({ script: () => say("Yes.") });
    const modes = [...readme.matchAll(/^\| `([a-z-]+)` \| /gm)].flatMap(([, mode = ""]) => (existsSync(join(root, mode)) ? [] : [mode]));
    expect(modes).toEqual(["read-only", "prompt", "workspace-write", "dont-ask", "auto", "allow", "danger-full-access"]);
    // At a terminal, as the last one wants it.
    for (const mode of modes) expect([mode, (await here.run(["-p", "hi", "--permission-mode", mode], { tty: "all" })).code]).toEqual([mode, 0]);
  });

  test("of folders is there", () => {
    const folders = [...readme.matchAll(/^\| `([a-z]+)\/` \| /gm)].map(([, folder = ""]) => folder);
    expect(folders.length).toBeGreaterThan(4);
    expect(folders.filter((folder) => !existsSync(join(root, folder)))).toEqual([]);
  });

  test("of npx claw and npm start is true", async () => {
    expect(realpathSync(join(root, "node_modules/.bin/claw"))).toBe(realpathSync(clawFile));
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { readonly scripts: Readonly<Record<string, string>> };
    expect([scripts["start"], scripts["prepare"]]).toEqual(["node cli/build/start.ts", "npm run build"]);
    await using here = await place({ script: () => say("It is four.") });
    const { status, stdout } = spawnSync(process.execPath, [join(root, "cli/build/start.ts"), "--version"], {
      encoding: "utf8",
      cwd: root,
      env: { ...here.environment, INIT_CWD: here.project },
    });
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^claw /)]);
  });
});
