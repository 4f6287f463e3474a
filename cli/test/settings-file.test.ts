import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { SettingsProblem } from "@claw/kernel/host";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSettings, readSettingsFile } from "../src/settings-file.ts";
import { temporaryFolder } from "./folder.ts";

const parsed = (text: string): { readonly values: unknown; readonly problems: readonly SettingsProblem[] } => {
  const problems: SettingsProblem[] = [];
  return { values: parseSettings(text, "settings.json", problems)?.values, problems };
};
const problem = (line: number, message: string): SettingsProblem => ({ file: "settings.json", line, message });

describe("a settings file", () => {
  test("is JSON with comments and trailing commas", () => {
    expect(parsed('{\n  // why\n  "tools": ["a", /* b */ "c",],\n  "limits": { "steps": 3, },\n}\n')).toEqual({
      values: { tools: ["a", "c"], limits: { steps: 3 } },
      problems: [],
    });
  });

  test("may be empty, hold only comments, or begin with a byte order mark", () => {
    expect(["", " \n", "// later\n", '\uFEFF{"tools": []}'].map((text) => parsed(text))).toEqual([
      { values: {}, problems: [] },
      { values: {}, problems: [] },
      { values: {}, problems: [] },
      { values: { tools: [] }, problems: [] },
    ]);
  });

  test("with a syntax error names the line of each", () => {
    expect(parsed('{\n  "a": 1\n  "b" 2\n}\n').problems).toEqual([
      problem(3, "is no valid JSON: comma expected"),
      problem(3, "is no valid JSON: colon expected"),
    ]);
    expect(parsed("{").problems).toEqual([problem(1, "is no valid JSON: close brace expected")]);
    expect(parsed('\uFEFF{\n"a": 1\n"b": 2\n}\n').problems).toEqual([problem(3, "is no valid JSON: comma expected")]);
  });

  test.each(["[1]", '"text"', "3", "null", "true"])("that is %s and no object is refused", (text) => {
    expect(parsed(text)).toEqual({ values: undefined, problems: [problem(1, "must be an object")] });
  });

  test("may say a key once only, and none that reaches for a prototype", () => {
    const { values, problems } = parsed('{\n "a": {\n  "__proto__": {"x": 1},\n  "b": 1,\n  "b": 2\n },\n "constructor": 1, "prototype": 2\n}');
    expect(values).toEqual({ a: { b: 1 } });
    expect(problems).toEqual([
      { ...problem(3, 'the key "__proto__" is not allowed'), key: "__proto__" },
      { ...problem(5, 'the key "b" stands twice'), key: "b" },
      { ...problem(7, 'the key "constructor" is not allowed'), key: "constructor" },
      { ...problem(7, 'the key "prototype" is not allowed'), key: "prototype" },
    ]);
    expect(({} as { readonly x?: number }).x).toBeUndefined();
  });

  test("says the line of every value, of its parent where a path leads nowhere", () => {
    const file = parseSettings('{\n "a": {\n  "b": [\n   1,\n   2\n  ]\n }\n}', "f", []);
    expect([["a"], ["a", "b"], ["a", "b", 1], ["a", "c"], [], ["nothing"]].map((path) => file?.lineOf(path))).toEqual([2, 3, 5, 2, 1, 1]);
  });
});

describe("a settings file that is none", () => {
  test("is refused over 1 MiB, and read at exactly that", () => {
    const filled = (size: number): string => `{"tools": []}${" ".repeat(size - 13)}`;
    expect(parsed(filled(1024 * 1024)).problems).toEqual([]);
    expect(parsed(filled(1024 * 1024 + 1)).problems).toEqual([{ file: "settings.json", message: "has 1048577 bytes, more than settings may have (1048576)" }]);
    using folder = temporaryFolder({ "settings.json": filled(1024 * 1024 + 1) });
    const problems: SettingsProblem[] = [];
    expect(readSettingsFile(join(folder.path, "settings.json"), problems)).toBeUndefined();
    expect(problems.map(({ message }) => message)).toEqual(["has 1048577 bytes, more than settings may have (1048576)"]);
  });

  test("costs no more than a moment, however many mistakes it holds and however deep it goes", () => {
    const began = performance.now();
    expect(parsed("x ".repeat(500_000)).problems.length).toBe(100);
    expect(parsed(`{${'"a":1,\n'.repeat(140_000)}"a":1}`).problems.length).toBe(100);
    expect(parsed("[".repeat(1_000_000)).problems).toEqual([{ file: "settings.json", message: "is nested too deeply" }]);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("is not there, or is below a file: then there are no settings and no problem", () => {
    using folder = temporaryFolder({ file: "" });
    const problems: SettingsProblem[] = [];
    expect([readSettingsFile(join(folder.path, "none.json"), problems), readSettingsFile(join(folder.path, "file/settings.json"), problems), problems]).toEqual(
      [undefined, undefined, []],
    );
  });

  test.runIf(process.platform !== "win32")("is a folder, a pipe or a device, and is never waited for", () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, "folder"));
    execFileSync("mkfifo", [join(folder.path, "pipe")]);
    for (const file of [join(folder.path, "folder"), join(folder.path, "pipe"), "/dev/zero"]) {
      const problems: SettingsProblem[] = [];
      expect([readSettingsFile(file, problems), problems]).toEqual([undefined, [{ file, message: "is no file" }]]);
    }
  });
});

test("whatever a file holds, it is read or refused with a sentence, and never thrown", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.string().map((text) => `{"a": ${text}`),
      ),
      (text) => {
        const { values, problems } = parsed(text);
        expect(values !== undefined || problems.length > 0).toBe(true);
        expect(problems.every(({ message }) => message !== "")).toBe(true);
      },
    ),
  );
});

test("a JSON object is read as what it is", () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.string(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie("value")),
      fc.dictionary(key, tie("value")),
    ),
  })).value;
  fc.assert(
    fc.property(fc.dictionary(key, value), (object) => {
      expect(parsed(JSON.stringify(object))).toEqual({ values: JSON.parse(JSON.stringify(object)), problems: [] });
    }),
  );
});

const key = fc.string().filter((text) => !["__proto__", "constructor", "prototype"].includes(text));
