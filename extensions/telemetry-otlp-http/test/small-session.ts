import type { LogEntry } from "@claw/kernel";
import { entryOf, session } from "./setting.ts";

/** A session as it is stored: a prompt, a command that fails, an end. What was said in it begins with a star. */
export const smallSession: readonly LogEntry[] = [
  { type: "session", version: 1, id: session, cwd: "/home/ada/*project", workspace: "00112233aabbccdd", claw: "1.2.3" },
  { type: "changed", key: "model", value: "bedrock/eu.anthropic.claude-opus-5-5-v1:0", author: "person" },
  { type: "changed", key: "title", value: "*Fix it", author: "person" },
  { type: "prompt", content: [{ type: "text", text: "*Fix the build" }], source: "person" },
  {
    type: "reply",
    content: [
      { type: "reasoning", text: "*They want it fixed" },
      { type: "text", text: "*I will run the tests" },
      { type: "tool-call", id: "call_1", name: "bash", input: { command: "*npm test", timeoutMs: 1000 } },
    ],
    model: "bedrock/eu.anthropic.claude-opus-5-5-v1:0",
    ms: 1234.5,
    usage: { inputTokens: 10, outputTokens: 20, cacheReadTokens: 1000, cacheWriteTokens: 50, reasoningTokens: 5, costUsd: 0.0123 },
    reason: "tool-calls",
    requestId: "req_011CSHoEeqs5C35K2UUqR7Fy",
  },
  {
    type: "judged",
    call: "call_1",
    tool: "bash",
    input: { command: "*npm test", timeoutMs: 1000 },
    verdict: "allow",
    opinions: [{ author: "claw/permissions", stage: "decide", decision: "allow", reason: "*a rule" }],
    answer: "allow-once",
    decidedBy: "person",
    reason: "*you said so",
  },
  { type: "tool-result", call: "call_1", tool: "bash", content: [{ type: "text", text: "*1 failed" }], outcome: "failed", ms: 800, details: { exit: 1 } },
  { type: "fault", extension: "acme/format", where: "PostToolUse observe", code: "EXTENSION_TIMEOUT", message: "*it took too long" },
  { type: "note", text: "*the formatter was not run", author: "acme/format" },
  { type: "compacted", through: 5, summary: "*a build was fixed", trigger: "auto", tokensBefore: 900, tokensAfter: 100 },
  { type: "turn-end", reason: "failed", code: "MODEL_OVERLOADED", message: "*the model is busy" },
].map((body, seq) => entryOf(seq, body));
