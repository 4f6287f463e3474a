import { linkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SmallService, smallService } from "../small-service.ts";
import { deskIn, standing, type Given } from "./desk.ts";

let place: SmallService;
beforeEach(() => {
  place = smallService();
});
afterEach(() => place[Symbol.dispose]());

const decide = async (command: string, given: Partial<Given> = {}): Promise<string> =>
  (await deskIn(place)("bash", { command }, { mode: "prompt", ...given })).decision;
const reading = (path: string, given: Partial<Given> = {}) => deskIn(place)("read_file", { path }, { mode: "prompt", ...given });

describe("what reads all that is below a folder", () => {
  test.each(["grep -rn x .", "cat *", "head -5 config/.env*", "grep -rn x config"])("%s is asked about where a file there may hold secrets", async (text) => {
    place.put("config/.env.local");
    place.put("server.pem");
    expect(await decide(text)).toBe("ask");
    rmSync(join(place.folder, "config"), { recursive: true });
    rmSync(join(place.folder, "server.pem"));
    place.put("config/a.txt");
    expect(await decide(text)).toBe("allow");
  });

  test.each([
    ["grep -rn x src", "allow"],
    ["cat src/*.ts", "allow"],
    ["wc -l src/*.ts", "allow"],
    ["rg x", "ask"],
    ["rg x src", "allow"],
    ["rg x -g '*.ts'", "allow"],
    ["rg x -g '*.pem'", "ask"],
    ["grep -rn x . --include='*.ts'", "allow"],
    ["grep -rn -e --include=*.ts .", "ask"],
    ["git grep x src", "allow"],
    ["grep -r x *", "ask"],
    ["grep -r x d*", "ask"],
    ["grep -r x s*", "allow"],
    ["grep x src/* README.md", "allow"],
    ["rg x d*", "ask"],
    ["head -1 *", "allow"],
    ["cat deploy/*.txt deploy/*", "ask"],
    ["cat deploy/*.txt src/*", "allow"],
    ["git grep x deploy", "ask"],
    ["git diff --no-index src deploy", "ask"],
    ["git diff --no-index /dev/null deploy/.env", "ask"],
    ["git diff --no-index src test", "allow"],
    ["git diff -- deploy", "allow"],
    ["ls -R .", "allow"],
    ["find . -name .env", "allow"],
    ["du -sh .", "allow"],
    ["cat *.md", "allow"],
    ["cat .e*", "ask"],
    ["grep -rn x deploy", "ask"],
    ["cat deploy/*", "ask"],
    ["cat deploy/*.txt", "allow"],
    ["cat deploy/.env", "ask"],
  ])("%s: %s", async (command, decision) => {
    place.put(".env");
    place.put("deploy/server.pem");
    place.put("deploy/.env");
    place.put("deploy/a.txt");
    expect(await decide(command)).toBe(decision);
  });

  test("git compares any two folders where there is no repository", async () => {
    place.put("deploy/.env");
    expect(await decide("git diff src deploy")).toBe("allow");
    rmSync(join(place.folder, ".git"), { recursive: true });
    expect(await decide("git diff src deploy")).toBe("ask");
  });

  test("what dependencies bring along is not the person's", async () => {
    expect(await decide("grep -rn x .")).toBe("allow");
  });
});

describe("another name of a file that holds credentials", () => {
  test("is asked about, by a command and by a tool, whatever is allowed", async () => {
    writeFileSync(join(place.home, ".netrc"), "machine x\n");
    linkSync(join(place.home, ".netrc"), join(place.folder, "notes.txt"));
    place.put("other.txt");
    linkSync(join(place.folder, "other.txt"), join(place.folder, "twice.txt"));
    expect([
      await decide("cat notes.txt", { mode: "allow", allow: ["Bash"] }),
      (await reading("notes.txt", { allow: ["Read"] })).decision,
      (await reading("notes.txt")).reason,
      await decide("cat twice.txt"),
    ]).toEqual(["ask", "ask", expect.stringContaining("another name of a file that holds credentials") as unknown, "allow"]);
  });
});

describe("another name of a file of the workspace", () => {
  const allowed = { mode: "allow", allow: ["Bash", "Read", "Edit"] } as const;

  test("that may hold secrets is asked about, read or written, wherever it lies", async () => {
    place.put("config/.env", "KEY=x\n");
    linkSync(join(place.folder, "config/.env"), join(place.folder, "src/notes.txt"));
    expect([
      await decide("cat src/notes.txt", allowed),
      (await reading("src/notes.txt", allowed)).decision,
      (await deskIn(place)("write_file", { path: "src/notes.txt" }, allowed)).decision,
      (await reading("src/notes.txt", allowed)).reason,
    ]).toEqual(["ask", "ask", "ask", expect.stringContaining("another name of a file that holds credentials") as unknown]);
  });

  test.each([".git/config", ".vscode/settings.json", "AGENTS.md"])(
    "that is protected, %s, is asked about where it is written, and not where it is read",
    async (name) => {
      place.put(name, "[core]\n");
      linkSync(join(place.folder, name), join(place.folder, "notes.txt"));
      expect([
        await decide("echo x >> notes.txt", allowed),
        (await deskIn(place)("file_edit", { file_path: "notes.txt" }, allowed)).reason,
        await decide("cat notes.txt", allowed),
        (await reading("notes.txt", allowed)).decision,
      ]).toEqual(["ask", "notes.txt is another name of a file that is protected", "allow", "allow"]);
    },
  );

  test("that is nobody's business is not asked about", async () => {
    place.put(".env", "KEY=x\n");
    place.put("a.txt");
    linkSync(join(place.folder, "a.txt"), join(place.folder, "b.txt"));
    expect([await decide("cat b.txt", allowed), await decide("echo x >> b.txt", allowed)]).toEqual(["allow", "allow"]);
  });
});

