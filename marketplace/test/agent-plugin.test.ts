import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readAgentPlugin } from "../src/compat/agent-plugin.ts";
import { openLocal } from "../src/compat/local-source.ts";
import { admitted, agentPlugin, agentSchema, almost, endsWell, folderOf, manifestIn, onlyOffer, tarred, withFile } from "./foreign-plugins.ts";
import { contextOf } from "./offered-packages.ts";
import { temporaryStore } from "./package-source.ts";
import { laterRefusalOf, refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const origin = { scope: "local", source: "./notes" };

describe("an Agent Plugins package", () => {
  test("is its skills and its servers, with what its author says to claw alone", () => {
    const { files, inactive } = readAgentPlugin(agentPlugin, origin);
    expect(manifestIn(files)).toEqual({
      name: "local/acme-notes",
      version: "1.1.0",
      displayName: "Acme notes",
      description: "Notes",
      license: "MIT",
      engines: { claw: "^1.0.0" },
      content: {
        skills: ["./skills/*/SKILL.md"],
        mcpServers: { notes: { type: "stdio", command: "node", args: ["${PLUGIN_ROOT}/server.mjs"], env: { LEVEL: "${NOTES_LEVEL}" } } },
      },
      permissions: { exec: [{ cmd: "node", args: ["**"] }], env: ["NOTES_LEVEL"], prompt: true },
      "x-source": { format: "agent-plugin", from: "./notes" },
      "x-inactive": inactive,
      "x-variables": { PLUGIN_ROOT: "package", PLUGIN_DATA: "data" },
    });
    expect(inactive).toEqual([
      "skills: this version gives no skills of a package to the model",
      'the MCP server "notes": this version connects to no server of a package',
      'what it has for "com.example.client" is for another program',
    ]);
  });

  const said = (more: object) => withFile(agentPlugin, "plugin.json", { $schema: agentSchema, name: "notes", ...more });
  const served = (more: object, document: object = {}) =>
    withFile(agentPlugin, "mcp.json", {
      $schema: agentSchema.replace("plugin.schema", "mcp.schema"),
      mcpServers: { notes: { type: "stdio", command: "node", ...more } },
      ...document,
    });
  test.each([
    ["E_FOREIGN", "a field that its schema does not have", said({ hooks: {} })],
    ["E_FOREIGN", "another version of the schema", said({ $schema: "https://agent-plugins.org/schemas/9.0.0/plugin.schema.json" })],
    ["E_FOREIGN", "no name", said({ name: "" })],
    ["E_FOREIGN", "a name with dots that step up", said({ name: "a..b" })],
    ["E_FOREIGN", "a name in upper case", said({ name: "Notes" })],
    ["E_FOREIGN", "an author that is no object", said({ author: "Ann" })],
    ["E_FOREIGN", "an author with something else than texts", said({ author: { name: 1 } })],
    ["E_FOREIGN", "keywords that are no texts", said({ keywords: [1] })],
    ["E_FOREIGN", "extensions that are no objects", said({ extensions: { "dev.claw": "x" } })],
    ["E_FOREIGN", "something that claw does not know in its own part", said({ extensions: { "dev.claw": { permissions: {} } } })],
    ["E_VERSION", "a range that is none in its own part", said({ extensions: { "dev.claw": { engines: { claw: "1.x.y.z" } } } })],
    ["E_FOREIGN", "a config that is none in its own part", said({ extensions: { "dev.claw": { config: { pattern: "x" } } } })],
    ["E_VERSION", "a version that is none", said({ version: "one" })],
    ["E_FOREIGN", "a server with a field that its schema does not have", served({ headersHelper: "x" })],
    ["E_FOREIGN", "a server without a type", served({ type: undefined })],
    ["E_FOREIGN", "servers of another schema", served({}, { $schema: "x" })],
    ["E_FOREIGN", "servers with a field beside them", served({}, { servers: {} })],
    ["E_FOREIGN", "neither a skill nor a server", said({}).filter(({ path }) => path === "plugin.json")],
    ["E_FOREIGN", "no plugin.json", agentPlugin.filter(({ path }) => path !== "plugin.json")],
  ])("%s: is refused with %s", (code, _, files) => {
    expect(refusalOf(() => readAgentPlugin(files, origin))).toBe(code);
  });

  test("with a link in it is refused, in a folder as in an archive", async () => {
    using folder = folderOf(agentPlugin);
    symlinkSync("../plugin.json", join(folder.path, "skills/link.json"));
    using store = temporaryStore();
    const { context } = await contextOf(store);
    expect(await laterRefusalOf(openLocal(folder.path, context))).toBe("E_TAR_SYMLINK");
  });

  test("is found by its schema, in a folder and in an archive", async () => {
    using folder = folderOf(agentPlugin);
    using packed = temporaryFolder({ "notes.tgz": tarred(agentPlugin) });
    using store = temporaryStore();
    const { context } = await contextOf(store);
    for (const path of [folder.path, join(packed.path, "notes.tgz")]) {
      const { entry } = await admitted(await onlyOffer(await openLocal(path, context), "local/acme-notes"));
      expect([entry.foreign, entry.publisher]).toEqual(["agent-plugin", `unsigned:${pathToFileURL(path).href}`]);
    }
  });

  test("is never anything but mapped or refused with a ClawError, whatever its documents say", async () => {
    for (const path of ["plugin.json", "mcp.json"]) {
      const document: unknown = JSON.parse(Buffer.from(agentPlugin.find((file) => file.path === path)?.data ?? "").toString());
      await fc.assert(
        fc.asyncProperty(almost(document), (text) => endsWell(() => readAgentPlugin(withFile(agentPlugin, path, text), origin))),
        { numRuns: 300 },
      );
    }
  });
});
