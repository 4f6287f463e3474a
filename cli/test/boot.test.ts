import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitTrust, openStore, type Trust } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { type Boot, boot } from "../src/boot.ts";
import { revocationTexts } from "../src/ext/revocation.ts";
import { bundledStore } from "../src/paths.ts";
import { type TemporaryFolder, temporaryFolder } from "./folder.ts";

const manifest = (name: string, flag: string) =>
  JSON.stringify({
    name,
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./index.mjs",
    permissions: {},
    config: { type: "object", properties: { said: { type: "string", flag, description: "What was said" } } },
  });

function bootIn(folder: TemporaryFolder, argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Boot {
  return boot(argv, { HOME: folder.path, CLAW_HOME: join(folder.path, "home"), ...environment }, folder.path, process.platform, {});
}

const idsOf = ({ plan }: Boot): readonly string[] => plan.extensions.map(({ id }) => id);
const refusal = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe("which extensions there are and which words are flags", () => {
  test("agree, whatever a flag's value looks like", () => {
    using folder = temporaryFolder();
    for (const flag of ["--system-prompt", "--append-system-prompt", "--model", "--output-format"]) {
      for (const value of ["--profile", "--dev", "--with", "--without", "--settings", "--safe", "--strict", "-r"]) {
        const found = refusal(() => idsOf(bootIn(folder, [flag, value, "minimal"])));
        // The one flag whose value is checked before anything runs.
        if (flag === "--output-format") expect(found).toMatchObject({ code: "SETTINGS_INVALID" });
        else expect([flag, value, found]).toEqual([flag, value, idsOf(bootIn(folder, []))]);
        expect([flag, value, refusal(() => idsOf(bootIn(folder, [flag, value])))]).toEqual([flag, value, found]);
      }
    }
  });

  test("agree where a flag of an extension under development has such a value", () => {
    using folder = temporaryFolder({ "dev/extension.json": manifest("acme/dev", "say"), "other/extension.json": manifest("acme/other", "shout") });
    const dev = join(folder.path, "dev");
    const other = join(folder.path, "other");
    expect(idsOf(bootIn(folder, ["--dev", dev, "--say", "--dev", other])).filter((id) => id.startsWith("acme/"))).toEqual(["acme/dev"]);
    expect(idsOf(bootIn(folder, ["--dev", dev, "--dev", other, "--say", "--dev"])).filter((id) => id.startsWith("acme/"))).toEqual(["acme/dev", "acme/other"]);
    expect(bootIn(folder, ["--say", "--safe", "--dev", dev]).merged.choice.config["acme/dev"]).toEqual({ said: "--safe" });
  });

  test("that can never agree are an error that says what to do", () => {
    // With the folder --say takes --dev as its value; then there is no folder, so that --dev is a flag again.
    using folder = temporaryFolder({ "dev/extension.json": manifest("acme/dev", "say") });
    const dev = join(folder.path, "dev");
    expect(refusal(() => bootIn(folder, ["--say", "--dev", dev]))).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("put each flag's value after a ="),
    });
    expect(idsOf(bootIn(folder, ["--say=x", `--dev=${dev}`]))).toContain("acme/dev");
  });

  test("may come from the environment, which the command line overrides", () => {
    using folder = temporaryFolder();
    const [minimal, usual] = [["--profile", "minimal"], []].map((argv) => idsOf(bootIn(folder, argv)));
    expect(idsOf(bootIn(folder, [], { CLAW_PROFILE: "minimal" }))).toEqual(minimal);
    expect(idsOf(bootIn(folder, ["--profile", "default"], { CLAW_PROFILE: "minimal" }))).toEqual(usual);
  });

  test("are said to be wrong where they are: a profile, a folder or a settings file that is not there", () => {
    using folder = temporaryFolder();
    expect(refusal(() => bootIn(folder, ["--profile", "minmal"]))).toMatchObject({
      code: "USAGE",
      message: 'there is no profile "minmal"; did you mean minimal?',
    });
    expect(refusal(() => bootIn(folder, ["--profile", "../../etc/passwd"]))).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("there are ci, default, minimal, safe, server"),
    });
    expect(refusal(() => bootIn(folder, ["--dev", join(folder.path, "none")]))).toMatchObject({ code: "PATH_NOT_FOUND" });
    expect(refusal(() => bootIn(folder, ["--settings", "none.json"]))).toMatchObject({
      code: "SETTINGS_INVALID",
      data: { problems: [{ file: "none.json", message: "there is no such settings file" }] },
    });
    expect(refusal(() => bootIn(folder, ["--profile"]))).toMatchObject({ code: "USAGE", message: "--profile needs a value: NAME" });
  });
});

