import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { place } from "./claw.ts";

/** Loaded before the program: whoever opens a connection is written down and refused. */
const watch = `
import { writeFileSync } from "node:fs";
import net from "node:net";
net.Socket.prototype.connect = (...target) => {
  writeFileSync(process.env.CONNECTED, JSON.stringify(target[0]));
  throw new Error("a connection was opened");
};
`;

test("claw demo shows the failing test, the edit and the passing test, without a key and without a connection", async () => {
  await using here = await place();
  const [preload, connected] = [join(here.root, "watch.mjs"), join(here.root, "connected.json")];
  writeFileSync(preload, watch);
  const ran = await here.run(["demo"], { node: ["--import", preload], env: { CONNECTED: connected, CLAW_MODEL: "nobody/nothing", CLAW_PROFILE: "minimal" } });
  expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining("All 3 tests pass") });
  const all = ran.stderr;
  const [failing, edited, passing] = ["2 passed, 1 failed", "edited cart.js", "3 passed, 0 failed"].map((text) => all.indexOf(text));
  expect([failing, edited, passing].every((at) => (at ?? -1) >= 0)).toBe(true);
  expect([failing, edited, passing]).toEqual([failing, edited, passing].toSorted((a, b) => (a ?? 0) - (b ?? 0)));
  expect(existsSync(connected)).toBe(false);
  // It leaves nothing: no session of the person's, nothing in the folder of temporary files.
  expect(here.logs()).toEqual([]);
  const [, copy = ""] = /is in (\S+)/.exec(all) ?? [];
  expect([copy.startsWith(tmpdir()) || copy.includes("claw-demo-"), existsSync(copy)]).toEqual([true, false]);
  expect(readdirSync(here.project)).toEqual([]);
});

test("claw demo --json is one object", async () => {
  await using here = await place();
  const ran = await here.run(["demo", "--json"]);
  expect([ran.code, JSON.parse(ran.stdout)]).toMatchObject([0, { type: "result", is_error: false, num_turns: 5, exit_code: 0, permission_denials: [] }]);
});

test("a recorded session plays again in the same project, and a request that was not recorded says what differs", async () => {
  const { startAnthropicServer } = await import("../wire/anthropic-server.ts");
  await using server = await startAnthropicServer([
    { blocks: [{ type: "tool-call", id: "toolu_1", name: "read_file", json: '{"path":"a.txt"}' }] },
    { blocks: [{ type: "text", text: "It says x." }] },
  ]);
  await using here = await place({ files: { "a.txt": "x\n" } });
  const cassette = join(here.root, "session.cassette");
  const recorded = await here.run(["-p", "what does it say?", "--record", cassette], {
    env: { ANTHROPIC_API_KEY: "sk-ant-very-secret", ANTHROPIC_BASE_URL: server.url },
  });
  expect(recorded).toMatchObject({ code: 0, stdout: "It says x.\n" });
  expect(readFileSync(cassette, "utf8")).not.toContain("sk-ant-very-secret");
  expect(await here.run(["-p", "what does it say?", "--replay", cassette, "--offline"])).toMatchObject({ code: 0, stdout: "It says x.\n" });
  here.write("a.txt", "y\n");
  const changed = await here.run(["-p", "what does it say?", "--replay", cassette, "--offline"]);
  expect([changed.code, /^code: CASSETTE_MISMATCH$/m.test(changed.stderr)]).toEqual([1, true]);
  const broken = await here.run(["-p", "hi", "--replay", join(here.root, "none.cassette")]);
  expect(broken.stderr).toMatch(/^error: .*none\.cassette/m);
});
