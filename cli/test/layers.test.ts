import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SettingsProblem } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { type LayerName, type Setting, catalogueOf, ownSchemas, settingsOfEnvironment, settingsOfFile, settingsOfFlags } from "../src/layers.ts";
import { mergeSettings } from "../src/merge.ts";
import { parseSettings } from "../src/settings-file.ts";
import { manifests, parse } from "./catalogue.ts";

const catalogue = catalogueOf(manifests);

function ofFile(
  text: string,
  layer: LayerName = "user",
  file = "settings.json",
): { readonly settings: readonly Setting[]; readonly problems: readonly SettingsProblem[] } {
  const problems: SettingsProblem[] = [];
  const parsed = parseSettings(text, file, problems);
  return { settings: parsed === undefined ? [] : settingsOfFile(parsed, layer, catalogue, problems), problems };
}

const keysOf = (settings: readonly Setting[]): readonly (readonly [string, unknown, string])[] =>
  settings.map(({ key, value, source }) => [key, value, source]);

describe("a settings file", () => {
  test("says every value with its file and line, under the extension that claims its key or under config", () => {
    const { settings, problems } = ofFile(`{
  "limits": { "steps": 5,
              "usd": 2 },
  "permissions": { "deny": ["Read(./.env)"] },
  "config": { "claw/permissions": { "allow": ["Bash(ls)"] } },
  "prefer": { "tool:read_file": "acme/fast-read" },
  "without": ["claw/compaction"]
}`);
    expect(problems).toEqual([]);
    expect(keysOf(settings)).toEqual([
      ["limits.steps", 5, "settings.json:2"],
      ["limits.usd", 2, "settings.json:3"],
      ["config.claw/permissions.deny", ["Read(./.env)"], "settings.json:4"],
      ["config.claw/permissions.allow", ["Bash(ls)"], "settings.json:5"],
      ["prefer.tool:read_file", "acme/fast-read", "settings.json:6"],
      ["without", ["claw/compaction"], "settings.json:7"],
    ]);
  });

  test("with unknown keys and wrong values names them all at once, with file, line and a suggestion", () => {
    expect(
      ofFile(`{
  "permisions": {},
  "limits": { "stesp": 1, "usd": -1 },
  "permissions": {
    "alow": [],
    "deny": "Read"
  },
  "tools": [1],
  "frontend": "print",
  "config": { "claw/frontend-print": { "outputFormat": "yaml" } },
  "zzzzzzzzzzzz": 1
}`).problems,
    ).toEqual([
      { file: "settings.json", line: 2, key: "permisions", message: 'the key "permisions" is unknown; did you mean "permissions"?' },
      { file: "settings.json", line: 3, key: "limits.stesp", message: 'is unknown; did you mean "steps"?' },
      { file: "settings.json", line: 3, key: "limits.usd", message: "must be at least 0, not -1" },
      { file: "settings.json", line: 5, key: "permissions.alow", message: 'is unknown; did you mean "allow"?' },
      { file: "settings.json", line: 6, key: "permissions.deny", message: "must be a list, not a string" },
      { file: "settings.json", line: 8, key: "tools.0", message: "must be a string, not a number" },
      { file: "settings.json", line: 9, key: "frontend", message: "must be an object, not a string" },
      { file: "settings.json", line: 10, key: "config.claw/frontend-print.outputFormat", message: 'must be one of "text", "json", "stream-json", not "yaml"' },
      {
        file: "settings.json",
        line: 11,
        key: "zzzzzzzzzzzz",
        message: 'the key "zzzzzzzzzzzz" is unknown; if it is an extension\'s: claw --safe ext search zzzzzzzzzzzz',
      },
    ]);
  });

  test("may configure an extension that is not at hand, and a list where an object belongs is a mistake", () => {
    expect(ofFile('{"config": {"acme/later": {"anything": [1]}}}')).toMatchObject({ settings: [{ key: "config.acme/later.anything" }], problems: [] });
    expect(ofFile('{"permissions": ["Bash"]}').problems).toEqual([{ file: "settings.json", line: 1, key: "permissions", message: "must be an object" }]);
  });
});

