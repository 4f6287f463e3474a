import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { emptiedFolders, homeSecrets, isHidden } from "../src/hidden-places.ts";
import { toolChains } from "../src/tool-chains.ts";
import { visibleSockets } from "../src/unix-sockets.ts";

const folder = realpathSync(mkdtempSync(join(tmpdir(), "claw-hidden-")));
afterAll(() => rmSync(folder, { recursive: true }));
const home = join(folder, "home");
const make = (...paths: readonly string[]): void => {
  for (const path of paths) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    if (path.endsWith("/")) mkdirSync(join(home, path), { recursive: true });
    else writeFileSync(join(home, path), "text");
  }
};
make("project/node_modules/.bin/", ".local/bin/", ".local/lib/", ".local/share/keyrings/", ".local/share/uv/", ".nvm/versions/node/v24/bin/");
make(".cargo/bin/", ".cargo/registry/", ".cargo/credentials.toml", ".rustup/", "bin/", ".pyenv/shims/", "go/bin/", "go/src/", ".ssh/", ".netrc");
const relative = (paths: readonly string[]): readonly string[] => paths.map((path) => path.slice(home.length + 1));

describe("the folders that an empty one takes the place of", () => {
  test("are those where people keep things, the home folder, and claw's own", () => {
    const own = join(folder, "own");
    mkdirSync(own);
    const found = emptiedFolders("/var", [own, join(own, "not there"), "/"]);
    expect(found).toEqual(expect.arrayContaining(["/tmp", "/home", "/root", "/run", "/var"]));
    expect(found).not.toContain("/");
    expect(emptiedFolders("/", [])).not.toContain("/");
    expect([...found]).toEqual([...found].sort());
  });

  test("are the real ones where one is a link", () => {
    symlinkSync(home, join(folder, "link"));
    expect(emptiedFolders(join(folder, "link"), [])).toContain(home);
    expect(emptiedFolders(join(folder, "link"), [])).not.toContain(join(folder, "link"));
  });

  test("hide what is in them, and nothing that only begins like them", () => {
    expect([isHidden("/home/a", ["/home"]), isHidden("/home", ["/home"]), isHidden("/homes", ["/home"])]).toEqual([true, true, false]);
  });

  test("below the home folder, keys and tokens are known by their names", () => {
    expect(relative(homeSecrets(home))).toEqual([".ssh", ".local/share/keyrings", ".netrc", ".cargo/credentials.toml"]);
  });
});

describe("the tool chains that are shown again", () => {
  const chains = (path: string, roots: readonly string[] = []): readonly string[] => relative(toolChains([join(home, path)], [home], home, roots));

  test("are a folder of programs with what lies beside it", () => {
    expect(chains(".nvm/versions/node/v24/bin")).toEqual([".nvm/versions/node/v24"]);
    expect(chains(".pyenv/shims")).toEqual([".pyenv"]);
  });

  test("are parts where a folder holds secrets or sources, too", () => {
    expect(chains(".cargo/bin")).toEqual([".cargo/bin", ".cargo/registry", ".rustup"]);
    expect(chains(".local/bin")).toEqual([".local/bin", ".local/lib", ".local/share/uv"]);
    expect(chains("go/bin")).toEqual(["go/bin"]);
  });

  test("are never the home folder, a hidden place itself, or the session's own folders", () => {
    expect(chains("bin")).toEqual(["bin"]);
    expect(toolChains([home, `${home}/.`], [home], home, [])).toEqual([]);
    expect(chains("project/node_modules/.bin", [join(home, "project")])).toEqual([]);
    expect(toolChains(["/usr/bin", join(home, "not there"), join(home, ".netrc")], [home], home, [])).toEqual([]);
  });
});

describe("the unix sockets in sight", () => {
  const line = (path: string): string => `0000000000000000: 00000002 00000000 00010000 0001 01 12345 ${path}`;
  const shown = (table: string, hidden: readonly string[] = [], inSight: readonly string[] = [], closed: readonly string[] = []): readonly string[] =>
    visibleSockets(closed, hidden, inSight, `Num       RefCount Protocol Flags    Type St Inode Path\n${table}\n`);

  test("are those that are sockets on the disk, whatever the table says", async () => {
    const server = createServer();
    const path = join(folder, "a b.sock");
    await new Promise((resolve) => server.listen(path, () => resolve(undefined)));
    try {
      const table = [path, "/usr/bin/env", "/etc/passwd", "@abstract", "relative.sock", join(folder, "gone.sock"), "/a\n0: forged"].map(line).join("\n");
      expect(shown(table)).toEqual([path]);
      expect(shown(table, [folder])).toEqual([]);
      expect(shown(table, [folder], [folder])).toEqual([path]);
      expect(shown(table, [folder], [folder], [folder])).toEqual([]);
      expect(visibleSockets([], [], [])).toContain(path);
    } finally {
      server.close();
    }
  });

  test("are none in a table that cannot be read", () => {
    expect([shown(""), shown("\0\n: /x\n0: /etc/passwd")]).toEqual([[], []]);
  });
});
