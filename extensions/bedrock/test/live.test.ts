import { expect, test } from "vitest";
import { bedrock } from "./bedrock-setting.ts";

const { CLAW_LIVE, BEDROCK_MODEL: model = "", HOME } = process.env;

/** Against the real Bedrock, with the credentials of whoever runs it. */
test.skipIf(CLAW_LIVE !== "1" || model === "")("the real Bedrock answers", { timeout: 120_000 }, async () => {
  const environment = Object.fromEntries(Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined));
  const region = environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "";
  const provider = bedrock({ config: { region, idleTimeoutMs: 60_000 }, secrets: environment, environment, ...(HOME === undefined ? {} : { home: HOME }) });
  const messages = [{ role: "user", content: [{ type: "text", text: "Say the word hello and nothing else." }] }] as const;
  const texts: string[] = [];
  const reasons: string[] = [];
  for await (const event of provider.stream({ model, system: [], tools: [], messages, maxTokens: 2000 }, new AbortController().signal)) {
    if (event.type === "text-delta") texts.push(event.text);
    if (event.type === "end") reasons.push(event.reason);
  }
  expect([reasons, texts.join("").toLowerCase()]).toEqual([["stop"], expect.stringContaining("hello")]);
});
