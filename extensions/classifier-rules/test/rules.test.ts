import { symlinkSync } from "node:fs";
import { join } from "node:path";
import type { Located } from "@claw/kernel";
import { type Loaded, load } from "@claw/testing";
import { classifierConformance } from "@claw/testing/conformance";
import { describe, expect, test } from "vitest";
import { areInside } from "../src/inside.ts";
import extension from "../src/index.ts";
import { analysisOf, type Given, type GivenCommand, pathAt } from "./reports.ts";

const opened = (config: object = {}, known: Readonly<Record<string, Given>> = {}, files: Readonly<Record<string, string>> = {}): Promise<Loaded> =>
  load(extension, { config: { ...config }, files, services: { "shell-analysis": analysisOf(known) } });
const bash = (command: string) => ({ tool: "bash", effect: "execute", input: { command } }) as const;

classifierConformance({
  name: "rule-lists",
  verdicts: ["allow", "ask", "deny"],
  async open() {
    const claw = await opened({ allow: ["echo"], deny: ["git push"], allowTools: ["read_file"] });
    const classifier = await claw.test.kernel.entry("classifier", "rule-lists");
    return { classifier: classifier as never, [Symbol.asyncDispose]: () => claw[Symbol.asyncDispose]() };
  },
  known: [
    { call: bash("git push origin main"), decision: "deny" },
    { call: bash("sudo ls"), decision: "ask" },
    { call: bash("echo one"), decision: "allow" },
    { call: bash("ls"), decision: undefined },
    { call: { tool: "web_fetch", effect: "network", input: { url: "https://docs.rs/serde" } }, decision: "allow" },
  ],
});

describe("with nothing configured", () => {
  test.each(["ls", "npm install", "npm test", "rm -rf /", "curl https://docs.rs", "make"])("it has no opinion on the command %s", async (command) => {
    await using claw = await opened();
    expect(await claw.classify("rule-lists", bash(command))).toBeUndefined();
  });

  test.each(["sudo ls", "git push", "git -C x push", "npm publish --tag next", "/usr/bin/su", "kubectl -n a delete pod x"])(
    "it asks about %s",
    async (command) => {
      await using claw = await opened();
      expect(await claw.classify("rule-lists", bash(command))).toMatchObject({
        decision: "ask",
        reason: expect.stringContaining("is on the list of commands to ask about"),
      });
    },
  );

  test("pages of documentation are fetched over https, and nothing else", async () => {
    await using claw = await opened();
    const fetched = async (url: unknown, tool = "web_fetch") => (await claw.classify("rule-lists", { tool, effect: "network", input: { url } }))?.decision;
    expect(await fetched("https://docs.rs/serde/latest")).toBe("allow");
    expect(await fetched("https://docs.rs/serde", "WebFetch")).toBe("allow");
    for (const url of [
      "http://docs.rs/serde",
      "https://docs.rs.evil.example/",
      "https://evil.example/docs.rs",
      "https://evil.example/?https://docs.rs/",
      "https://docs.rs@evil.example/",
      "https://user:key@docs.rs/",
      "https://docs.rs:8443/",
      "https://docs.rs\\@evil.example/",
      "https:\\\\docs.rs/",
      "https://docs.rs%2eevil.example/",
      "https://ｄocs.rs/",
      " https://docs.rs/",
      "https://docs.rs/\nhttps://evil.example",
      "https://evil.docs.rs/",
      "docs.rs/serde",
      "//docs.rs",
      "https://127.0.0.1/",
      "",
      7,
      undefined,
    ])
      expect([url, await fetched(url)]).toEqual([url, undefined]);
    expect(await fetched("https://docs.rs/serde", "post_it")).toBeUndefined();
  });
});