describe("layers", () => {
  test("come low to high: profile, user, environment, --settings, flags; each value knows where it was set", () => {
    using folder = temporaryFolder({
      "home/config/settings.json": '{\n "extends": "mine",\n "models": { "default": "user/x" },\n "permissions": { "allow": ["Bash(user)"] }\n}',
      "home/config/profiles/mine.json": '{ "extends": "default", "config": { "claw/model-router": { "default": "profile/x" } } }',
    });
    const explained = (argv: readonly string[], environment?: Readonly<Record<string, string>>): readonly (readonly [unknown, string])[] => {
      const found = bootIn(folder, argv, environment).merged.explained.get("config.claw/model-router.default");
      return [...(found?.shadowed ?? []), ...(found?.from ?? [])].map(({ value, source }) => [value, source]);
    };
    const profile = ["profile/x", `${folder.path}/home/config/profiles/mine.json:1`] as const;
    const user = ["user/x", `${folder.path}/home/config/settings.json:3`] as const;
    expect(explained([])).toEqual([profile, user]);
    expect(explained(["--model", "flag/x", "--settings", '{"models": {"default": "settings/x"}}'], { CLAW_MODEL: "environment/x" })).toEqual([
      profile,
      user,
      ["environment/x", "CLAW_MODEL"],
      ["settings/x", "--settings:1"],
      ["flag/x", "--model"],
    ]);
    const allow = bootIn(folder, ["--allowedTools", "Bash(flag)"], { CLAW_ALLOWED_TOOLS: "Bash(environment)" }).merged.explained.get(
      "config.claw/permissions.allow",
    );
    expect(allow?.value).toEqual(["Bash(user)", "Bash(environment)", "Bash(flag)"]);
  });

  test("of a profile that extends itself, or that is broken, are refused with the file", () => {
    using folder = temporaryFolder({
      "home/config/profiles/a.json": '{"extends": "b"}',
      "home/config/profiles/b.json": '{"extends": "a"}',
      "home/config/profiles/c.json": "{",
    });
    expect(refusal(() => bootIn(folder, ["--profile", "a"]))).toMatchObject({
      code: "SETTINGS_INVALID",
      data: { problems: [{ message: "the profile a extends itself" }] },
    });
    expect(refusal(() => bootIn(folder, ["--profile", "c"]))).toMatchObject({
      code: "SETTINGS_INVALID",
      data: { problems: [{ file: `${folder.path}/home/config/profiles/c.json`, line: 1, message: "is no valid JSON: close brace expected" }] },
    });
  });

  test("may configure an extension that this run leaves out: that is no mistake", () => {
    using folder = temporaryFolder({ "home/config/settings.json": '{"systemPrompt": {"claudeFiles": false}}' });
    expect(idsOf(bootIn(folder, ["--profile", "minimal"]))).not.toContain("claw/system-prompt");
    folder.write("home/config/settings.json", '{"systemPrompt": {"claudFiles": false}}');
    expect(refusal(() => bootIn(folder, ["--profile", "minimal"]))).toMatchObject({
      code: "SETTINGS_INVALID",
      data: { problems: [{ key: "systemPrompt.claudFiles", message: 'is unknown; did you mean "claudeFiles"?' }] },
    });
  });

  test("of the person do not count with --safe, broken or not", () => {
    using folder = temporaryFolder({ "home/config/settings.json": '{"models": {"default": "user/x"}' });
    expect(refusal(() => bootIn(folder, []))).toMatchObject({ code: "SETTINGS_INVALID" });
    expect(bootIn(folder, ["--safe"]).merged.explained.get("config.claw/model-router.default")).toBeUndefined();
  });
});

test("a run works in the folder it is told to, from wherever it was started", () => {
  using folder = temporaryFolder({ "inner/.git/HEAD": "", "inner/deep/file": "" });
  expect(bootIn(folder, ["--cwd", "inner/deep"]).workspace).toMatchObject({ cwd: join(folder.path, "inner/deep"), root: join(folder.path, "inner") });
  expect(refusal(() => bootIn(folder, ["--cwd", "none"]))).toMatchObject({
    code: "PATH_NOT_FOUND",
    message: `there is no folder ${join(folder.path, "none")}`,
  });
  expect(refusal(() => bootIn(folder, ["--cwd", "inner/deep/file"]))).toMatchObject({ code: "PATH_NOT_FOUND" });
});

