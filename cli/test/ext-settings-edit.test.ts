import { existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { choosing, forgetting, leavingOut } from "../src/ext/enable.ts";
import { editSettings } from "../src/ext/settings-edit.ts";
import { editedSettings, type SettingsEdit } from "../src/ext/settings-text.ts";
import { parseSettings } from "../src/settings-file.ts";
import { temporaryFolder } from "./folder.ts";

const commented = `{
  // what I like
  "extends": "minimal",
  "extensions": {
    "acme/old": "^1", // keeps working
    "acme/other": "*"
  }
}
`;
const signal = new AbortController().signal;
const none = (): boolean => false;

describe("a settings file is changed", () => {
  test("where it has to be, and its comments stay", () => {
    expect(editedSettings(commented, [{ path: ["extensions", "acme/new"], value: "*" }])).toBe(
      commented.replace('"acme/other": "*"\n', '"acme/other": "*",\n    "acme/new": "*"\n'),
    );
    expect(editedSettings(commented, [{ path: ["extensions", "acme/other"], value: undefined }])).toBe(
      commented.replace('    "acme/other": "*"\n', "").replace('"^1", // keeps', '"^1" // keeps'),
    );
    expect(editedSettings(commented, [{ path: ["extensions", "acme/old"], value: undefined }])).toBe(
      commented.replace('    "acme/old": "^1", // keeps working\n', ""),
    );
    expect(editedSettings('{"a": 1, /* b */ "without": [], "c": 2}', [{ path: ["without"], value: undefined }])).toBe('{"a": 1, /* b */  "c": 2}');
    expect(editedSettings('{"without": []}', [{ path: ["without"], value: undefined }])).toBe("{}");
  });

  test("in its own layout: tabs, the ends of its lines, a byte order mark", () => {
    const edit: readonly SettingsEdit[] = [{ path: ["without"], value: ["acme/a"] }];
    expect(editedSettings('{ "limits": { "steps": 9 } }', edit)).toBe('{ "limits": { "steps": 9 }, "without": [\n    "acme/a"\n  ] }');
    expect(editedSettings('{\n  "a": { "b": 1 } // why\n  // end\n}\n', edit)).toBe(
      '{\n  "a": { "b": 1 }, // why\n  "without": [\n    "acme/a"\n  ]\n  // end\n}\n',
    );
    expect(editedSettings('{\n  "a": 1,\n}', edit)).toBe('{\n  "a": 1,\n  "without": [\n    "acme/a"\n  ],\n}');
    expect(editedSettings("// nothing yet\n", edit)).toBe('// nothing yet\n{\n  "without": [\n    "acme/a"\n  ]\n}\n');
    expect(editedSettings("{\n  // nothing\n}", [{ path: ["extensions", "acme/a"], value: "*" }])).toBe(
      '{\n  // nothing\n  "extensions": {\n    "acme/a": "*"\n  }\n}',
    );
    expect(editedSettings('{\r\n\t"extends": "minimal"\r\n}\r\n', edit)).toBe('{\r\n\t"extends": "minimal",\r\n\t"without": [\r\n\t\t"acme/a"\r\n\t]\r\n}\r\n');
    expect(editedSettings('\uFEFF{"extends": "minimal"}', edit).startsWith("\uFEFF{")).toBe(true);
    expect(JSON.parse(editedSettings("", edit))).toEqual({ without: ["acme/a"] });
  });

  test("so that what it says afterwards is what was asked for, whatever stood there", () => {
    const name = fc.constantFrom<string>("acme/a", "acme/b", "acme/c");
    const settings = fc.record({ extensions: fc.dictionary(name, fc.constant("*")), without: fc.uniqueArray(name) }, { requiredKeys: [] });
    fc.assert(
      fc.property(settings, fc.uniqueArray(name), name, fc.boolean(), (values, names, inProfile, isIn) => {
        const below = (one: string): boolean => isIn && one === inProfile;
        const after = (edits: ReturnType<typeof choosing>): { extensions?: object; without?: string[] } =>
          (parseSettings(editedSettings(JSON.stringify(values), edits), "x", [])?.values ?? {}) as object;
        const chosen = (found: { extensions?: object; without?: string[] }, one: string): boolean =>
          (below(one) || Object.hasOwn(found.extensions ?? {}, one)) && !(found.without ?? []).includes(one);
        const [on, off, gone] = [after(choosing(names, values, below)), after(leavingOut(names, values, below)), after(forgetting(names, values))];
        for (const one of names) expect([chosen(on, one), chosen(off, one), chosen(gone, one)]).toEqual([true, false, below(one)]);
        for (const one of ["acme/a", "acme/b", "acme/c"].filter((other) => !names.includes(other)))
          expect([on, off, gone].map((found) => chosen(found, one))).toEqual([on, off, gone].map(() => chosen(values, one)));
      }),
    );
  });
});

describe("the file of settings", () => {
  const edit = (folder: string, path: string, mode = 0o600): Promise<boolean> =>
    editSettings({ path, mode }, (values) => choosing(["acme/new"], values, none), { kind: "user", folder, sealKeyFile: join(folder, "key") }, signal);

  test("is made where there is none, and nothing else is left", async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, "config/settings.json");
    expect([await edit(join(folder.path, "store"), path), await edit(join(folder.path, "store"), path)]).toEqual([true, false]);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({ extensions: { "acme/new": "*" } });
    expect([statSync(path).mode & 0o777, statSync(join(folder.path, "config")).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readdirSync(join(folder.path, "config"))).toEqual(["settings.json"]);
  });

  test("of a project can be read by others who may", async () => {
    using folder = temporaryFolder();
    await edit(join(folder.path, "store"), join(folder.path, ".claw/settings.json"), 0o644);
    expect([statSync(join(folder.path, ".claw/settings.json")).mode & 0o777, statSync(join(folder.path, ".claw")).mode & 0o777]).toEqual([0o644, 0o755]);
  });

  test("stays a link where it is one", async () => {
    using folder = temporaryFolder({ "dotfiles/claw.json": commented, "config/other.json": "{}" });
    const [link, target] = [join(folder.path, "config/settings.json"), join(folder.path, "dotfiles/claw.json")];
    symlinkSync(target, link);
    expect(await edit(join(folder.path, "store"), link)).toBe(true);
    expect([readFileSync(target, "utf8").includes("acme/new"), existsSync(link), readdirSync(join(folder.path, "dotfiles"))]).toEqual([
      true,
      true,
      ["claw.json"],
    ]);
  });

  test("with a mistake in it is left as it is", async () => {
    using folder = temporaryFolder({ "settings.json": '{ "extensions": ' });
    const path = join(folder.path, "settings.json");
    await expect(edit(join(folder.path, "store"), path)).rejects.toMatchObject({
      code: "SETTINGS_INVALID",
      message: `${path} has mistakes, so it is left as it is`,
    });
    expect(readFileSync(path, "utf8")).toBe('{ "extensions": ');
  });

  test("loses nothing when many change it at once", async () => {
    using folder = temporaryFolder();
    const [path, store] = [
      join(folder.path, "settings.json"),
      { kind: "user", folder: join(folder.path, "store"), sealKeyFile: join(folder.path, "key") } as const,
    ];
    const names = Array.from({ length: 12 }, (_, index) => `acme/x${index}`);
    await Promise.all(names.map((name) => editSettings({ path, mode: 0o600 }, (values) => choosing([name], values, none), store, signal)));
    expect(Object.keys((JSON.parse(readFileSync(path, "utf8")) as { extensions: object }).extensions).sort()).toEqual([...names].sort());
  });
});
