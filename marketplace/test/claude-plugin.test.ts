import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArchiveFile } from "../src/archive/tree-digest.ts";
import { readClaudePlugin } from "../src/compat/claude-plugin.ts";
import { fileOf } from "./archive-forgery.ts";
import { almost, endsWell, guardPlugin, manifestIn, serversPlugin, withFile, wordsPlugin } from "./foreign-plugins.ts";
import { refusalOf } from "./refusal.ts";

const origin = { scope: "ann", source: "./plugin" };
const variables = { CLAUDE_PLUGIN_ROOT: "package", CLAUDE_PLUGIN_DATA: "data" };
const notConnected = (name: string): string => `the MCP server "${name}": this version connects to no server of a package`;

describe("a plugin of Claude Code", () => {
  test("of text alone is declarative, asks to put text before the model, and says that nothing of it is active", () => {
    const { files, manifest, inactive } = readClaudePlugin(wordsPlugin, origin);
    const notActive = ["agents", "commands", "skills"].map((kind) => `${kind}: this version gives no ${kind} of a package to the model`);
    expect(manifest).toEqual({
      name: "ann/words",
      version: "1.2.0",
      description: "Plain words",
      license: "MIT",
      repository: "https://git.example/ann/words",
      engines: { claw: ">=1.0.0" },
      content: { skills: ["./skills/*/SKILL.md"], agents: ["./agents/*.md"], commands: ["./commands/*.md", "./commands/git/*.md"] },
      permissions: { prompt: true },
      "x-source": { format: "claude-plugin", from: "./plugin" },
      "x-inactive": notActive,
      "x-variables": variables,
    });
    expect(inactive).toEqual(notActive);
    expect(manifestIn(files)).toEqual(manifest);
    expect(files.filter(({ executable }) => executable)).toEqual([]);
    expect(files.map(({ path }) => path).filter((path) => path !== "extension.json")).toEqual(wordsPlugin.map(({ path }) => path).sort());
  });

  test("with hooks asks for what they would do", () => {
    const { manifest, files } = readClaudePlugin(guardPlugin, origin);
    expect(manifest.content).toEqual({ hookScripts: "./hooks/hooks.json", bin: ["./scripts/look.sh"] });
    expect(manifest.permissions).toEqual({
      net: ["https://notify.example:8443"],
      exec: [{ cmd: "*" }],
      env: ["GUARD_LEVEL"],
      secrets: ["NOTIFY_TOKEN"],
      conversation: "write",
      models: true,
      native: true,
    });
    expect(manifestIn(files)["x-inactive"]).toEqual([
      "programs of its own (1) are not put on anybody's PATH",
      'the hooks of "Notification", "PreToolUse", "Stop", "UserPromptSubmit": this version runs no hooks of a package',
    ]);
    expect(files.filter(({ executable }) => executable).map(({ path }) => path)).toEqual(["scripts/look.sh"]);
  });

  test("whose hooks only look on, by programs started without a shell, asks for those and to read", () => {
    const hooks = {
      PostToolUse: [
        {
          hooks: [
            { type: "command", command: "python3", args: ["x.py"] },
            { type: "mcp_tool", server: "s", tool: "t" },
          ],
        },
      ],
    };
    const { manifest, files } = readClaudePlugin([fileOf(".claude-plugin/plugin.json", JSON.stringify({ name: "look", version: "1.0.0", hooks }))], origin);
    expect(manifest.permissions).toEqual({ exec: [{ cmd: "python3", args: ["**"] }], conversation: "read" });
    expect(manifest.content).toEqual({ hookScripts: "./claw-hooks.json" });
    expect(JSON.parse(Buffer.from(files.find(({ path }) => path === "claw-hooks.json")?.data ?? "").toString())).toEqual({ hooks });
  });

  test("with servers and programs says where they go, and what is not known yet", () => {
    const { manifest } = readClaudePlugin(serversPlugin, origin);
    expect(manifest.content).toEqual({
      mcpServers: {
        notes: { type: "stdio", command: "./bin/notes", args: ["--data", "${CLAUDE_PLUGIN_DATA}"], env: { LEVEL: "${NOTES_LEVEL}" } },
        local: { type: "sse", url: "http://localhost:8080/sse" },
        later: { type: "http", url: "https://${DOCS_HOST}/mcp" },
        docs: { type: "http", url: "https://mcp.docs.example/mcp", headers: { "x-key": "${DOCS_API_KEY}" } },
      },
      bin: ["./bin/notes"],
    });
    expect(manifest.permissions).toEqual({
      net: ["http://localhost:8080", "https://mcp.docs.example"],
      netPrivate: true,
      netInsecure: true,
      exec: [{ cmd: "*" }],
      env: ["DOCS_HOST", "NOTES_LEVEL"],
      secrets: ["DOCS_API_KEY"],
      native: true,
    });
    expect(readClaudePlugin(serversPlugin, origin).inactive).toEqual(
      [
        "language servers: claw has no place for them",
        "output styles: claw has no place for them",
        "programs of its own (1) are not put on anybody's PATH",
        notConnected("docs"),
        notConnected("later"),
        'the MCP server "later": its address "https://${DOCS_HOST}/mcp" is only known when it is used, so no permission covers it',
        notConnected("local"),
        notConnected("notes"),
      ].sort(),
    );
  });

  test("names parts in other places, and parts that claw has no place for", () => {
    const files = [
      fileOf(
        ".claude-plugin/plugin.json",
        JSON.stringify({
          name: "odd",
          version: "1.0.0",
          commands: ["./extra/one.md", "./more"],
          skills: "./know",
          agents: { a: { source: "./who/a.md" } },
          dependencies: ["words"],
          userConfig: { token: {} },
          experimental: { themes: "./t.json" },
        }),
      ),
      ...["extra/one.md", "more/two.md", "know/x/SKILL.md", "who/a.md", "monitors/m.json"].map((path) => fileOf(path)),
    ];
    const { manifest, inactive } = readClaudePlugin(files, origin);
    expect(manifest.content).toEqual({ skills: ["./know/*/SKILL.md"], agents: ["./who/a.md"], commands: ["./extra/one.md", "./more/*.md"] });
    expect(inactive.filter((sentence) => sentence.endsWith("no place for them"))).toEqual([
      "monitors: claw has no place for them",
      'other plugins that it needs ("words"): claw has no place for them',
      'settings that it asks the person for ("token"): claw has no place for them',
      "themes: claw has no place for them",
    ]);
  });

  const hooked = (hooks: unknown): readonly ArchiveFile[] => withFile(wordsPlugin, "hooks/hooks.json", { hooks });
  const served = (server: unknown): readonly ArchiveFile[] => withFile(wordsPlugin, ".mcp.json", { mcpServers: { s: server } });
  const said = (more: object): readonly ArchiveFile[] => withFile(wordsPlugin, ".claude-plugin/plugin.json", { name: "words", version: "1.0.0", ...more });
  test.each([
    ["E_FOREIGN", "a name that is not one", said({ name: "../words" })],
    ["E_FOREIGN", "a name of claw's own scope's kind", said({ name: "Words" })],
    ["E_FOREIGN", "no name", withFile(wordsPlugin, ".claude-plugin/plugin.json", {})],
    ["E_VERSION", "a version that is none", said({ version: "1.0" })],
    ["E_FOREIGN", "more paths than anybody writes", said({ commands: Array.from({ length: 201 }, () => "./commands") })],
    [
      "E_FOREIGN",
      "more servers than anybody has",
      said({ mcpServers: Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`s${index}`, { command: "x" }])) }),
    ],
    ["E_FOREIGN", "a path that leaves it", said({ commands: "./../x.md" })],
    ["E_FOREIGN", "a path that is not relative", said({ skills: "/etc" })],
    ["E_FOREIGN", "paths that are numbers", said({ agents: [1] })],
    ["E_FOREIGN", "a path too long for a manifest", [...said({}), fileOf(`commands/${"d/".repeat(4)}${"x".repeat(90)}/a.md`)]],
    ["E_FOREIGN", "hooks that are not there", said({ hooks: "./nowhere.json" })],
    ["E_FOREIGN", "hooks of no event", hooked({ "no event": [] })],
    ["E_FOREIGN", "hooks of no known type", hooked({ Stop: [{ hooks: [{ type: "javascript" }] }] })],
    ["E_FOREIGN", "a hook without a command", hooked({ Stop: [{ hooks: [{ type: "command" }] }] })],
    ["E_FOREIGN", "hooks that are no list", hooked({ Stop: { hooks: [] } })],
    ["E_FOREIGN", "a server without a command", served({ args: ["x"] })],
    ["E_FOREIGN", "a server of an unknown type", served({ type: "pipe", command: "x" })],
    ["E_FOREIGN", "a server whose arguments are numbers", served({ command: "x", args: [1] })],
    ["E_FOREIGN", "a server whose environment is a list", served({ command: "x", env: ["A=1"] })],
    [
      "E_FOREIGN",
      "a server named twice",
      withFile(withFile(wordsPlugin, ".mcp.json", { mcpServers: { s: { command: "x" } } }), ".claude-plugin/plugin.json", {
        name: "words",
        mcpServers: { s: { command: "y" } },
      }),
    ],
    ["E_FOREIGN", "a manifest of claw's own", [...wordsPlugin, fileOf("extension.json", "{}")]],
    ["E_FOREIGN", "nothing that claw has a place for", [fileOf(".claude-plugin/plugin.json", '{"name":"empty"}')]],
    ["E_META_SYNTAX", "JSON that is none", withFile(wordsPlugin, ".claude-plugin/plugin.json", "{")],
    ["E_META_DUPKEY", "a key that is there twice", withFile(wordsPlugin, ".claude-plugin/plugin.json", '{"name":"a","name":"b"}')],
    ["E_META_PROTO", "a key that reaches a prototype", withFile(wordsPlugin, ".mcp.json", '{"mcpServers":{"__proto__":{"command":"x"}}}')],
    ["E_PATH_FORBIDDEN", "what a package never holds", [...wordsPlugin, fileOf("node_modules/x/index.js")]],
    ["E_PATH_COLLISION", "two files that are one on some systems", [...wordsPlugin, fileOf("readme.md")]],
  ])("%s: is refused with %s", (code, _, files) => {
    expect(refusalOf(() => readClaudePlugin(files, origin))).toBe(code);
  });

  test("is never anything but mapped or refused with a ClawError, whatever its documents say", async () => {
    const documents = [...wordsPlugin, ...guardPlugin, ...serversPlugin].filter(({ path }) => path.endsWith(".json"));
    for (const { path, data } of documents) {
      const files = [wordsPlugin, guardPlugin, serversPlugin].find((all) => all.some((file) => file.path === path && file.data === data)) ?? [];
      await fc.assert(
        fc.asyncProperty(almost(JSON.parse(Buffer.from(data).toString())), (text) => endsWell(() => readClaudePlugin(withFile(files, path, text), origin))),
        { numRuns: 150 },
      );
    }
  });
});