describe("the environment", () => {
  const ofEnvironment = (
    environment: Readonly<Record<string, string>>,
  ): { readonly settings: readonly Setting[]; readonly problems: readonly SettingsProblem[] } => {
    const problems: SettingsProblem[] = [];
    return { settings: settingsOfEnvironment(environment, catalogue, problems), problems };
  };

  test("sets what a flag sets under its name in capitals, and what a manifest names", () => {
    const { settings, problems } = ofEnvironment({
      CLAW_PERMISSION_MODE: "auto",
      CLAW_ALLOWED_TOOLS: "Bash(git log, x), Read",
      CLAW_VERBOSE: "1",
      ANTHROPIC_BASE_URL: "http://127.0.0.1:1",
      CLAW_MODEL: "",
      PATH: "/bin",
    });
    expect(problems).toEqual([]);
    expect(keysOf(settings).toSorted()).toEqual([
      ["config.claw/anthropic.baseUrl", "http://127.0.0.1:1", "ANTHROPIC_BASE_URL"],
      ["config.claw/frontend-print.verbose", true, "CLAW_VERBOSE"],
      ["config.claw/permissions.allow", ["Bash(git log, x)", "Read"], "CLAW_ALLOWED_TOOLS"],
      ["config.claw/permissions.defaultMode", "auto", "CLAW_PERMISSION_MODE"],
    ]);
  });

  test.each([
    ["5m", 300_000],
    ["1m30s", 90_000],
    ["1500ms", 1500],
    ["0.5h", 1_800_000],
    ["90", 90_000],
    ["0", 0],
    ["-1s", 0],
  ])("gives a duration as %s", (written, ms) => {
    const { settings, problems } = ofEnvironment({ CLAW_STREAM_IDLE_TIMEOUT: written });
    expect([problems, settings.find(({ key }) => key === "config.claw/anthropic.idleTimeoutMs")?.value]).toEqual([[], ms]);
  });

  test("says what is no duration", () => {
    const { problems } = ofEnvironment({ CLAW_STREAM_IDLE_TIMEOUT: "5 minutes" });
    expect(problems[0]).toMatchObject({ file: "CLAW_STREAM_IDLE_TIMEOUT" });
  });

  test("with a value that does not fit is a mistake that names the variable", () => {
    expect(
      ofEnvironment({ CLAW_OUTPUT_FORMAT: "yaml", CLAW_VERBOSE: "perhaps", CLAW_BASH_TIMEOUT_MS: "soon" }).problems.toSorted((a, b) =>
        a.file.localeCompare(b.file),
      ),
    ).toEqual([
      { file: "CLAW_BASH_TIMEOUT_MS", message: "must be a number, not a string" },
      { file: "CLAW_OUTPUT_FORMAT", message: 'must be one of "text", "json", "stream-json", not "yaml"' },
      { file: "CLAW_VERBOSE", message: "must be true or false, not a string" },
    ]);
  });
});

test("flags of extensions are settings: the last of a single value, all of a list", () => {
  const problems: SettingsProblem[] = [];
  const args = parse(
    "--output-format",
    "text",
    "--output-format=json",
    "--allowedTools",
    "Bash(a b)",
    "--allowed-tools",
    "Read,Edit",
    "--no-verbose",
    "--bash-timeout-ms",
    "5",
  );
  expect(keysOf(settingsOfFlags(args, catalogue, problems)).toSorted()).toEqual([
    ["config.claw/frontend-print.outputFormat", "json", "--output-format"],
    ["config.claw/frontend-print.verbose", false, "--verbose"],
    ["config.claw/permissions.allow", ["Bash(a b)", "Read", "Edit"], "--allowed-tools"],
    ["config.claw/tools-shell.timeoutMs", 5, "--bash-timeout-ms"],
  ]);
  expect(settingsOfFlags(parse("--allowedTools", " , "), catalogue, problems)).toHaveLength(1);
  expect(problems).toEqual([{ file: "--allowed-tools", message: "needs at least one item" }]);
});

