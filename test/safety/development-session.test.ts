import { expect, test } from "vitest";
import { developmentSession } from "./development-session.ts";
import { deskIn, standing, type Given } from "./permissions/desk.ts";
import { smallService } from "./small-service.ts";

/** What is asked about in the session when every question is answered with "always" where that is offered. */
async function questions(given: Given): Promise<readonly string[]> {
  using place = smallService();
  const decide = deskIn(place);
  const granted: string[] = [];
  const asked: string[] = [];
  for (const { tool, input } of developmentSession) {
    const { decision, reason, remember } = await decide(tool, input, { ...given, allow: granted });
    if (decision === "allow") continue;
    asked.push(`${tool} ${JSON.stringify(input["command"] ?? input)}: ${decision}, ${reason}`);
    if (remember !== undefined && !granted.includes(remember)) granted.push(remember);
  }
  return asked;
}

test("the session has 200 calls", () => {
  expect(developmentSession).toHaveLength(200);
});

test("in auto with a sandbox it asks at most three times", async () => {
  const asked = await questions({ mode: "auto", wall: standing });
  expect(asked.length, asked.join("\n")).toBeLessThanOrEqual(3);
});

test("in prompt, with what was allowed for good remembered, it asks at most fifty times", async () => {
  const asked = await questions({ mode: "prompt", wall: standing });
  expect(asked.length, asked.join("\n")).toBeLessThanOrEqual(50);
});
