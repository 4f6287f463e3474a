import { homedir } from "node:os";
import { describe, expect, test } from "vitest";
import { type Environment, type Folders, foldersOf } from "../src/paths.ts";

const folders = (environment: Environment, platform = "linux"): Folders => foldersOf(environment, platform);

describe("claw's folders", () => {
  test("are where the XDG base directories are", () => {
    expect(folders({ HOME: "/home/me" })).toEqual({
      config: "/home/me/.config/claw",
      data: "/home/me/.local/share/claw",
      state: "/home/me/.local/state/claw",
      cache: "/home/me/.cache/claw",
      home: "/home/me",
    });
    expect(folders({ HOME: "/home/me", XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d", XDG_STATE_HOME: "/s", XDG_CACHE_HOME: "/k" })).toEqual({
      config: "/c/claw",
      data: "/d/claw",
      state: "/s/claw",
      cache: "/k/claw",
      home: "/home/me",
    });
  });

  test("do not follow an empty or a relative XDG variable, as the specification says", () => {
    expect(folders({ HOME: "/home/me", XDG_CONFIG_HOME: "", XDG_STATE_HOME: "state" })).toEqual(folders({ HOME: "/home/me" }));
  });

  test("all lie in CLAW_HOME when it is set, on every platform; CLAW_CONFIG_HOME moves the config alone", () => {
    for (const platform of ["linux", "darwin", "win32"]) {
      expect(folders({ HOME: "/home/me", CLAW_HOME: "/claw", XDG_CONFIG_HOME: "/c" }, platform)).toEqual({
        config: "/claw/config",
        data: "/claw/data",
        state: "/claw/state",
        cache: "/claw/cache",
        home: "/home/me",
      });
      expect(folders({ HOME: "/home/me", CLAW_CONFIG_HOME: "/mine" }, platform)).toEqual({ ...folders({ HOME: "/home/me" }, platform), config: "/mine" });
    }
    expect(folders({ HOME: "/home/me", CLAW_HOME: "/claw", CLAW_CONFIG_HOME: "/mine" }).config).toBe("/mine");
  });

  test("are absolute, whatever CLAW_HOME is", () => {
    expect(folders({ HOME: "/home/me", CLAW_HOME: "here" }).state).toBe(`${process.cwd()}/here/state`);
    expect(folders({ HOME: "/home/me", CLAW_CONFIG_HOME: "here" }).config).toBe(`${process.cwd()}/here`);
  });

  test("are where macOS and Windows keep such things", () => {
    expect(folders({ HOME: "/Users/me" }, "darwin")).toEqual({
      config: "/Users/me/Library/Application Support/claw/config",
      data: "/Users/me/Library/Application Support/claw/data",
      state: "/Users/me/Library/Application Support/claw/state",
      cache: "/Users/me/Library/Caches/claw",
      home: "/Users/me",
    });
    expect(folders({ USERPROFILE: "/u", APPDATA: "/u/r", LOCALAPPDATA: "/u/l" }, "win32")).toEqual({
      config: "/u/r/claw",
      data: "/u/l/claw/data",
      state: "/u/l/claw/state",
      cache: "/u/l/claw/cache",
      home: "/u",
    });
    expect(folders({ USERPROFILE: "/u" }, "win32").data).toBe("/u/AppData/Local/claw/data");
  });
});

describe("without a home folder", () => {
  test("the user's entry in the system's list is asked", () => {
    expect(folders({}).home).toBe(homedir());
  });

  test("CLAW_HOME is enough, and without it the error says so", () => {
    const home = process.env["HOME"];
    try {
      process.env["HOME"] = "";
      expect(folders({ HOME: "", CLAW_HOME: "/claw" })).toEqual({ config: "/claw/config", data: "/claw/data", state: "/claw/state", cache: "/claw/cache" });
      expect(folders({ HOME: "", XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d", XDG_STATE_HOME: "/s", XDG_CACHE_HOME: "/k" }).state).toBe("/s/claw");
      expect(() => folders({ HOME: "" })).toThrow(expect.objectContaining({ code: "HOME_MISSING", fix: "set CLAW_HOME to a folder of your own" }));
    } finally {
      process.env["HOME"] = home;
    }
  });
});

test("a folder of the system's own is no place to keep anything", () => {
  for (const environment of [
    { HOME: "/h", CLAW_HOME: "/proc/nohome" },
    { HOME: "/sys/x" },
    { HOME: "/h", XDG_STATE_HOME: "/proc/1" },
    { HOME: "/h", CLAW_HOME: "/proc" },
  ])
    expect(() => folders(environment)).toThrow(expect.objectContaining({ code: "HOME_MISSING", fix: "set CLAW_HOME to a folder of your own" }));
  expect(folders({ HOME: "/h", CLAW_HOME: "/process/claw" }).data).toBe("/process/claw/data");
  expect(folders({ HOME: "/Users/me", CLAW_HOME: "/proc/x" }, "darwin").data).toBe("/proc/x/data");
});
