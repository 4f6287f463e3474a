import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type SmallService, smallService } from "../small-service.ts";
import { deskIn, type Given, missing, standing } from "./desk.ts";

let place: SmallService;
beforeEach(() => {
  place = smallService();
});
afterEach(() => place[Symbol.dispose]());

const decided = (command: string, given: Partial<Given> = {}, more: object = {}) =>
  deskIn(place)("bash", { command, ...more }, { mode: "prompt", wall: missing, ...given });
const decide = async (...asked: Parameters<typeof decided>): Promise<string> => (await decided(...asked)).decision;

describe("links that a folder holds, where a command takes what is in it", () => {
  beforeEach(() => {
    mkdirSync(join(place.home, ".aws"));
    writeFileSync(join(place.home, ".aws/credentials"), "k\n");
    writeFileSync(join(place.home, "private.txt"), "k\n");
    place.put("docs/a.md");
    place.put(".env");
    symlinkSync(join(place.home, "private.txt"), join(place.folder, "docs/b.txt"));
    mkdirSync(join(place.folder, "two"));
    symlinkSync(place.home, join(place.folder, "two/deep"));
    mkdirSync(join(place.folder, "three"));
    symlinkSync("../.env", join(place.folder, "three/notes.txt"));
    symlinkSync("../README.md", join(place.folder, "three/readme.md"));
  });

  test.each([
    "cat docs/*",
    "cat docs/*.txt",
    "cat d*/b*",
    "head -5 docs/*",
    "cd docs && cat *",
    "grep x docs/*",
    "wc docs/*",
    "grep -R x docs",
    "grep -R x two",
    "rg -L x two",
    "rg --follow x two",
    "cat two/*/private.txt",
    "ls two/*",
    "find -L two -name x",
    "cat three/*",
    "cat three/n*",
    "cat $(ls docs)/*",
  ])("%s is asked about, with and without a wall", async (command) => {
    expect([await decide(command), await decide(command, { wall: standing })]).toEqual(["ask", "ask"]);
  });

  test.each([
    "cat docs/*.md",
    "grep -rn x docs",
    "rg x docs",
    "ls docs",
    "ls -la two",
    "find two -name x",
    "cat three/*.md",
    "git log -- docs/*",
    "stat docs/*",
    "wc -l src/*.ts",
  ])("%s is not", async (command) => {
    expect(await decide(command)).toBe("allow");
  });

  test("a file whose name is an option is taken for one", async () => {
    place.put("four/a.txt");
    mkdirSync(join(place.folder, "four/five"));
    symlinkSync(place.home, join(place.folder, "four/five/deep"));
    expect(await decide("cd four && grep -s x *")).toBe("allow");
    place.put("four/-R");
    expect([await decide("cd four && grep -s x *"), await decide("grep -s x four/*"), await decide("cd four && cat *")]).toEqual(["ask", "allow", "allow"]);
  });

  test("a pattern of a rule does not cover them, what is secret is asked about whatever is allowed, and the question says where it leads", async () => {
    symlinkSync(join(place.home, ".aws/credentials"), join(place.folder, "docs/c.txt"));
    const { decision, reason, containment } = await decided("cat docs/b*");
    expect([decision, reason]).toEqual(["ask", expect.stringContaining(`docs/b.txt leads to ${join(place.home, "private.txt")}`) as unknown]);
    expect(containment).toMatchObject({ type: "contained", readable: [join(place.home, "private.txt")] });
    expect([
      await decide("cat docs/b*", { allow: ["Bash(cat:*)"] }),
      await decide("cat docs/b*", { allow: ["Bash"] }),
      await decide("cat docs/*", { allow: ["Bash"], mode: "allow" }),
      await decide("cat docs/b*", { deny: ["Read(~/private.txt)"] }),
    ]).toEqual(["ask", "allow", "ask", "deny"]);
    expect([(await decided("tee docs/b*")).containment, (await decided("rm docs/b*")).containment]).toEqual([
      expect.objectContaining({ writable: [join(place.home, "private.txt")] }),
      expect.objectContaining({ writable: [] }),
    ]);
  });
});

test("the root of all files is outside where it is named, and anything where it is not", async () => {
  for (const command of ["ls /", "find / -name x", "cat /*", "grep -r x /", "ls '/'", "cat /$x"])
    expect(await decide(command, { wall: standing }), command).toBe("ask");
  expect([await decide('cat "$f"', { wall: standing }), await decide('cat "$f"')]).toEqual(["allow", "ask"]);
});

test("another name of any file in ~/.ssh is asked about, and of a public key not", async () => {
  mkdirSync(join(place.home, ".ssh"));
  for (const name of ["work", "work.pub"]) {
    writeFileSync(join(place.home, ".ssh", name), "k\n");
    linkSync(join(place.home, ".ssh", name), join(place.folder, `${name}.txt`));
  }
  expect([await decide("cat work.txt", { allow: ["Bash"] }), await decide("cat work.pub.txt")]).toEqual(["ask", "allow"]);
});

test.each([
  "cat /proc/1/mem",
  "cat /proc/1/environ",
  "cat /proc/1/fd/3",
  "ls /proc/1/root/etc",
  "cat /dev/sda",
  "xxd /dev/nvme0n1 | head",
  "cat /dev/mem",
  "cat /proc/kcore",
])("%s is asked about whatever is allowed", async (command) => {
  expect(await decide(command, { mode: "allow", allow: ["Bash"] })).toBe("ask");
});

