import { ClawError } from "@claw/kernel/host";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { printable } from "../src/printable.ts";
import { errorRecord, errorResult, errorText, exitCode } from "../src/report.ts";
import { plainText, table } from "../src/view-text.ts";

const known = new ClawError(
  "SESSION_LOCKED",
  "session 1 is open in another process",
  { session: "1", pid: 7 },
  { fix: "wait for process 7", cause: new Error("EEXIST") },
);

describe("an error, for people,", () => {
  test("is what, why, the fix and the code, and never a stack", () => {
    expect(errorText(known, false)).toBe("error: session 1 is open in another process\ncause: EEXIST\nfix: wait for process 7\ncode: SESSION_LOCKED\n");
  });

  test("of settings names every mistake with file and line", () => {
    const problems = [
      { file: "a.json", line: 3, key: "permisions", message: 'the key "permisions" is unknown; did you mean "permissions"?' },
      { file: "--settings", key: "limits.steps", message: "must be at least 1, not 0" },
      { file: "b.json", message: "is no file" },
    ];
    expect(errorText(new ClawError("SETTINGS_INVALID", "the settings have 3 mistakes", { problems }), false)).toBe(
      'error: the settings have 3 mistakes\n  a.json:3: the key "permisions" is unknown; did you mean "permissions"?\n  --settings: limits.steps must be at least 1, not 0\n  b.json: is no file\ncode: SETTINGS_INVALID\n',
    );
  });

  test("that is a defect is still one sentence, with a stack only when asked", () => {
    const defect = new TypeError("x is not a function");
    expect(errorText(defect, false)).toBe("error: x is not a function\ncode: INTERNAL\nfix: run again with --debug and report what it prints\n");
    expect(errorText(defect, true)).toContain("\n    at ");
    expect([errorText(new Error(""), false), errorText("", false)].map((text) => text.split("\n")[0])).toEqual([
      "error: something failed without saying why",
      "error: something failed without saying why",
    ]);
  });

  test("cannot repaint the terminal", () => {
    expect(errorText(new ClawError("USAGE", "no \u001b[2J\u0007\u009b31m\u202etxt.exe\r flag", {}), false)).toBe(
      "error: no \\x1b[2J\\x07\\x9b31m\\u{202e}txt.exe\\x0d flag\ncode: USAGE\n",
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (message, file) => {
        const text = errorText(
          new ClawError("SETTINGS_INVALID", message, { problems: [{ file, key: file, message }] }, { fix: message, cause: new Error(file) }),
          false,
        );
        expect(text).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\p{Cf}]/u);
      }),
    );
  });

  test("says nothing twice", () => {
    expect(errorText(new ClawError("NETWORK_FAILED", "the host said: EPIPE", { host: "h" }, { cause: new Error("EPIPE") }), false)).toBe(
      "error: the host said: EPIPE\ncode: NETWORK_FAILED\n",
    );
  });
});

test("an error, for programs, has the exit code in it", () => {
  expect(errorRecord(known)).toEqual({
    type: "error",
    code: "SESSION_LOCKED",
    message: "session 1 is open in another process",
    fix: "wait for process 7",
    exit_code: 10,
  });
  expect(errorResult(known)).toEqual({
    type: "result",
    subtype: "error_during_execution",
    is_error: true,
    num_turns: 0,
    errors: ["session 1 is open in another process"],
    exit_code: 10,
    session_id: null,
    error: { code: "SESSION_LOCKED", message: "session 1 is open in another process", fix: "wait for process 7" },
  });
  expect(errorRecord(new Error("oops"))).toEqual({ type: "error", code: "INTERNAL", message: "oops", exit_code: 1 });
});

test("exit codes are those of the table", () => {
  const codes = {
    USAGE: 2,
    SETTINGS_INVALID: 3,
    FOLDER_UNTRUSTED: 3,
    HOME_MISSING: 3,
    MODEL_NO_CREDENTIALS: 4,
    MODEL_AUTH: 4,
    E_CONSENT_REQUIRED: 5,
    LIMIT_REACHED: 6,
    MODEL_OVERLOADED: 7,
    NETWORK_FAILED: 7,
    E_SIG_INVALID: 8,
    E_NOT_INSTALLED: 9,
    SESSION_NOT_FOUND: 9,
    SESSION_LOCKED: 10,
    SESSION_DAMAGED: 11,
    E_SEAL: 11,
    TOOL_FAILED: 1,
  } as const;
  expect(Object.fromEntries(Object.keys(codes).map((code) => [code, exitCode(new ClawError(code as keyof typeof codes, "", {} as never))]))).toEqual(codes);
  expect(exitCode(new Error(""))).toBe(1);
});

describe("views as text", () => {
  test("end with one line feed", () => {
    expect([
      plainText({ type: "markdown", text: "# a\n\n" }),
      plainText({ type: "code", text: "b" }),
      plainText({ type: "diff", path: "p", patch: "+c\n" }),
      plainText({ type: "status", level: "info", text: "d" }),
      plainText({ type: "status", level: "warning", text: "e" }),
      plainText({ type: "table", columns: ["f", "g"], rows: [["1", "22"], ["333"]] }),
    ]).toEqual(["# a\n", "b\n", "+c\n", "d\n", "warning: e\n", "f    g\n1    22\n333\n"]);
  });

  test("of a table without rows are its columns, and of a very long one all of it", () => {
    expect(table(["a", "b"], [])).toBe("a  b\n");
    const rows = [["acme/word-list", "1.0.0", "https://ext.acme.example", "Counts the words of a text, and says which are common"]];
    const lines = (room: number): readonly string[] => table(["name", "version", "from", "what"], rows, room).trimEnd().split("\n");
    expect(lines(100)[1]).toBe("acme/word-list  1.0.0    https://ext.acme.example  Counts the words of a text, and says which are c…");
    for (const room of [40, 60, 80, 120]) expect([room, lines(room).filter((line) => line.length > room)]).toEqual([room, []]);
    expect(
      table(
        ["a"],
        Array.from({ length: 200_000 }, () => ["x"]),
      ).length,
    ).toBe(2 * 200_001);
  });
});

test("what is spelled out is what cannot be seen, and nothing else", () => {
  expect(printable("Grüße, 世界 👍\n\tx")).toBe("Grüße, 世界 👍\n\tx");
  expect(printable("a\u200bb\u2028c\u0000")).toBe("a\\u{200b}b\\u{2028}c\\x00");
});

test("words that a command does not take are answered with how it is used, for people and for programs", () => {
  const error = new ClawError("USAGE", 'thing has no verb "x"', { hint: "claw thing list\nclaw thing show ID" });
  expect(errorText(error, false)).toBe('error: thing has no verb "x"\nfix: claw thing list\n    claw thing show ID\ncode: USAGE\n');
  expect(errorRecord(error)).toMatchObject({ code: "USAGE", fix: "claw thing list\nclaw thing show ID" });
});
