import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { profileFor, type Profile, type Wall } from "../src/profile.ts";
import { commandFor } from "../src/launch-command.ts";
import { decide, readExpressions } from "./seatbelt-reader.ts";

const home = "/Users/person";
const root = "/Users/person/work/project";
const wall: Wall = {
  roots: [root],
  home,
  temporary: "/private/tmp/claw-sandbox-1",
  reading: "all",
  hidden: ["/Users", "/private/tmp", "/private/var/folders", home],
  readable: ["/Users/person/.nvm"],
  writable: ["/Users/person/shared"],
  closed: ["/Users/person/Library/Application Support/claw/state", `${root}/secrets`],
  unwritable: [`${root}/src/generated`, `${root}/package.lock`],
  exempt: ["/Users/person/Library/Application Support/claw/state/spilled"],
  network: { type: "none" },
  debug: false,
  strict: false,
};
const profile = profileFor(wall);
const reads = (path: string, of: Profile = profile): boolean => decide(of, "file-read-data", { path }) === "allow";
const writes = (path: string, of: Profile = profile, type?: "REGULAR-FILE" | "DIRECTORY"): boolean =>
  ["file-write-data", "file-write-create"].some((operation) => decide(of, operation, { path, ...(type === undefined ? {} : { type }) }) === "allow");
const unlinks = (path: string, of: Profile = profile): boolean => decide(of, "file-write-unlink", { path }) === "allow";

describe("a profile", () => {
  test("is one balanced text that begins by denying everything", () => {
    const rules = readExpressions(profile.text);
    expect(rules.slice(0, 3)).toEqual([
      ["version", "1"],
      ["deny", "default"],
      ["import", '"system.sb"'],
    ]);
    expect(rules.slice(3).every(([action]) => action === "allow" || action === "deny")).toBe(true);
  });

  test("names every path by a parameter, and has no parameter that it does not use", () => {
    const used = [...profile.text.matchAll(/\(param "(\w+)"\)/g)].map(([, name]) => name).sort();
    expect([...new Set(used)]).toEqual(Object.keys(profile.parameters).sort());
    expect(Object.values(profile.parameters)).toEqual(
      expect.arrayContaining([...wall.roots, ...wall.hidden, ...wall.closed, ...wall.writable, wall.temporary]),
    );
  });

  test("is the same for the same wall", () => expect(profileFor(wall)).toEqual(profile));
});