test("what .agentsignore names is not read along with the rest, where no wall hides it", async () => {
  place.put(".agentsignore", "*.private\n/drafts/\n");
  place.put("notes/a.private");
  place.put("drafts/b.txt");
  for (const [command, without] of [
    ["cat notes/*", "ask"],
    ["grep -rn x .", "ask"],
    ["rg x", "ask"],
    ["cat notes/*.txt", "allow"],
    ["rg x src", "allow"],
    ["ls -R", "allow"],
  ] as const)
    expect([command, await decide(command), await decide(command, { wall: standing })]).toEqual([command, without, "allow"]);
});

describe("what may run before a command in a text", () => {
  test.each([
    "for i in 1 2; { cat package.json; make; }",
    "for ((i=0;i<2;i++)); { cat package.json; make; }",
    "cat package.json <(make)",
    "cat package.json > >(make)",
    "echo $(make); cat package.json",
    "cat package.json | make",
    "make & cat package.json",
    "select x in a b; { cat package.json; make; }",
  ])("%s", async (command) => {
    expect(await decide(command, { allow: ["Bash(make)"] })).toBe("ask");
  });

  test.each([
    "cat package.json; make",
    "cat package.json && make",
    "grep -n 'a|b(' package.json && make",
    'grep -n "for (x)" package.json; make',
    "make && ls",
  ])("%s is read in its order", async (command) => {
    expect(await decide(command, { allow: ["Bash(make)"] })).toBe("allow");
  });

  test("what git obeys may have been written before it, unless git itself wrote, or the folder is trusted", async () => {
    const given = { allow: ["Bash(tar:*)", "Bash(git add:*)"] };
    expect([
      await decide("tar xf a.tar && git status", given),
      await decide("tar xf a.tar && git status", { ...given, trusted: true }),
      await decide("git add -A && git status", given),
      await decide("git status && tar xf a.tar", given),
    ]).toEqual(["ask", "allow", "allow", "allow"]);
  });
});

describe("hosts that the settings of the sandbox allow", () => {
  const wall = { ...standing, hosts: ["registry.npmjs.org", "*.example.com"] };

  test("are inside the wall: what reaches no other runs there", async () => {
    const { decision, containment } = await decided("npm install", { mode: "auto", wall });
    expect([decision, containment]).toEqual(["allow", expect.objectContaining({ hosts: ["registry.npmjs.org"], required: true }) as unknown]);
    expect([
      await decide("curl https://api.example.com/x", { mode: "workspace-write", wall }),
      await decide("curl https://evil.com/x", { mode: "auto", wall }),
      await decide("npm install", { mode: "prompt", wall }),
      await decide("git push", { mode: "auto", wall }),
    ]).toEqual(["allow", "ask", "ask", "ask"]);
  });

  test("may be wished for in every mode", async () => {
    const ask = (needs: readonly string[], mode: string): Promise<string> => decide("npm test", { mode, wall, allow: ["Bash(npm test)"] }, { needs });
    for (const mode of ["prompt", "auto", "allow"])
      expect([await ask(["host:api.example.com"], mode), await ask(["host:registry.npmjs.org:443"], mode), await ask(["host:evil.com"], mode)]).toEqual([
        "allow",
        "allow",
        "ask",
      ]);
  });
});

describe("what is said of a decision", () => {
  test("a denial names the rule, the part it met, and what would be allowed", async () => {
    const { reason, record } = await decided("ls && cat README.md && rm -rf dist", { deny: ["Bash(rm:*)", "Bash(mv:*)"], ask: ["Bash(cp:*)"] });
    expect(reason).toBe("denied by rule Bash(rm:*) (rm -rf dist); allowed would be ls; cat README.md");
    expect(record.parts.map(({ decision, rule, tried }) => [decision, rule?.text, tried])).toEqual([
      ["allow", undefined, 3],
      ["allow", undefined, 3],
      ["deny", "Bash(rm:*)", 1],
    ]);
    expect(record.tried).toEqual([
      { text: "Bash(rm:*)", decision: "deny", source: "test" },
      { text: "Bash(mv:*)", decision: "deny", source: "test" },
      { text: "Bash(cp:*)", decision: "ask", source: "test" },
    ]);
  });

  test("a rule that meets what a part starts holds for the call", async () => {
    const { decision, record } = await decided("ls; bash -c 'rm x'", { mode: "allow", deny: ["Bash(rm:*)"] });
    expect([decision, record.parts.some(({ rule }) => rule?.text === "Bash(rm:*)")]).toEqual(["deny", true]);
  });

  test("work that may be destroyed is named", async () => {
    expect((await decided("rm -rf src test", { mode: "auto", wall: standing })).reason).toBe("bash(rm -rf src test) may destroy src, test");
    expect((await decided("git reset --hard", { mode: "auto", wall: standing })).reason).toBe(`bash(git reset --hard) may destroy ${place.folder}`);
  });

  test("a rule of the same text that decides otherwise is not taken for the one that did", async () => {
    const { record } = await decided("ls", { allow: ["Bash(ls)"], mode: "dont-ask" });
    expect(record.parts[0]).toMatchObject({ step: "allow", rule: { text: "Bash(ls)", decision: "allow" }, tried: 1 });
  });
});
