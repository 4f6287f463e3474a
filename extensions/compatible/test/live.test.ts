import { expect, test } from "vitest";
import { named } from "./setting.ts";

const { CLAW_LIVE, COMPATIBLE_URL = "", COMPATIBLE_MODEL = "", COMPATIBLE_API_KEY } = process.env;

test.skipIf(CLAW_LIVE !== "1" || COMPATIBLE_URL === "" || COMPATIBLE_MODEL === "")(
  "a real server calls a tool",
  async () => {
    const provider = named("compatible", {
      secrets: COMPATIBLE_API_KEY === undefined ? {} : { COMPATIBLE_API_KEY },
      endpoints: { live: { url: COMPATIBLE_URL, key: COMPATIBLE_API_KEY === undefined ? "none" : "COMPATIBLE_API_KEY" } },
    });
    const tools = [{ name: "now", description: "Tells what time it is", input: { type: "object", properties: {} } }];
    const text = "What time is it? Call the tool now.";
    const calls: string[] = [];
    const request = { model: `live/${COMPATIBLE_MODEL}`, system: [], tools, messages: [{ role: "user", content: [{ type: "text", text }] }] } as const;
    for await (const event of provider.stream(request, AbortSignal.timeout(300_000)))
      if (event.type === "block" && event.block.type === "tool-call") calls.push(event.block.name);
    expect(calls).toEqual(["now"]);
  },
  300_000,
);
