import { type ConfigSchema, type SettingsProblem, commitFolders } from "@claw/kernel/host";
import fc from "fast-check";
import { join } from "node:path";
import { mkdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { FlagSpec } from "../src/flags.ts";
import { type Setting, catalogueOf, settingsOfFile } from "../src/layers.ts";
import { defaultSteps } from "../src/limits.ts";
import { type Merged, mergeSettings } from "../src/merge.ts";
import { judgeProject, wordingOf } from "../src/project-trust.ts";
import { type ProjectSettings, projectSettings } from "../src/project.ts";
import { parseSettings } from "../src/settings-file.ts";
import { manifests, parse } from "./catalogue.ts";
import { temporaryFolder } from "./folder.ts";

const catalogue = catalogueOf(manifests);
const properties = manifests.flatMap(({ name, config }) =>
  Object.entries(config?.properties ?? {}).map(([property, schema]) => ({ extension: name, property, schema })),
);

function settingsOf(text: string, layer: "user" | "project"): readonly Setting[] {
  const problems: SettingsProblem[] = [];
  const file = parseSettings(text, "settings.json", problems);
  const settings = file === undefined ? [] : settingsOfFile(file, layer, catalogue, problems);
  // A run with a mistake in its settings ends before anything is merged.
  expect(problems).toEqual([]);
  return settings;
}

test("a project may set of extensions what tightens, and what loosens with the person's word; nothing else", () => {
  const marked = (how: string): readonly string[] =>
    properties.filter(({ schema }) => schema.project === how).map(({ extension, property }) => `${extension} ${property}`);
  expect([marked("free"), marked("accept")]).toEqual([
    [
      "claw/classifier-llm deny",
      "claw/classifier-rules denyTools",
      "claw/classifier-rules askTools",
      "claw/classifier-rules deny",
      "claw/permissions ask",
      "claw/permissions deny",
    ],
    ["claw/permissions allow", "claw/permissions additionalDirectories"],
  ]);
});

describe("whatever a project's settings say, without the person's word nothing becomes looser", () => {
  const names = fc.constantFrom(...manifests.map(({ name }) => name), "acme/evil");
  const text = fc.oneof(fc.string(), fc.constantFrom("Bash", "Bash(*)", "danger-full-access", "http://evil.example", "/"));
  const valueOf = ({ type, enum: choices, minimum = 0, maximum = 1_000, items, format }: ConfigSchema): fc.Arbitrary<unknown> => {
    if (choices !== undefined) return fc.constantFrom(...choices);
    if (type === "boolean") return fc.boolean();
    if (type === "integer" || type === "number") return fc.constantFrom(minimum, Math.min(maximum, minimum + 1));
    if (type === "array")
      return items?.type === "string"
        ? fc.array(
            text.filter((item) => item !== ""),
            { maxLength: 3 },
          )
        : fc.constant([]);
    return type === "object" ? fc.constant({}) : format === "uri" ? fc.webUrl() : text.filter((value) => value !== "");
  };
  const config = fc
    .array(
      fc.constantFrom(...properties).chain((one) => valueOf(one.schema).map((value) => [one, value] as const)),
      { maxLength: 6 },
    )
    .map((chosen) => Object.groupBy(chosen, ([{ extension }]) => extension))
    .map((groups) =>
      Object.fromEntries(
        Object.entries(groups).map(([extension, entries = []]) => [extension, Object.fromEntries(entries.map(([{ property }, value]) => [property, value]))]),
      ),
    );
  const limits = fc.record(
    {
      steps: fc.integer({ min: 1, max: 2_000 }),
      seconds: fc.integer({ min: 1, max: 10 }),
      tokens: fc.integer({ min: 1, max: 10 }),
      usd: fc.integer({ min: 1, max: 10 }),
    },
    { requiredKeys: [] },
  );
  const settings = fc.record(
    {
      extends: fc.constantFrom("minimal", "server"),
      extensions: fc.dictionary(names, fc.constantFrom("*", "^1")),
      without: fc.array(names),
      prefer: fc.dictionary(fc.constantFrom("tool:bash", "service:permissions"), names),
      frontend: fc.record({ terminal: text, otherwise: text }),
      limits,
      tools: fc.array(fc.constantFrom("bash", "read_file", "grep", "web_fetch")),
      config,
      permissions: fc.record(
        {
          allow: fc.array(text),
          deny: fc.array(text),
          ask: fc.array(text),
          defaultMode: text,
          additionalDirectories: fc.array(text),
          dangerouslySkipPermissions: fc.boolean(),
        },
        { requiredKeys: [] },
      ),
    },
    { requiredKeys: [] },
  );

  const merged = (user: readonly Setting[], project: readonly Setting[]): Merged => mergeSettings([defaultSteps, ...user, ...project], catalogue);

  test("in any layer above or below", () => {
    fc.assert(
      fc.property(settings, settings, (own, theirs) => {
        const user = settingsOf(JSON.stringify(own), "user");
        const before = merged(user, []);
        const after = merged(user, judgeProject(settingsOf(JSON.stringify(theirs), "project"), new Set(), catalogue, []).kept);
        expect({ ...after.choice, config: {}, frontend: after.frontend }).toEqual({ ...before.choice, config: {}, frontend: before.frontend });
        for (const [limit, most] of Object.entries(before.limits)) expect(after.limits[limit as keyof Merged["limits"]]).toBeLessThanOrEqual(most);
        if (before.tools !== undefined) expect(before.tools).toEqual(expect.arrayContaining([...(after.tools ?? ["none"])]));
        for (const { extension, property, schema } of properties) {
          const [was, is] = [before, after].map(({ choice }) => choice.config[extension]?.[property]);
          if (schema.project === "free") expect(is ?? []).toEqual(expect.arrayContaining([...((was ?? []) as readonly unknown[])]));
          else expect(is).toEqual(was);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("and what it says is kept, waits for the person, or never counts: nothing is lost", () => {
    fc.assert(
      fc.property(settings, (theirs) => {
        const all = settingsOf(JSON.stringify(theirs), "project");
        const { kept, unaccepted, refused, missing } = judgeProject(all, new Set(), catalogue, []);
        expect(new Set([...kept, ...unaccepted, ...refused, ...missing])).toEqual(new Set(all));
        const accepted = judgeProject(all, new Set(unaccepted.map(wordingOf)), catalogue, []);
        expect([accepted.unaccepted, accepted.refused]).toEqual([[], refused]);
      }),
    );
  });
});

test("what the person accepted counts in exactly that wording", () => {
  const [asked] = settingsOf('{"permissions": {"allow": ["Bash(npm test)"]}}', "project");
  const [changed] = settingsOf('{"permissions": {"allow": ["Bash(npm test)", "Bash"]}}', "project");
  const accepted = new Set(asked === undefined ? [] : [wordingOf(asked)]);
  const verdict = (setting: Setting | undefined): object => judgeProject(setting === undefined ? [] : [setting], accepted, catalogue, []);
  expect([verdict(asked), verdict(changed)]).toEqual([
    { kept: [asked], unaccepted: [], refused: [], missing: [] },
    { kept: [], unaccepted: [changed], refused: [], missing: [] },
  ]);
});

test("an extension that a project asks for counts when the person installed it for this project, and is held back otherwise", () => {
  const settings = settingsOf('{"extensions": {"acme/mine": "^1", "acme/other": "^1"}}', "project");
  const [mine, other] = settings;
  expect(judgeProject(settings, new Set(), catalogue, ["acme/mine"])).toEqual({ kept: [mine], unaccepted: [], refused: [], missing: [other] });
});

describe("the settings of a folder", () => {
  const hostile = '{"permissions": {"allow": ["Bash"], "deny": ["Read(./.env)"], "defaultMode": "danger-full-access"}, "extends": "evil\\u001b[2J"}';

  function settingsIn(
    root: string,
    folders: { readonly data: string; readonly state: string },
    flags: readonly FlagSpec["name"][] = [],
    safe = false,
  ): ProjectSettings & { readonly problems: readonly string[] } {
    const problems: { readonly file: string; readonly message: string }[] = [];
    const args = parse(...flags.map((name) => `--${name}`));
    const settings = projectSettings({
      args,
      folders: { ...folders, config: join(root, "none"), cache: join(root, "none") },
      workspace: { cwd: root, root, key: "0" },
      catalogue,
      installed: { ofProject: [], package: () => undefined },
      safe,
      problems,
    });
    return { ...settings, problems: problems.map(({ message }) => message) };
  }

  test("are not even read before it is trusted, and the run says so", () => {
    for (const text of [hostile, "{ not json", `{"a": ${"[".repeat(100_000)}`]) {
      using folder = temporaryFolder({ ".claw/settings.json": text });
      const { trusted, kept, unaccepted, refused, notices, problems } = settingsIn(folder.path, {
        data: join(folder.path, "data"),
        state: join(folder.path, "state"),
      });
      expect({ trusted, kept, unaccepted, refused, problems }).toEqual({ trusted: false, kept: [], unaccepted: [], refused: [], problems: [] });
      expect(notices).toEqual(["this folder is not trusted, so its .claw/settings.json is ignored (claw trust shows what it would set)"]);
    }
  });

  test("of a folder without any are no news", () => {
    using folder = temporaryFolder();
    expect(settingsIn(folder.path, { data: join(folder.path, "data"), state: join(folder.path, "state") })).toMatchObject({ trusted: false, notices: [] });
  });

  test("that loosen do not count for --trust-folder, which nobody has read them for, and each says so without repainting the terminal", () => {
    using folder = temporaryFolder({ ".claw/settings.json": hostile, ".claw/settings.local.json": '{"limits": {"steps": 3}}' });
    const file = join(folder.path, ".claw/settings.json");
    const { kept, notices } = settingsIn(folder.path, { data: join(folder.path, "data"), state: join(folder.path, "state") }, ["trust-folder"]);
    expect(kept.map(({ key, layer }) => [key, layer])).toEqual([
      ["config.claw/permissions.deny", "project"],
      ["limits.steps", "project local"],
    ]);
    expect(notices).toEqual([
      `${file}:1: config.claw/permissions.allow loosens what claw may do and is ignored until you accept it (claw trust)`,
      `${file}:1: a project may not set config.claw/permissions.defaultMode; it is ignored`,
      `${file}:1: a project may not set extends; it is ignored`,
    ]);
  });

  test("count in the wording that was accepted, once the folder is trusted; their mistakes are then mistakes", async () => {
    using folder = temporaryFolder({ ".claw/settings.json": '{"permissions": {"allow": ["Bash(ls)"]}}' });
    const folders = { data: join(folder.path, "data"), state: join(folder.path, "state") };
    const store = { kind: "user", folder: join(folders.data, "ext"), sealKeyFile: join(folders.state, "seal.key") } as const;
    mkdirSync(store.folder, { recursive: true, mode: 0o700 });
    const [setting] = settingsOf('{"permissions": {"allow": ["Bash(ls)"]}}', "project");
    await commitFolders(
      store,
      () => ({ [folder.path]: { at: "2026-11-22T00:00:00Z", accepted: setting === undefined ? [] : [wordingOf(setting)] } }),
      new AbortController().signal,
    );
    expect(settingsIn(folder.path, folders)).toMatchObject({
      trusted: true,
      kept: [{ key: "config.claw/permissions.allow", value: ["Bash(ls)"] }],
      notices: [],
    });
    expect(settingsIn(folder.path, folders, [], true)).toMatchObject({ trusted: true, kept: [], notices: [] });
    folder.write(".claw/settings.json", '{"limts": 1}');
    expect(settingsIn(folder.path, folders).problems).toEqual(['the key "limts" is unknown; did you mean "limits"?']);
  });

  test("may be required to be trusted", () => {
    using folder = temporaryFolder();
    expect(() => settingsIn(folder.path, { data: join(folder.path, "data"), state: join(folder.path, "state") }, ["require-trust"])).toThrow(
      `${folder.path} is not trusted`,
    );
    expect(settingsIn(folder.path, { data: join(folder.path, "data"), state: join(folder.path, "state") }, ["require-trust", "trust-folder"]).trusted).toBe(
      true,
    );
  });
});
