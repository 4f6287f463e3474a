import { expect, test } from "vitest";
import { absolutePath, isPlain, windowsProblemOf } from "../src/path-text.ts";

test("paths are meant from the call's folder, and .. is settled by name", () => {
  const paths = ["a.txt", "./a/../b.txt", "../x", "/etc/../etc/hosts", "a//b/", "...", "a\\b", "~x", "a/~/b"];
  expect(paths.map((path) => absolutePath(path, "/w/proj", "/home/me"))).toEqual([
    "/w/proj/a.txt",
    "/w/proj/b.txt",
    "/w/x",
    "/etc/hosts",
    "/w/proj/a/b",
    "/w/proj/...",
    "/w/proj/a\\b",
    "/w/proj/~x",
    "/w/proj/a/~/b",
  ]);
});

test("~/ is the home folder, and a sentence where there is none", () => {
  expect([absolutePath("~/a/../b", "/w", "/home/me"), absolutePath("~", "/w", "/home/me")]).toEqual(["/home/me/b", "/home/me"]);
  expect(() => absolutePath("~/a", "/w", undefined)).toThrow(
    expect.objectContaining({ code: "HOME_MISSING", message: "~/a needs a home folder and this machine names none" }),
  );
});

test("what a path is refused for is said without printing it raw", () => {
  expect(() => absolutePath("a\u001b[2J", "/w", undefined)).toThrow(
    expect.objectContaining({ code: "PATH_INVALID", message: 'the path "a\\u001b[2J" has a control character in it', data: { path: "a\u001b[2J" } }),
  );
  expect(() => absolutePath("", "/w", undefined)).toThrow(expect.objectContaining({ code: "PATH_INVALID", message: 'the path "" is empty' }));
});

test("ordinary names of every script are plain", () => {
  expect(["a b", "naïve", "文件", "🦀", "a\u202fb"].map(isPlain)).toEqual([true, true, true, true, true]);
  expect(["\u0000", "\t", "\u007f", "\u009b", "\udc00"].map(isPlain)).toEqual([false, false, false, false, false]);
});

test("on Windows devices, streams, other machines and dropped endings are refused", () => {
  const refused = [
    "\\\\evil\\share\\x",
    "//evil/share",
    "\\\\?\\C:\\x",
    "\\\\.\\PhysicalDrive0",
    "a\\con",
    "NUL.txt",
    "com1",
    "lpt²",
    "a.txt:hidden",
    "a.txt::$DATA",
    "a.",
    "a .txt ",
    "x.. \\y",
  ];
  expect(refused.map(windowsProblemOf).filter((problem) => problem === undefined)).toEqual([]);
  const fine = ["C:\\a\\b.txt", "..\\a", ".\\a", "conx", "a b.txt", ".gitignore", "com10"];
  expect(fine.map(windowsProblemOf).filter((problem) => problem !== undefined)).toEqual([]);
});
