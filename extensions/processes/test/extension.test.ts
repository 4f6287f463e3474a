import { ProcessesService } from "@claw/kernel";
import { load } from "@claw/testing";
import { expect, test } from "vitest";
import extension from "../src/index.ts";

const environment = { PATH: "/usr/bin:/bin", HOME: "/home/person", ANTHROPIC_API_KEY: "sk-ant-1", NPM_TOKEN: "npm-2", DATABASE_URL: "postgres://localhost" };

async function environmentOf(config: Record<string, unknown>): Promise<string> {
  await using claw = await load(extension, { config, environment });
  const call = { session: "s", cwd: claw.cwd, roots: [claw.cwd], signal: new AbortController().signal };
  await using running = await claw.service(ProcessesService).start(["env"], { merged: true }, call);
  let text = "";
  for await (const { bytes } of running.output) text += Buffer.from(bytes).toString();
  return text;
}

test("the service starts programs that know nothing of the keys in claw's own environment", async () => {
  const text = await environmentOf({});
  expect(text).toMatch(/^HOME=\/home\/person$/m);
  expect(text).not.toMatch(/sk-ant-1|npm-2|postgres/);
});

test("the settings name what else programs may know", async () => {
  const text = await environmentOf({ environment: ["DATABASE_URL", "ANTHROPIC_API_KEY"], secretEnvironment: ["NPM_TOKEN"] });
  expect(text).toMatch(/^DATABASE_URL=postgres:\/\/localhost$/m);
  expect(text).toMatch(/^NPM_TOKEN=npm-2$/m);
  expect(text).not.toContain("sk-ant-1");
});

test("what runs ends with the extension", async () => {
  const claw = await load(extension, { environment });
  const call = { session: "s", cwd: claw.cwd, roots: [claw.cwd], signal: new AbortController().signal };
  const running = await claw.service(ProcessesService).start(["sleep", "30"], {}, call);
  await claw[Symbol.asyncDispose]();
  expect((await running.exit).signal).toBe("SIGTERM");
  expect(() => process.kill(running.pid, 0)).toThrow();
});