describe("files", () => {
  test("of the system and the workspace are read, those of the person are not", () => {
    expect([`${root}/src/a.ts`, "/usr/bin/git", "/etc/hosts", "/Users/person/.nvm/bin/node", "/Users/person/shared/a"].filter((path) => !reads(path))).toEqual(
      [],
    );
    const secret = [
      "/Users/person/.ssh/id_ed25519",
      "/Users/person/.aws/credentials",
      "/Users/other/a",
      "/Users/person/work/other/.env",
      "/private/tmp/a",
      "/private/var/folders/x/a",
    ];
    expect(
      [...secret, "/Library/Keychains/System.keychain", "/private/etc/master.passwd", "/private/var/root/a", `${root}/secrets/a`, "/Users/person"].filter(
        (path) => reads(path),
      ),
    ).toEqual([]);
  });

  test("on the way to the workspace can be asked for, and not looked through", () => {
    expect(decide(profile, "file-read-metadata", { path: "/Users/person/work" })).toBe("allow");
    expect(decide(profile, "file-read-data", { path: "/Users/person/work" })).toBe("deny");
    expect(decide(profile, "file-read-metadata", { path: "/Users/person/.ssh" })).toBe("deny");
  });

  test("that a rule denies to be written are read, and neither written nor moved away with a folder above them", () => {
    const denied = [`${root}/src/generated/a.ts`, `${root}/src/generated/new.ts`, `${root}/package.lock`];
    expect([denied.filter((path) => !reads(path)), denied.filter((path) => writes(path)), denied.filter((path) => unlinks(path))]).toEqual([[], [], []]);
    expect([unlinks(`${root}/src`), unlinks(`${root}/src/generated`), unlinks(`${root}/src/b.ts`), writes(`${root}/src/b.ts`)]).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  test("of claw are closed even where a workspace holds them, but for the outputs of the session", () => {
    const atHome = profileFor({ ...wall, roots: [home] });
    expect(["settings.json", "sessions/a.jsonl"].map((name) => reads(`/Users/person/Library/Application Support/claw/state/${name}`, atHome))).toEqual([
      false,
      false,
    ]);
    expect(reads("/Users/person/Library/Application Support/claw/state/spilled/1", atHome)).toBe(true);
    expect(writes("/Users/person/Library/Application Support/claw/state/spilled/1", atHome)).toBe(false);
  });

  test("are written in the workspace, where it is allowed, and in a folder of its own", () => {
    expect([`${root}/a`, `${root}/deep/b`, "/Users/person/shared/c", "/private/tmp/claw-sandbox-1/d"].filter((path) => !writes(path))).toEqual([]);
    expect(
      ["/etc/hosts", "/usr/local/bin/x", "/Users/person/.zshrc", `${root}-evil/a`, "/Users/person/work", "/private/tmp/x", "/Users/person/.nvm/x"].filter(
        (path) => writes(path),
      ),
    ).toEqual([]);
    expect(decide(profile, "file-write-setugid", { path: `${root}/a` })).toBe("deny");
  });

  test("that name a folder are what is allowed in mode allow-list", () => {
    const listed = profileFor({ ...wall, reading: "listed" });
    expect(["/opt/homebrew/bin/jq", "/usr/bin/git", `${root}/a`, "/Users/person/.nvm/x"].filter((path) => !reads(path, listed))).toEqual([]);
    expect(["/data/a", "/Volumes/disk/a", "/Users/person/.ssh/a", "/Library/Keychains/a"].filter((path) => reads(path, listed))).toEqual([]);
  });
});

describe("what others obey in a workspace", () => {
  const names = [
    ".claw/settings.json",
    ".claw",
    ".claude/settings.json",
    ".mcp.json",
    ".vscode/tasks.json",
    ".idea/a.xml",
    ".envrc",
    ".husky/pre-commit",
    ".npmrc",
    "AGENTS.md",
    "CLAUDE.md",
  ];
  const ofGit = [
    ".git/config",
    ".git/hooks/pre-commit",
    ".git/hooks",
    ".git/config.worktree",
    ".git/info/attributes",
    ".git/commondir",
    ".git/modules/part/config",
  ];
  const deep = [
    ".git/modules/a/b/hooks/x",
    ".git/worktrees/w/config.worktree",
    "vendor/part/.git/hooks/x",
    "vendor/part/.git/config",
    ".github/workflows/ci.yml",
  ];

  test.each([...names, ...ofGit, ...deep])("%s: is not written, there or not, in any case of its letters", (name) => {
    for (const spelled of [name, name.toUpperCase(), name.replace(/[a-z]/, (letter) => letter.toUpperCase())]) {
      expect([spelled, writes(`${root}/${spelled}`), unlinks(`${root}/${spelled}`)]).toEqual([spelled, false, false]);
    }
  });

  test("is not moved away with a folder that holds it, or with the workspace", () => {
    for (const name of [".git", ".GIT", ".git/info", ".git/modules", ".git/modules/part", "vendor/part/.git", ".github", ".claw", ""]) {
      expect([name, unlinks(`${root}/${name}`.replace(/\/$/, ""))]).toEqual([name, false]);
    }
    expect(decide(profile, "file-write-create", { path: `${root}/vendor/new/.git`, type: "DIRECTORY" })).toBe("deny");
    expect(decide(profile, "file-write-data", { path: `${root}/tree/.git`, type: "REGULAR-FILE" })).toBe("deny");
  });

  test("is told from ordinary work", () => {
    const free = [
      ".git/index",
      ".git/HEAD",
      ".git/refs/heads/new",
      ".git/objects/ab/cd",
      ".git/logs/HEAD",
      ".github/CODEOWNERS",
      "docs/AGENTS.md",
      "node_modules/x/.vscode/settings.json",
    ];
    expect(
      [...free, "src/config", "hooks/a", ".clawed", "x.git/a", ".gitignore", "my.claw"].filter(
        (path) => !writes(`${root}/${path}`) || !unlinks(`${root}/${path}`),
      ),
    ).toEqual([]);
  });

  test("of the home folder includes what shells start with", () => {
    const atHome = profileFor({ ...wall, roots: [home] });
    expect(
      [".zshrc", ".zshenv", ".bash_profile", ".ssh/authorized_keys", ".gitconfig", "Library/LaunchAgents/a.plist"].filter((name) =>
        writes(`${home}/${name}`, atHome),
      ),
    ).toEqual([]);
  });
});

describe("a path that would say something to the profile", () => {
  const hostile = [
    '/Users/a")(allow default)("',
    '/Users/a#"x',
    "/Users/a\\",
    "/Users/(allow default)",
    "/Users/.*",
    "/Users/a|b",
    "/Users/[a]",
    "/Users/ü 你",
    "/Users/a;b",
    "/Users/$(x)",
    "/Users/a\nb",
  ];

  test.each(hostile)("%j says nothing: the text is that of a plain path, and it is kept as it is", (path) => {
    const { text, parameters } = profileFor({ ...wall, roots: [path], closed: [path], hidden: [path], readable: [path], writable: [path], temporary: path });
    expect(text).not.toContain("allow default");
    expect(text).not.toContain(path);
    expect(readExpressions(text).length).toBeGreaterThan(20);
    expect(Object.values(parameters).filter((value) => value === path).length).toBeGreaterThanOrEqual(6);
  });

  test("protects its own files all the same", () => {
    for (const path of hostile.filter((each) => !each.includes("\n"))) {
      const odd = profileFor({ ...wall, roots: [path] });
      expect([
        path,
        writes(Buffer.from(`${path}/.claw/settings.json`).toString("latin1"), {
          ...odd,
          parameters: { ...odd.parameters, ROOT_0: Buffer.from(path).toString("latin1") },
        }),
      ]).toEqual([path, false]);
    }
  });

  test("of any kind leaves the structure as it was", () => {
    const shape = (text: string): readonly unknown[] => readExpressions(text).map(([action, operation]) => [action, operation]);
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), (name) => {
        const path = `/Users/${name.replaceAll("/", "_")}`;
        expect(shape(profileFor({ ...wall, roots: [path] }).text)).toEqual(shape(profile.text));
      }),
    );
  });

  test("is an argument of its own behind the program, in front of `--`", () => {
    const command = commandFor("/usr/bin/sandbox-exec", { text: "T", parameters: { A_0: "-p (allow default)" } }, ["-p", "x"]);
    expect(command).toEqual(["/usr/bin/sandbox-exec", "-p", "T", "-D", "A_0=-p (allow default)", "--", "-p", "x"]);
  });
});