describe("tools", () => {
  test("are denied before they are asked about before they are allowed, by any of their names", async () => {
    await using claw = await opened({ denyTools: ["WebFetch"], askTools: ["web_fetch", "post_it"], allowTools: ["web_fetch", "post_it", "note_it"] });
    const decided = async (tool: string) => (await claw.classify("rule-lists", { tool, effect: "network", input: { url: "https://docs.rs/" } }))?.decision;
    expect([await decided("web_fetch"), await decided("post_it"), await decided("note_it"), await decided("note_it_2"), await decided("note")]).toEqual([
      "deny",
      "ask",
      "allow",
      undefined,
      undefined,
    ]);
  });

  test("that start programs are never allowed by their name", async () => {
    await using claw = await opened({ allowTools: ["bash", "repl"] });
    expect(await claw.classify("rule-lists", bash("make"))).toBeUndefined();
    expect(await claw.classify("rule-lists", { tool: "repl", effect: "execute", input: { code: "1" } })).toBeUndefined();
  });

  test("are allowed only where every path of theirs really is in the workspace", async () => {
    await using claw = await opened({ allowTools: ["write_file"] }, {}, { "a.txt": "1", ".claw/x": "1" });
    symlinkSync("/etc", join(claw.cwd, "out"));
    const decided = async (...paths: readonly string[]) =>
      (await claw.classify("rule-lists", { tool: "write_file", effect: "write", input: {}, paths }))?.decision;
    expect(await decided(join(claw.cwd, "a.txt"), join(claw.cwd, "new/b.txt"))).toBe("allow");
    expect(await decided(join(claw.cwd, "a.txt"), "/etc/passwd")).toBeUndefined();
    expect(await decided(`${claw.cwd}-evil/a.txt`)).toBeUndefined();
    expect(await decided(join(claw.cwd, "out/passwd"))).toBeUndefined();
    expect(await decided(`${claw.cwd}/../a.txt`)).toBeUndefined();
    expect(await decided("\u0000")).toBeUndefined();
    expect(await decided(...Array.from({ length: 401 }, (_one, index) => join(claw.cwd, `${index}`)))).toBeUndefined();
  });
});

