import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClawError } from "../src/errors.ts";
import { blockedBy } from "../src/package/policy-blocks.ts";
import { readPolicy } from "../src/package/policy.ts";
import { temporaryStore } from "./package-folder.ts";

const outcome = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    if (ClawError.is(error)) return error.code;
    throw error;
  }
};

describe("the administrator's policy", () => {
  test("is empty where there is no file", () => {
    using store = temporaryStore();
    expect(readPolicy(join(store.user.folder, "no", "policy.json"))).toEqual({});
  });

  test.for<[string, string]>([
    ["no JSON", "{"],
    ["an unknown key", '{"extensions": {"allowEverything": true}}'],
    ["a key twice", '{"extensions": {"blocked": ["a/b"], "blocked": []}}'],
    ["another type", '{"extensions": {"blocked": "a/b"}}'],
    ["a list", "[]"],
    ["a mode that there is not", '{"permissions": {"modes": ["yolo"]}}'],
    ["an allow rule", '{"permissions": {"allow": ["Bash"]}}'],
    ["a sandbox of two minds", '{"sandbox": {"required": "yes"}}'],
  ])("with %s decides nothing, so nothing starts", ([, text]) => {
    using store = temporaryStore();
    mkdirSync(store.user.folder, { recursive: true });
    const path = join(store.user.folder, "policy.json");
    writeFileSync(path, text);
    expect(outcome(() => readPolicy(path))).toBe("E_POLICY_INVALID");
  });

  test("that is a folder decides nothing either", () => {
    using store = temporaryStore();
    mkdirSync(store.user.folder, { recursive: true });
    expect(outcome(() => readPolicy(store.user.folder))).toBe("E_POLICY_INVALID");
  });

  test("that is a link to nothing, or in a folder that is one, decides nothing either", () => {
    using store = temporaryStore();
    mkdirSync(store.user.folder, { recursive: true });
    const [file, folder] = [join(store.user.folder, "policy.json"), join(store.user.folder, "claw")];
    symlinkSync(join(store.user.folder, "gone.json"), file);
    symlinkSync(join(store.user.folder, "gone"), folder);
    expect([outcome(() => readPolicy(file)), outcome(() => readPolicy(join(folder, "policy.json")))]).toEqual(["E_POLICY_INVALID", "E_POLICY_INVALID"]);
  });

  test("blocks by name and by contents, and pins a name to its contents", () => {
    const extension = { name: "acme/a", tree: "ct1-a", publisher: "key:sha256-x" };
    expect(
      [{}, { blocked: ["acme/b"] }, { blocked: ["acme/a"] }, { blocked: ["ct1-a"] }, { pins: { "acme/a": "ct1-a" } }, { pins: { "acme/a": "ct1-b" } }].map(
        (extensions) => blockedBy({ extensions }, extension),
      ),
    ).toEqual([
      undefined,
      undefined,
      "the administrator's policy blocks acme/a",
      "the administrator's policy blocks acme/a",
      undefined,
      "the administrator's policy pins acme/a to other contents",
    ]);
    expect(blockedBy({}, extension)).toBeUndefined();
  });
});