describe("extensions", () => {
  test("are added and left out by name, and a name nobody has is held back", () => {
    using folder = temporaryFolder();
    expect(idsOf(bootIn(folder, ["--without", "claw/replay"]))).not.toContain("claw/replay");
    expect(idsOf(bootIn(folder, ["--profile", "minimal", "--with", "claw/replay"]))).toContain("claw/replay");
    const { plan } = bootIn(folder, ["--with", "acme/none"]);
    expect(plan.heldBack.find(({ extension }) => extension === "acme/none")).toMatchObject({
      why: "it is not installed",
      fix: expect.stringContaining("claw ext list --all"),
    });
    expect(refusal(() => bootIn(folder, ["--with", "acme/none", "--strict"]))).toMatchObject({ code: "EXTENSION_HELD_BACK" });
  });

  test("under development take the place of an installed one of the same name", () => {
    using folder = temporaryFolder({ "dev/extension.json": manifest("claw/replay", "say") });
    expect(bootIn(folder, ["--dev", join(folder.path, "dev")]).plan.extensions.find(({ id }) => id === "claw/replay")).toMatchObject({
      origin: "dev",
      tier: "trusted",
    });
  });

  test("under development with a manifest that is none are refused with a sentence", () => {
    using folder = temporaryFolder({
      "a/extension.json": "{",
      "b/extension.json": "[]",
      "c/extension.json": '{"name": "acme/c"}',
      "d/extension.json": "null",
      "e/extension.json": manifest("acme/e", "x").replace("{", '{"provides": {"tool": []},'),
      "f/extension.json": manifest("acme/f", "x").replace("{", '{"uses": "http",'),
      "g/extension.json": manifest("../g", "x"),
    });
    const code = (name: string): unknown => (refusal(() => bootIn(folder, ["--dev", join(folder.path, name)])) as { readonly code?: unknown }).code;
    expect(["a", "b", "c", "d", "e", "f", "g"].map(code)).toEqual(["E_META_SYNTAX", ...Array.from({ length: 6 }, () => "E_MANIFEST_SCHEMA")]);
  });
});

const signal = new AbortController().signal;
const storeIn = (folder: TemporaryFolder) => ({
  kind: "user" as const,
  folder: join(folder.path, "home/data/ext"),
  sealKeyFile: join(folder.path, "home/state/seal.key"),
});
const tools = "claw/tools-files";

describe("what the person's trust.json says of claw's own extensions", () => {
  const held = (folder: TemporaryFolder): readonly string[] =>
    bootIn(folder, [])
      .plan.heldBack.filter(({ extension }) => extension === tools)
      .map(({ why }) => why);
  const revoking = (): Trust => ({ publishers: {}, revoked: [{ severity: "malicious", name: tools, reason: "it steals" }] });

  test("holds where nothing was ever installed", async () => {
    using folder = temporaryFolder();
    expect(held(folder)).toEqual([]);
    await commitTrust(storeIn(folder), revoking, signal);
    expect(held(folder)).toEqual([expect.stringContaining("was revoked (malicious: it steals)")]);
  });

  test("holds beside a lock that something else has changed", async () => {
    using folder = temporaryFolder();
    await commitTrust(storeIn(folder), revoking, signal);
    writeFileSync(join(storeIn(folder).folder, "claw.lock"), "{}\n");
    expect([held(folder), bootIn(folder, []).plan.notices]).toEqual([
      [expect.stringContaining("was revoked")],
      [expect.stringContaining("the extensions you installed are left out")],
    ]);
  });

  test("is told in a list, whatever else there is to say", async () => {
    using folder = temporaryFolder();
    await commitTrust(storeIn(folder), () => ({ publishers: {}, revoked: [{ severity: "vulnerable", name: tools, reason: "a hole" }] }), signal);
    const booted = bootIn(folder, []);
    expect([booted.installed.notices.length, revocationTexts(booted)(booted.installed.package(tools))]).toEqual([1, "vulnerable: a hole"]);
  });

  test("takes trust back from whoever signs them", async () => {
    using folder = temporaryFolder();
    const publisher = openStore(bundledStore).get(tools)?.publisher ?? "";
    await commitTrust(storeIn(folder), () => ({ publishers: { [publisher]: { tier: "none" } }, revoked: [] }), signal);
    expect(held(folder)).toEqual([expect.stringContaining("is not trusted for tier")]);
  });
});