describe("an allowed command", () => {
  const registry = "registry.npmjs.org";
  const config = { allow: ["npm install", "curl", "make"], hosts: [registry, "*.example.com"] };
  const npm = (more: Partial<GivenCommand> = {}): GivenCommand => ({ words: ["npm", "install"], class: "network", hosts: [registry], ...more });
  const decidedOn = async (given: Given, over: object = {}): Promise<string | undefined> => {
    await using claw = await opened({ ...config, ...over }, { it: given });
    return (await claw.classify("rule-lists", bash("it")))?.decision;
  };
  const one = (more: Partial<GivenCommand>): Promise<string | undefined> => decidedOn({ commands: [npm(more)] });

  test("runs if it reaches only listed hosts", async () => {
    await using claw = await opened(config, { it: { commands: [npm()] } });
    expect(await claw.classify("rule-lists", bash("it"))).toEqual({
      decision: "allow",
      reason: "npm install is on the list of allowed commands and reaches only registry.npmjs.org",
    });
    expect(await one({ words: ["npm", "install", "left-pad@^1.3.0", "@types/node", "--save-dev"] })).toBe("allow");
    expect(await one({ words: ["curl", "--silent", "https://api.example.com/x"], hosts: ["api.example.com"] })).toBe("allow");
    expect(await one({ words: ["make", "all"], class: "unknown", hosts: [] })).toBe("allow");
    expect(await decidedOn({ commands: [{ words: ["cd", "x"], class: "read-only" }, npm(), { words: ["head", "-3"], class: "read-only" }] })).toBe("allow");
  });

  test.each<readonly [string, Partial<GivenCommand>]>([
    ["another sub-command", { words: ["npm", "exec", "install"] }],
    ["its words in another order", { words: ["npm", "--prefix", "x", "install"] }],
    ["a program that only ends the same", { words: ["./npm", "install"] }],
    ["a program that only begins the same", { words: ["npm2", "install"] }],
    ["a word that only begins the same", { words: ["npm", "install-test"] }],
    ["a wrapper in front", { words: ["timeout", "5", "npm", "install"], wrapped: 2 }],
    ["a wrapper that gives rights", { words: ["sudo", "npm", "install"], wrapped: 1 }],
    ["a wrapper that sets variables", { words: ["env", "npm_config_registry=x", "npm", "install"], wrapped: 2 }],
    ["a host that is not listed", { hosts: [registry, "evil.example"] }],
    ["any host", { hosts: ["*"] }],
    ["a host that ends like a listed one", { hosts: ["evilexample.com"] }],
    ["the name above a star", { hosts: ["example.com"] }],
    ["an address", { hosts: ["127.0.0.1"] }],
    ["no host, though it uses the network", { hosts: [] }],
    ["a listed host over plain http", { words: ["curl", "http://api.example.com/"], hosts: ["api.example.com"] }],
    ["a listed host without https", { words: ["curl", "api.example.com"], hosts: ["api.example.com"] }],
    ["a listed host as a user's name", { words: ["curl", "https://api.example.com@evil.example"], hosts: ["api.example.com"] }],
    ["a listed host over ssh", { words: ["npm", "install", "git+ssh://git@api.example.com/x"], hosts: ["api.example.com"] }],
    ["an option of one letter", { words: ["npm", "install", "-v"] }],
    ["an option that the entry has not", { words: ["npm", "install", "-g", "left-pad"] }],
    ["an option that is given another registry", { words: ["npm", "install", "--registry=https://api.example.com"] }],
    ["a registry in a word of its own", { words: ["npm", "install", "--registry", "https://api.example.com"] }],
    ["a word that is another host", { words: ["npm", "install", "evil.example"] }],
    ["a repository somewhere", { words: ["npm", "install", "evil/repository"] }],
    ["a repository by its short name", { words: ["npm", "install", "github:evil/repository"] }],
    ["an address without its scheme", { words: ["npm", "install", "//evil.example/x"] }],
    ["a file that is sent", { words: ["curl", "@/etc/passwd", "https://api.example.com/"], hosts: ["api.example.com"] }],
    ["a word known only once it runs", { words: ["npm", "install", undefined] }],
    ["work that nothing brings back", { destructive: true }],
    ["the person's keys", { credentials: true }],
    ["a variable or a redirection", { plain: false }],
    ["a text in a text", { quoted: true }],
    ["a write outside by class", { class: "outside-write" }],
    ["a folder outside", { folders: [pathAt("/elsewhere")] }],
    ["a read outside", { reads: [pathAt("/home/u/.ssh/id_ed25519")] }],
    ["a write outside", { writes: [pathAt("/etc/passwd")] }],
  ])("does not with %s", async (_what, more) => {
    expect(await one(more)).not.toBe("allow");
  });

  test.each<readonly [string, Given]>([
    ["a part that could not be judged", { commands: [npm()], unjudged: [{ pos: 0, end: 1, why: "x" }] }],
    ["a part that cannot be read", { commands: [npm()], broken: true }],
    ["a program known only once it runs", { commands: [npm(), { words: [undefined] }] }],
    ["a program that another one starts", { commands: [npm()], launched: [["rm", "-rf", "x"]] }],
    ["a host that no command names", { commands: [npm()], hosts: [registry, "evil.example"] }],
    ["a redirection outside", { commands: [npm()], writes: [pathAt("/home/u/.bashrc")] }],
    ["another command that is not listed", { commands: [npm(), { words: ["node", "x.js"] }] }],
    ["a read that obeys a repository", { commands: [npm(), { words: ["git", "log"], class: "read-only", obeys: "repository" }] }],
    ["a read of everything below a folder", { commands: [npm(), { words: ["cat", "x"], class: "read-only", filesOnly: true }] }],
    ["no command at all", { commands: [] }],
  ])("does not beside %s", async (_what, given) => {
    expect(await decidedOn(given)).not.toBe("allow");
  });

  test("takes options only where they are in the entry, and files that are known for what they are", async () => {
    const given = (path: string): Given => ({
      commands: [
        { words: ["curl", "-fsSL", "-o", "out.json", "https://api.example.com/"], class: "network", hosts: ["api.example.com"], writes: [pathAt(path)] },
      ],
    });
    const known: Record<string, Given> = {};
    await using claw = await opened({ allow: ["curl -fsSL -o"], hosts: ["api.example.com"] }, known);
    Object.assign(known, { it: given(join(claw.cwd, "out.json")), other: given(join(claw.cwd, "x.json")) });
    expect(await claw.classify("rule-lists", bash("it"))).toMatchObject({ decision: "allow" });
    expect(await claw.classify("rule-lists", bash("other"))).toBeUndefined();
  });

  test("does not through a link that leads out, nor after a folder that may be a link", async () => {
    const writes = (path: string, more = {}): Given => ({ commands: [npm({ writes: [pathAt(path, more)] })] });
    const known: Record<string, Given> = {};
    await using claw = await opened(config, known, { "in/a.txt": "1" });
    symlinkSync("/tmp", join(claw.cwd, "out"));
    const at = (path: string): string => join(claw.cwd, path);
    Object.assign(known, { fine: writes(at("in"), { many: true }), new: writes(at("node_modules/x")), link: writes(at("out/x")) });
    Object.assign(known, { crooked: writes(at("x"), { crooked: true }), climbs: writes(at("x"), { climbs: true }) });
    const decided = async (text: string): Promise<string | undefined> => (await claw.classify("rule-lists", bash(text)))?.decision;
    expect([await decided("fine"), await decided("new")]).toEqual(["allow", "allow"]);
    expect([await decided("link"), await decided("crooked"), await decided("climbs")]).toEqual([undefined, undefined, undefined]);
  });

  test.each<readonly [string, Partial<Located>]>([
    ["has a second name", { links: 2 }],
    ["is kept from tools", { ignored: true }],
    ["is a device", { kind: "other" }],
    ["is somewhere else", { inside: false }],
  ])("does not where a file %s", async (_what, more) => {
    const call = { id: "c", session: "s", cwd: "/w", roots: ["/w"], tool: "bash", effect: "execute", input: {}, paths: [] } as const;
    const fine: Located = { path: "/w/a", real: "/w/a", inside: true, kind: "file", links: 1 };
    const isInside = (located: Located): Promise<boolean> => areInside(["/w/a"], call, { locate: async () => located }, new AbortController().signal);
    expect([await isInside(fine), await isInside({ ...fine, ...more })]).toEqual([true, false]);
  });

  test("is no opinion where nothing but harmless commands stand", async () => {
    expect(await decidedOn({ commands: [{ words: ["ls"], class: "read-only" }] })).toBeUndefined();
  });
});

