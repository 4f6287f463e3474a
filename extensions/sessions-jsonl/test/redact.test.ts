import { readFileSync } from "node:fs";
import type { LogEntry } from "@claw/kernel";
import { firstEntry } from "@claw/testing/conformance";
import fc from "fast-check";
import { expect, test } from "vitest";
import { redactor } from "../src/redact.ts";
import { session, sessionsFolder, workspace } from "./folder.ts";

const note = (text: string): LogEntry => ({ seq: 1, at: "", type: "note", text, author: "test" });
const textOf = (environment: Readonly<Record<string, string>>, text: string): unknown => (redactor(environment)(note(text)) as { readonly text?: unknown }).text;

// Put together here so that no scanner takes this file for a leak.
const join = (...parts: readonly string[]): string => parts.join("");
const pemLine = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";
const begin = join("-----BEGIN RSA ", "PRIVATE KEY-----");
const end = join("-----END RSA ", "PRIVATE KEY-----");

test("values of variables named like secrets are replaced by the variable's name", () => {
  const environment = { MY_API_KEY: "correct+horse(battery", DB_PASSWORD: "hunter2hunter2", CI_TOKEN: "abc", PATH: "/usr/bin:/bin", Session_Secret: " padded-secret-value\n" };
  expect(textOf(environment, "a=correct+horse(battery b=hunter2hunter2 c=abc d=/usr/bin:/bin e=padded-secret-value")).toBe(
    "a=[redacted:MY_API_KEY] b=[redacted:DB_PASSWORD] c=abc d=/usr/bin:/bin e=[redacted:Session_Secret]",
  );
});

test("the longer of two secrets that begin alike is replaced whole", () => {
  expect(textOf({ A_KEY: "secretsecret", B_KEY: "secretsecret-longer" }, "secretsecret-longer secretsecret")).toBe("[redacted:B_KEY] [redacted:A_KEY]");
});

test("what has the published shape of a key is replaced by its kind", () => {
  const cases: readonly (readonly [text: string, redacted: string])[] = [
    [join("sk-", "ant-api03-AbCdEfGhIjKlMnOpQrSt"), "[redacted:anthropic-key]"],
    [join("sk-", "proj-abc123def456ghi789jkl"), "[redacted:api-key]"],
    [join("sk-", "0123456789abcdef0123456789abcdef"), "[redacted:api-key]"],
    [join("AKIA", "IOSFODNN7EXAMPLE"), "[redacted:aws-key]"],
    [join("ghp_", "abcdefghijklmnopqrstuvwxyz0123456789"), "[redacted:github-token]"],
    [join("gho_", "abcdefghijklmnopqrstuvwxyz0123456789"), "[redacted:github-token]"],
    [join("github_", "pat_11ABCDEFG0abcdefghijkl_mnop"), "[redacted:github-token]"],
    [join("AIza", "SyA-1234567890abcdefghijklmnopqrstu"), "[redacted:google-key]"],
    [join("xox", "b-123456789012-abcdefghij"), "[redacted:slack-token]"],
    [`${begin}\n${pemLine}\n${pemLine}\n${end}`, "[redacted:private-key]"],
    [`1\u2192${begin}\n2\u2192${pemLine}\n3\u2192${pemLine}\n4\u2192${end}`, "1\u2192[redacted:private-key]"],
    [JSON.stringify(`${begin}\n${pemLine}\n${pemLine}\n${end}\n`), '"[redacted:private-key]\\n"'],
    [`${begin}\n${pemLine}\n${pemLine}`, "[redacted:private-key]"],
  ];
  for (const [text, redacted] of cases) {
    for (const [before, after] of [["", ""], ["export K=", "\n"], ['{"key":"', '"}'], ["\n", ", and more"]] as const) {
      // A cut off private key has no end of its own.
      if (!text.includes("PRIVATE") || text.includes("END") || after === "") expect(textOf({}, before + text + after)).toBe(before + redacted + after);
    }
  }
});

test("what only resembles a key stays", () => {
  for (const text of ["sk-fading-circle-container-before", "task-0123456789abcdef0123456789", "AKIA is a prefix", "AIzaShort", "xoxo-love", `grep '${begin}' .`, "ghp_short", "disk-2026-11-22-backup-0001"]) {
    expect(textOf({}, text)).toBe(text);
  }
});

test("luggage and base64 stay as they are, but for the values of known secrets", () => {
  const lookalike = join("AKIA", "IOSFODNN7EXAMPLE");
  const entry: LogEntry = {
    seq: 1, at: "", type: "reply", model: "p/m", ms: 0,
    content: [
      { type: "reasoning", text: lookalike, luggage: { p: { signature: `${lookalike} known-secret` } } },
      { type: "image", mediaType: "image/png", data: lookalike },
      { type: "tool-call", id: "c", name: "bash", input: { command: `echo ${lookalike}`, data: lookalike } },
    ],
  };
  expect(redactor({ THE_KEY: "known-secret" })(entry)).toEqual({
    ...entry,
    content: [
      { type: "reasoning", text: "[redacted:aws-key]", luggage: { p: { signature: `${lookalike} [redacted:THE_KEY]` } } },
      { type: "image", mediaType: "image/png", data: lookalike },
      { type: "tool-call", id: "c", name: "bash", input: { command: "echo [redacted:aws-key]", data: "[redacted:aws-key]" } },
    ],
  });
});

test("an entry without secrets is handed on as the same value", () => {
  const entry: LogEntry = { seq: 1, at: "", type: "tool-result", call: "c", tool: "bash", content: [{ type: "text", text: "nothing" }], outcome: "ok", ms: 1, details: { deep: [[{ x: null }]] } };
  expect(redactor({ A_KEY: "secretsecret" })(entry)).toBe(entry);
});

test("no known secret of any form survives in any text", () => {
  const secret = fc.string({ minLength: 8 }).filter((text) => text.trim().length >= 8 && !"[redacted:THE_KEY]".includes(text.trim()));
  fc.assert(fc.property(secret, fc.string(), fc.string(), (value, before, after) => {
    expect(String(textOf({ THE_KEY: value }, `${before}${value.trim()}${after}`))).toContain("[redacted:THE_KEY]");
  }));
});

test("hostile text costs no more than its length", () => {
  const redact = redactor({ A_KEY: "secretsecret" });
  const time = (text: string): number => {
    const began = process.cpuUsage();
    redact(note(text));
    return process.cpuUsage(began).user / 1000;
  };
  const hostile = ["sk-", " sk-a", "-----BEGIN ", begin, `${begin}${"A".repeat(60)}.`, "AIza", "secretsecre", "xox", " sk-ant-"];
  for (const text of hostile) expect(time(text.repeat(Math.ceil(1_000_000 / text.length)))).toBeLessThan(1000);
});

test("a log in a file never holds the secret", async () => {
  using folder = sessionsFolder();
  const store = folder.store({ redact: redactor({ GITHUB_TOKEN: "quote\"and\\back slash" }) });
  await store.create(firstEntry(session, { workspace }));
  await store.append(session, note("say quote\"and\\back slash twice: quote\"and\\back slash"));
  expect(readFileSync(folder.log, "utf8")).toContain('"say [redacted:GITHUB_TOKEN] twice: [redacted:GITHUB_TOKEN]"');
});
