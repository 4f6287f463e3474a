import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Settings } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { catalogueOf, type Setting, settingsOfFile } from "../src/layers.ts";
import { mergeSettings } from "../src/merge.ts";
import { parseSettings, type SettingsFile } from "../src/settings-file.ts";
import { settingsService } from "../src/settings-service.ts";
import { manifests } from "./catalogue.ts";

function fileOf(text: string, name: string): SettingsFile {
  const file = parseSettings(text, name, []);
  if (file === undefined) throw new Error(`${name} is no settings file`);
  return file;
}

const catalogue = catalogueOf(manifests);
const user = '{\n  "permissions": {\n    "allow": [\n      "Bash(a)",\n      "Bash(b)"\n    ],\n    "defaultMode": "auto"\n  }\n}';
const project = '{ "permissions": {\n  "allow": ["Bash(c)"]\n} }';

function service(policy: Parameters<typeof settingsService>[2]["rules"] = {}): Settings {
  const settings: Setting[] = [
    ...settingsOfFile(fileOf(user, "user.json"), "user", catalogue, []),
    ...settingsOfFile(fileOf(project, "project.json"), "project", catalogue, []),
    { key: "config.claw/permissions.allow", value: ["Bash(d)"], layer: "flag", source: "--allowed-tools" },
  ];
  return settingsService(mergeSettings(settings, catalogue), catalogue, { file: "policy.json", rules: policy });
}

describe("where settings come from", () => {
  test("is told to each extension of its own keys, item by item with file and line", () => {
    const own = service().forExtension?.("claw/permissions");
    expect(own?.origins("allow")).toEqual([
      { value: "Bash(a)", layer: "user", source: "user.json:4" },
      { value: "Bash(b)", layer: "user", source: "user.json:5" },
      { value: "Bash(c)", layer: "project", source: "project.json:2" },
      { value: "Bash(d)", layer: "flag", source: "--allowed-tools" },
    ]);
    expect(own?.origins("defaultMode")).toEqual([{ value: "auto", layer: "user", source: "user.json:7" }]);
    expect(own?.origins("deny")).toEqual([]);
  });

  test("is nobody else's to see", () => {
    expect(service().forExtension?.("acme/x").origins("allow")).toEqual([]);
    expect(service().origins("allow")).toEqual([]);
  });

  test("includes what the administrator says of this extension's settings, and of no other's", () => {
    const given = service({ permissions: { deny: ["Bash(rm *)"] } });
    expect(given.forExtension?.("claw/permissions").policy).toMatchObject({ file: "policy.json", rules: { deny: ["Bash(rm *)"] } });
    expect(given.forExtension?.("acme/x").policy).toBeUndefined();
    expect(given.policy).toBeUndefined();
  });

  test("and in which line he says it; and what a file would say in the place of his", async () => {
    const folder = mkdtempSync(join(tmpdir(), "claw-policy-"));
    try {
      const file = join(folder, "policy.json");
      writeFileSync(file, '{\n  "permissions": {\n    "deny": [\n      "Bash(a)",\n      "Bash(b)"\n    ]\n  }\n}');
      const own = service().forExtension?.("claw/permissions");
      const policy = await own?.policyIn(file);
      expect([policy?.file, policy?.rules, policy?.sourceOf(["deny", 1]), policy?.sourceOf([])]).toEqual([
        file,
        { deny: ["Bash(a)", "Bash(b)"] },
        `${file}:5`,
        `${file}:2`,
      ]);
      expect(await service().forExtension?.("acme/x").policyIn(file)).toBeUndefined();
      writeFileSync(file, '{ "permisions": {} }');
      await expect(own?.policyIn(file)).rejects.toThrow(expect.objectContaining({ code: "E_POLICY_INVALID" }));
      await expect(own?.policyIn(join(folder, "none.json"))).rejects.toThrow(/none\.json is not valid: there is no such file/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
