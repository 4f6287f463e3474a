import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Place, call, place, say } from "./claw.ts";

const require = createRequire(import.meta.url);
/** The protocol's own server of everything. */
const everything = join(dirname(require.resolve("@modelcontextprotocol/server-everything/package.json")), "dist/index.js");
const servers = { every: { command: process.execPath, args: [everything, "stdio"] }, gone: { command: "no-such-server" }, far: { url: "https://mcp.example" } };

/** claw with MCP installed as a person installs it, and these servers in their settings. */
async function withServers(here: Place, named: object, settings: object = {}): Promise<void> {
  for (const name of ["mcp", "mcp-stdio"]) expect((await here.run(["ext", "add", name, "--yes"])).code).toBe(0);
  mkdirSync(join(here.home, "config"), { recursive: true });
  writeFileSync(
    join(here.home, "config/settings.json"),
    JSON.stringify({ extensions: { "claw/mcp": "*", "claw/mcp-stdio": "*" }, mcp: { servers: named }, ...settings }),
  );
}

describe("MCP servers on the command line", () => {
  test("are listed, tried and read; what is wrong with one is said beside it", { timeout: 60_000 }, async () => {
    await using here = await place();
    await withServers(here, servers);
    const listed = await here.run(["mcp", "list", "--json"]);
    expect([
      listed.code,
      listed.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as object),
    ]).toMatchObject([
      1,
      [
        { type: "mcp-server", name: "every", status: "connected" },
        { name: "gone", status: "failed", failure: { code: "PROGRAM_NOT_FOUND" } },
        { name: "far", status: "failed", failure: { code: "MCP_SERVER_INVALID", fix: "claw ext add mcp-http" } },
      ],
    ]);
    expect(await here.run(["mcp", "call", "every", "echo", '{"message":"hi"}'])).toMatchObject({ code: 0, stdout: "Echo: hi\n", stderr: "" });
    expect(await here.run(["mcp", "accept", "every"])).toMatchObject({ code: 0, stdout: expect.stringMatching(/mcp__every__echo +unseen +Echoes/) as string });
    expect(await here.run(["mcp", "accept", "every"])).toMatchObject({ code: 0, stderr: expect.stringContaining("as they were accepted") as string });
    expect(await here.run(["mcp", "connect", "evry"])).toMatchObject({ code: 9, stderr: expect.stringContaining("fix: did you mean every?") as string });
    expect(await here.run(["mcp", "connect", "gone"])).toMatchObject({
      code: 127,
      stderr: expect.stringContaining("no-such-server is not installed") as string,
    });
    expect(await here.run(["mcp", "call", "every", "echo", "[]"])).toMatchObject({ code: 2 });
    expect(await here.run(["mcp", "login", "every"])).toMatchObject({ code: 3, stderr: expect.stringContaining("fix: claw ext add mcp-oauth") as string });
  });

  test("give the model tools, which ask like everything that may do anything", { timeout: 60_000 }, async () => {
    const turn = [call("mcp__every__echo", { message: "from the model" }), say("Done.")];
    await using here = await place({ script: [...turn, ...turn] });
    await withServers(here, { every: servers.every });
    const refused = await here.run(["-p", "go"]);
    expect([refused.code, here.sent[0]?.tools.includes("mcp__every__echo")]).toEqual([0, true]);
    expect(JSON.stringify(here.sent[1]?.turns.at(-1))).toMatch(/denied|not allowed|Permission/);
    await here.run(["-p", "go", "--allowedTools", "mcp__every__echo"]);
    expect(JSON.stringify(here.sent[3]?.turns.at(-1))).toContain("Echo: from the model");
  });

  test("of a project are not connected to (MCP STDIO config to exec, CVE-2025-54136)", async () => {
    await using here = await place();
    await withServers(here, {});
    mkdirSync(join(here.project, ".claw"), { recursive: true });
    writeFileSync(
      join(here.project, ".claw/settings.json"),
      JSON.stringify({ mcp: { servers: { evil: { command: "touch", args: [join(here.project, "planted")] } } } }),
    );
    writeFileSync(join(here.project, ".mcp.json"), JSON.stringify({ mcpServers: { evil: { command: "touch", args: [join(here.project, "planted")] } } }));
    await here.run(["trust", "--yes"]);
    const listed = await here.run(["mcp", "list", "--json"]);
    expect(listed.stdout).not.toContain("evil");
  });
});
