import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { configuredRules } from "../src/configured-rules.ts";
import { startOf } from "../src/permissions.ts";
import { noPolicy, policyOf, requireMode } from "../src/policy.ts";
import { toolNames } from "../src/tool-names.ts";

const names = toolNames({ names: [], about: () => undefined });
const settings = (origins: Readonly<Record<string, readonly (readonly [value: unknown, source: string])[]>>) => ({
  origins: (key: string) => (origins[key] ?? []).map(([value, source]) => ({ value, layer: "user", source })),
  policy: undefined,
  policyIn: () => Promise.resolve(undefined),
});
const none = { allow: [], ask: [], deny: [] };

describe("where a rule stands", () => {
  test("is the file and line it was written in, or that nobody said", () => {
    const origins = settings({
      allow: [
        ["Bash(npm test)", "/home/u/settings.json:4"],
        ["Read", "--allowed-tools"],
      ],
      deny: [["Bash(rm:*)", "/w/.claw/settings.json:2"]],
    });
    const rules = configuredRules({ allow: ["Bash(npm test)", "Read", "Edit"], ask: ["WebFetch"], deny: ["Bash(rm:*)"] }, origins, noPolicy, names);
    expect([...rules.deny, ...rules.ask, ...rules.allow].map(({ text, source }) => `${text} ${source}`)).toEqual([
      "Bash(rm:*) /w/.claw/settings.json:2",
      "WebFetch settings or flags",
      "Bash(npm test) /home/u/settings.json:4",
      "Read --allowed-tools",
      "Edit settings or flags",
    ]);
  });

  test("is named of each that is wrong", () => {
    const origins = settings({ allow: [["Bahs", "/a.json:1"]], deny: [["Raed", "/b.json:2"]] });
    expect(() => configuredRules({ ...none, allow: ["Bahs"], deny: ["Raed"] }, origins, noPolicy, names)).toThrow(
      '2 permission rules are invalid in /b.json:2, /a.json:1: "Raed": there is no tool Raed (/b.json:2); "Bahs": there is no tool Bahs (/a.json:1)',
    );
  });
});

describe("an administrator's policy", () => {
  const policy = (rules: Readonly<Record<string, unknown>>) =>
    policyOf({
      file: "/etc/claw/policy.json",
      rules,
      sourceOf: ([list, index]) => `/etc/claw/policy.json, ${list} ${index}`,
    });

  test("is none where nothing is given", () => {
    expect([policyOf(undefined), policy({})]).toEqual([noPolicy, { ...noPolicy, file: "/etc/claw/policy.json" }]);
  });

  test("adds what it denies and asks before everybody else's, each with the place it stands in", () => {
    const rules = configuredRules({ ...none, deny: ["Edit"] }, undefined, policy({ deny: ["Bash(curl:*)"], ask: ["WebFetch"] }), names);
    expect([...rules.deny, ...rules.ask].map(({ text, source }) => `${text} ${source}`)).toEqual([
      "Bash(curl:*) /etc/claw/policy.json, deny 0",
      "Edit settings or flags",
      "WebFetch /etc/claw/policy.json, ask 0",
    ]);
  });

  test("takes everybody's allow rules away, and a wrong one is a mistake all the same", () => {
    const strict = policy({ noAllowRules: true });
    expect(configuredRules({ ...none, allow: ["Bash"] }, undefined, strict, names).allow).toEqual([]);
    expect(() => configuredRules({ ...none, allow: ["Bahs"] }, undefined, strict, names)).toThrow("there is no tool Bahs");
  });

  test("limits the modes, under any of their names, and begins in one of them", () => {
    const limited = policy({ modes: ["plan", "acceptEdits"] });
    const start = (config: { readonly defaultMode?: string; readonly dangerouslySkipPermissions?: boolean }) =>
      startOf({ dangerouslySkipPermissions: false, ...config }, "settings", limited);
    expect(start({})).toEqual({ mode: "read-only", source: "/etc/claw/policy.json" });
    expect(start({ defaultMode: "workspace-write" })).toEqual({ mode: "workspace-write", source: "settings" });
    expect(startOf({ dangerouslySkipPermissions: false }, "settings", policy({ modes: ["auto", "prompt"] }))).toEqual({ mode: "prompt", source: "default" });
    for (const refused of [() => start({ defaultMode: "auto" }), () => start({ dangerouslySkipPermissions: true }), () => requireMode("allow", limited)])
      expect(refused).toThrow(
        expect.objectContaining({ code: "PERMISSION_MODE_FORBIDDEN", fix: expect.stringContaining("read-only, workspace-write") as unknown }),
      );
  });

  test("whatever it says, there are no more allow rules and no fewer others than without", () => {
    const rule = fc.constantFrom("Bash", "Bash(npm test)", "Bash(rm:*)", "Read", "Edit(*.ts)", "WebFetch(domain:x.com)", "mcp__a");
    const list = fc.array(rule, { maxLength: 4 });
    fc.assert(
      fc.property(
        fc.record({ allow: list, ask: list, deny: list }),
        fc.record({ deny: list, ask: list, noAllowRules: fc.boolean(), allow: list }),
        (config, given) => {
          const [before, after] = [noPolicy, policy(given)].map((one) => configuredRules(config, undefined, one, names));
          const texts = (rules: typeof before, key: "allow" | "ask" | "deny"): readonly string[] => (rules?.[key] ?? []).map(({ text }) => text);
          expect(texts(before, "allow")).toEqual(expect.arrayContaining([...texts(after, "allow")]));
          expect(texts(after, "deny")).toEqual(expect.arrayContaining([...texts(before, "deny"), ...given.deny]));
          expect(texts(after, "ask")).toEqual(expect.arrayContaining([...texts(before, "ask"), ...given.ask]));
        },
      ),
    );
  });
});