describe("merged settings", () => {
  const set = (layer: LayerName, key: string, value: unknown, source = layer as string): Setting => ({ key, value, layer, source });
  const allow = "config.claw/permissions.allow";

  test("take a single value from the highest layer, and remember what it shadows", () => {
    const key = "config.claw/model-router.default";
    const low = set("profile", key, "a/one");
    const high = set("flag", key, "b/two");
    const between = set("user", key, "c/three");
    const { explained, choice } = mergeSettings([low, between, high], catalogue);
    expect(explained.get(key)).toEqual({ key, value: "b/two", from: [high], shadowed: [low, between] });
    expect(choice.config).toEqual({ "claw/model-router": { default: "b/two" } });
  });

  test("add up lists whose schema says so, and the extensions left out; other lists are replaced", () => {
    const { explained, choice, tools } = mergeSettings(
      [
        set("profile", allow, ["Read"]),
        set("user", allow, ["Edit", "Read"]),
        set("flag", allow, ["Bash(ls)"]),
        set("profile", "without", ["a/a"]),
        set("flag", "without", ["b/b", "a/a"]),
        set("user", "tools", ["read_file"]),
        set("flag", "tools", ["bash"]),
      ],
      catalogue,
    );
    expect(explained.get(allow)).toMatchObject({
      value: ["Read", "Edit", "Bash(ls)"],
      from: [{ layer: "profile" }, { layer: "user" }, { layer: "flag" }],
      shadowed: [],
    });
    expect([choice.without, tools]).toEqual([["a/a", "b/b"], ["bash"]]);
  });

  test("let a project lower a limit and never raise one, not even one that nobody set", () => {
    const settings = [set("default", "limits.steps", 500), set("user", "limits.usd", 5)];
    const limits = (steps: number, usd: number, ...more: readonly Setting[]): object =>
      mergeSettings([...settings, set("project", "limits.steps", steps), set("project local", "limits.usd", usd), ...more], catalogue).limits;
    expect([limits(10, 1), limits(501, 6), limits(500, 5)]).toEqual([
      { steps: 10, usd: 1 },
      { steps: 500, usd: 5 },
      { steps: 500, usd: 5 },
    ]);
    expect(limits(10, 1, set("flag", "limits.steps", 900))).toEqual({ steps: 900, usd: 1 });
  });

  test("let a project take tools away and bring none", () => {
    const tools = (...settings: readonly Setting[]): unknown => mergeSettings(settings, catalogue).tools;
    expect(tools(set("project", "tools", ["read_file"]))).toEqual(["read_file"]);
    expect(tools(set("user", "tools", ["read_file", "grep"]), set("project", "tools", ["grep", "bash"]))).toEqual(["grep"]);
    expect(tools(set("project", "tools", ["grep"]), set("flag", "tools", ["bash"]))).toEqual(["bash"]);
  });

  test("are what extensions, preferences and front-ends are chosen by", () => {
    expect(
      mergeSettings(
        [
          set("profile", "extensions.a/a", "^1"),
          set("flag", "extensions.b/b", "*"),
          set("user", "prefer.tool:x", "b/b"),
          set("user", "frontend.terminal", "tui"),
        ],
        catalogue,
      ),
    ).toMatchObject({
      choice: { extensions: { "a/a": "^1", "b/b": "*" }, without: [], prefer: { "tool:x": "b/b" }, config: {} },
      frontend: { terminal: "tui", otherwise: "print" },
      tools: undefined,
    });
  });
});

test("the keys of a settings file are those of the profile's schema, each of the same type", () => {
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../schemas/profile.schema.json"), "utf8")) as {
    readonly $defs: { readonly Profile: { readonly properties: Readonly<Record<string, { readonly type?: string; readonly properties?: object }>> } };
  };
  const { properties } = schema.$defs.Profile;
  const outline = (entries: Readonly<Record<string, { readonly type?: string | undefined; readonly properties?: object | undefined }>>): object =>
    Object.fromEntries(Object.entries(entries).map(([key, { type, properties: inner }]) => [key, [type, Object.keys(inner ?? {}).sort()]]));
  expect(outline(ownSchemas)).toEqual(outline(properties));
});