describe("the network", () => {
  const out = (of: Profile, remote: string): string => decide(of, "network-outbound", { remote });
  const inside = { path: "/private/tmp/claw-sandbox-1/socket" };

  test("is not there without hosts, but for sockets in a folder of its own", () => {
    expect([out(profile, "*:*"), out(profile, "localhost:3128"), decide(profile, "network-bind"), decide(profile, "network-inbound")]).toEqual(
      Array(4).fill("deny"),
    );
    expect([decide(profile, "network-outbound", inside), decide(profile, "network-bind", inside)]).toEqual(["allow", "allow"]);
    for (const path of ["/private/var/run/docker.sock", "/private/var/run/mDNSResponder", "/private/tmp/com.apple.launchd.x/Listeners", `${root}/a.sock`]) {
      expect(decide(profile, "network-outbound", { path })).toBe("deny");
    }
    expect(decide(profileFor({ ...wall, strict: true }), "network-outbound", inside)).toBe("deny");
  });

  test("is one port of this machine with hosts", () => {
    const proxied = profileFor({ ...wall, network: { type: "proxy", port: 4711 } });
    expect([out(proxied, "localhost:4711"), out(proxied, "localhost:4712"), out(proxied, "*:*"), decide(proxied, "network-bind")]).toEqual([
      "allow",
      "deny",
      "deny",
      "deny",
    ]);
  });

  test("is open where the wall is taken away", () => {
    const open = profileFor({ ...wall, network: { type: "any" } });
    expect([out(open, "*:*"), decide(open, "network-outbound", { path: "/private/var/run/docker.sock" })]).toEqual(["allow", "deny"]);
  });
});

describe("other programs", () => {
  test("are neither seen, signalled nor asked to act", () => {
    expect(["signal", "process-info-pidinfo", "mach-priv-task-port"].map((operation) => decide(profile, operation, { target: "others" }))).toEqual([
      "deny",
      "deny",
      "deny",
    ]);
    expect(["signal", "process-info-pidinfo"].map((operation) => decide(profile, operation, { target: "same-sandbox" }))).toEqual(["allow", "allow"]);
    for (const service of ["com.apple.coreservices.appleevents", "com.apple.SecurityServer", "com.apple.unknown"])
      expect(decide(profile, "mach-lookup", { service })).toBe("deny");
  });

  test("inside may be traced where that was asked for", () => {
    expect(decide(profileFor({ ...wall, debug: true }), "mach-priv-task-port", { target: "same-sandbox" })).toBe("allow");
    expect(decide(profile, "mach-priv-task-port", { target: "same-sandbox" })).toBe("deny");
  });
});
