import { withGitSettings } from "@claw/kernel/kit";
import { expect, test } from "vitest";

const one = { A: "1", GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.fsmonitor", GIT_CONFIG_VALUE_0: "false" };

test("settings of two sources are numbered on, all else is the second's", () => {
  const two = { A: "2", GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_0: "http.proxy", GIT_CONFIG_VALUE_0: "p", GIT_CONFIG_KEY_1: "b", GIT_CONFIG_VALUE_1: "" };
  expect(withGitSettings(one, two)).toEqual({
    A: "2",
    GIT_CONFIG_COUNT: "3",
    GIT_CONFIG_KEY_0: "core.fsmonitor",
    GIT_CONFIG_VALUE_0: "false",
    GIT_CONFIG_KEY_1: "http.proxy",
    GIT_CONFIG_VALUE_1: "p",
    GIT_CONFIG_KEY_2: "b",
    GIT_CONFIG_VALUE_2: "",
  });
});

test("settings of one source stay, and none make none", () => {
  expect(withGitSettings(one, { A: "2" })).toEqual({ ...one, A: "2" });
  expect(withGitSettings({ A: "1" }, { B: "2" })).toEqual({ A: "1", B: "2" });
});

test("a count that is none, and numbers that are not counted, are left out", () => {
  expect(withGitSettings({ GIT_CONFIG_COUNT: "many", GIT_CONFIG_KEY_0: "a" }, { GIT_CONFIG_COUNT: "1e9", GIT_CONFIG_KEY_7: "b" })).toEqual({});
});