describe("what .agentsignore names", () => {
  test("is asked about where it is named, whatever is allowed", async () => {
    place.put(".agentsignore", "*.private\n/drafts/\n");
    place.put("a.private");
    place.put("drafts/b.txt");
    place.put("c.txt");
    symlinkSync("a.private", join(place.folder, "alias.txt"));
    const given = { mode: "allow", allow: ["Bash", "Read"] };
    expect([
      await decide("cat a.private", given),
      await decide("cat drafts/b.txt", given),
      await decide("cat alias.txt", given),
      (await reading("a.private", given)).decision,
      await decide("cat c.txt", given),
    ]).toEqual(["ask", "ask", "ask", "ask", "allow"]);
  });
});

describe("links", () => {
  test("what is written through one that leads outside is written outside, and no rule for a command covers it", async () => {
    symlinkSync(place.home, join(place.folder, "docs"));
    const desk = deskIn(place);
    const command = "cp README.md docs/x.txt";
    const given = { mode: "auto", wall: standing, allow: [`bash(${command})`, "Bash(cp:*)"] };
    const { decision, containment, remember } = await desk("bash", { command }, given);
    expect([decision, containment, remember]).toEqual(["ask", expect.objectContaining({ writable: [join(place.home, "x.txt")] }) as unknown, undefined]);
    expect(await decide("cp README.md src/x.txt", given)).toBe("allow");
  });

  test("a way up is followed over folders, and over no link, nor where a command may put one there", async () => {
    place.put("packages/a/x.txt");
    place.put("packages/b/x.txt");
    symlinkSync(place.home, join(place.folder, "link"));
    const decided = async (texts: readonly string[]): Promise<readonly string[]> => {
      const asked: string[] = [];
      for (const text of texts) if ((await decide(text)) !== "allow") asked.push(text);
      return asked;
    };
    const straight = ["cd packages/a && cat x.txt && cd ../b && cat x.txt", "cat packages/../README.md", "cd packages && cd .. && ls"];
    expect(await decided(straight)).toEqual([]);
    const crooked = [
      "cat link/../README.md",
      "cd link && cat ../README.md",
      "cat packages/../README.md link/../README.md",
      "cat link/../README.md packages/../README.md",
      "cd packages && cd ../link/.. && ls",
      "cat packages/a/../../../x.txt",
      "cat missing/../README.md",
      "ln -s packages p && cat p/../README.md",
      "mv packages p && cat packages/../README.md",
    ];
    expect(await decided(crooked)).toEqual(crooked);
  });

  test("one that a command before may have made is not read through", async () => {
    const given = { allow: ["Bash(make:*)"] };
    expect(
      await Promise.all(
        [
          "make x; cat README.md",
          "make x; cat *.md",
          "make x; ls",
          "cat README.md; make x",
          "cat README.md | make x",
          "for i in 1 2; do cat README.md; make x; done",
        ].map((command) => decide(command, given)),
      ),
    ).toEqual(["ask", "ask", "allow", "allow", "ask", "ask"]);
  });

  test("what a model wishes to write is shown with where it leads", async () => {
    symlinkSync(place.home, join(place.folder, "docs"));
    const { decision, reason } = await deskIn(place)("bash", { command: "npm test", needs: [`path:${join(place.folder, "docs")}`] }, { mode: "allow" });
    expect([decision, reason]).toEqual(["ask", expect.stringContaining(`leads to ${place.home}`) as unknown]);
  });
});

describe("git in a folder nobody trusted", () => {
  test("reads where the repository is plain, and is asked about where its configuration may start a program", async () => {
    expect(await decide("git status")).toBe("allow");
    place.put(".git/config", "[core]\n\tpager = touch PWN\n");
    expect([await decide("git status"), await decide("git log | head", { trusted: true }), await decide("cd src && git log", { trusted: true })]).toEqual([
      "ask",
      "allow",
      "ask",
    ]);
    rmSync(join(place.folder, ".git"), { recursive: true });
    expect(await decide("git status")).toBe("allow");
  });
});

describe("who runs it as somebody else is not covered by a rule for what is run", () => {
  test.each([
    "sudo npm test",
    "sudo -u root npm test",
    "timeout 5 sudo npm test",
    "env sudo npm test",
    "nice /usr/bin/sudo npm test",
    "doas npm test",
    "su -c 'npm test'",
    "ssh host npm test",
    "chroot /x npm test",
    "xargs npm test",
    "$S npm test",
    "timeout 5 $S npm test",
  ])("%s", async (command) => {
    expect(await decide(command, { allow: ["Bash(npm test)", "Bash(npm test:*)"] })).toBe("ask");
  });

  test("who only limits it is", async () => {
    expect(await decide("timeout 60 npm test", { allow: ["Bash(npm test)"] })).toBe("allow");
  });
});