describe("commands that are denied or asked about", () => {
  const decidedOn = async (given: Given): Promise<string | undefined> => {
    await using claw = await opened({ deny: ["git push --force", "terraform"], ask: ["git push"], allow: ["git"] }, { it: given });
    return (await claw.classify("rule-lists", bash("it")))?.decision;
  };
  const words = (...all: readonly (string | undefined)[]): Given => ({ commands: [{ words: all }] });

  test.each<readonly [string, Given, string]>([
    ["the very words", words("git", "push", "--force"), "deny"],
    ["words with others between them", words("git", "-C", "x", "push", "origin", "--force"), "deny"],
    ["an option with a value", words("git", "push", "--force=yes"), "deny"],
    ["a path to the program", words("/usr/local/bin/terraform", "plan"), "deny"],
    ["the program in capitals, which some file systems take", words("TERRAFORM"), "deny"],
    ["a command behind wrappers", { commands: [{ words: ["nice", "env", "terraform"], wrapped: 2 }] }, "deny"],
    ["a command that another starts", { launched: [["terraform", "apply"]] }, "deny"],
    ["a command in a text in a text", { commands: [{ words: ["bash", "-c", "terraform"] }, { words: ["terraform"], quoted: true }] }, "deny"],
    ["the second of two commands", { commands: [{ words: ["ls"], class: "read-only" }, { words: ["git", "push"] }] }, "ask"],
    ["only the shorter entry", words("git", "push", "origin"), "ask"],
    ["a word that may be one of them", words("git", undefined), "ask"],
    ["a program that may be one of them", words(undefined, "x"), "ask"],
    ["a text that cannot be read", { commands: [], broken: true }, "ask"],
  ])("%s", async (_what, given, decision) => {
    expect(await decidedOn(given)).toBe(decision);
  });

  test.each([words("git", "pull"), words("git-push"), words("echo", "terraform"), words("terraformx")])("nothing else: %j", async (given) => {
    expect(["ask", "deny"]).not.toContain(await decidedOn(given));
  });

  test("cannot be looked for without an analysis: it asks, unless no list could hold them", async () => {
    const services = { "shell-analysis": undefined };
    await using claw = await load(extension, { services });
    expect(await claw.classify("rule-lists", bash("ls"))).toMatchObject({ decision: "ask", reason: expect.stringContaining("claw/shell-analysis") });
    await using free = await load(extension, { services, config: { ask: [], allow: ["ls"] } });
    expect(await free.classify("rule-lists", bash("ls"))).toBeUndefined();
  });
});

test.each([
  { deny: ["git push *"] },
  { ask: ["'git push'"] },
  { allow: ["a && b"] },
  { allow: ["./x"] },
  { deny: [" "] },
  { hosts: ["https://docs.rs"] },
  { hosts: ["*"] },
  { hosts: ["10.0.0.1"] },
  { hosts: ["docs.rs:443"] },
])("an entry that its list cannot hold is an error and not nothing: %j", async (config) => {
  await expect(opened(config)).rejects.toMatchObject({ code: "E_CONFIG_SCHEMA" });
});
