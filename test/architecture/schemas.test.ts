import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { validateManifest } from "@claw/kernel/host";
import { readSchemas } from "../../schemas/generate/schema-files.ts";
import { filesIn, read } from "./source.ts";

const schemas = readSchemas();
const ajv = new Ajv2020({ schemas: schemas.map((schema) => ({ ...schema })), keywords: ["tsType"], strict: true, strictRequired: false, discriminator: true });
const fits = (schema: string, value: unknown): boolean => ajv.validate(schema, value) as boolean;

/** The example of extensions.md §3.2. */
const example = {
  $schema: "./extension.schema.json",
  name: "acme/bedrock",
  version: "1.4.0",
  displayName: "Amazon Bedrock",
  description: "Bedrock model provider",
  license: "Apache-2.0",
  repository: "https://github.com/acme/claw-ext-bedrock",
  engines: { claw: "^1.2.0" },
  main: "./dist/index.mjs",
  provides: {
    provider: { "acme-bedrock": { description: "Models on Amazon Bedrock", models: ["anthropic.*", "amazon.*"] } },
    tool: { bedrock_models: { description: "Lists models", input: { type: "object" }, effect: "network", aliases: [] }, "acme__*": { dynamic: true } },
    classifier: { "acme-dlp": { description: "Asks before data leaves", verdicts: ["deny", "ask"] } },
    transport: { "acme-ws": { schemes: ["wss"] } },
    exporter: { "acme-otlp": { signals: ["logs"] } },
    view: { bedrock_models: { description: "A table of models" } },
    service: { "acme/quota": { description: "What is left this month", platforms: ["linux", "darwin"] } },
    command: { "bedrock-login": { description: "Bedrock: log in" } },
  },
  hooks: { PreToolUse: { guard: { match: "bash" } } },
  uses: ["secrets", "workspace", "processes?"],
  after: [],
  content: {
    skills: ["./skills/*/SKILL.md"],
    agents: ["./agents/*.md"],
    commands: ["./commands/*.md"],
    mcpServers: { acme: { type: "http", url: "https://mcp.acme.example" } },
    hookScripts: "./hooks/hooks.json",
    bin: [],
  },
  permissions: {
    net: ["https://bedrock-runtime.*.amazonaws.com", "https://sts.amazonaws.com", "https://mcp.acme.example"],
    fs: { read: ["data:**"], write: ["data:**"] },
    exec: [{ cmd: "aws", args: ["sso", "login", "**"] }],
    env: ["AWS_PROFILE", "AWS_REGION"],
    secrets: ["aws.bedrock"],
    conversation: "read",
    tools: [],
    models: false,
    ui: ["notify"],
    prompt: true,
    native: false,
  },
  optionalPermissions: { net: ["https://iam.amazonaws.com"] },
  config: {
    type: "object",
    properties: { region: { type: "string", default: "us-east-1", maxLength: 32, flag: "bedrock-region", description: "AWS region" } },
  },
  dependencies: { "acme/aws-auth": "^2.1.0" },
};

const problems = (change: object): readonly string[] => validateManifest({ ...example, ...change }).map(({ path, message }) => `${path} ${message}`);

describe("the manifest's schema", () => {
  test("takes the example of the specification", () => {
    expect(validateManifest(example)).toEqual([]);
    expect(problems({ "x-anything": { goes: 1 } })).toEqual([]);
  });

  test.each(filesIn("extensions/*/extension.json", "marketplace/templates/*/extension.json"))("takes %s", (path) => {
    expect(validateManifest(JSON.parse(read(path)))).toEqual([]);
  });

  test("says every mistake at once, where it is and what was meant", () => {
    expect(
      validateManifest({
        name: "Acme/x",
        version: "v1",
        uess: [],
        provides: { tol: {}, tool: { Read: { description: "", efect: "read" } } },
        permissions: { conversation: "all" },
      })
        .map(({ path, message }) => `${path} ${message}`)
        .sort(),
    ).toEqual([
      "engines is missing",
      'main is missing, and "provides" needs it',
      'name must have the form "acme/bedrock", not "Acme/x"',
      'permissions.conversation must be one of "none", "metadata", "read", "write", not "all"',
      'provides.tol is unknown; did you mean "tool"?',
      'provides.tool.Read has a name that is not of the form "read_file"',
      "provides.tool.Read.description must not be empty",
      'provides.tool.Read.efect is unknown; did you mean "effect"?',
      "provides.tool.Read.effect is missing",
      "provides.tool.Read.input is missing",
      'uess is unknown; did you mean "uses"?',
      'version must have the form "1.4.0", not "v1"',
    ]);
    expect(validateManifest([])).toEqual([{ path: "", message: "must be an object, not a list" }]);
    expect(validateManifest({ name: "a/b", version: "1.0.0", engines: { claw: "^1" }, permissions: {} })).toEqual([
      { path: "", message: 'needs "provides", "hooks" or "content"' },
    ]);
  });

  test.each([
    ["a scope alone", { name: "acme" }],
    ["three segments", { name: "a/b/c" }],
    ["a trailing slash", { name: "a/b/" }],
    ["capitals", { name: "A/b" }],
    ["two hyphens", { name: "a/b--c" }],
    ["a device", { name: "acme/con" }],
    ["a prototype's name", { name: "constructor/x" }],
    ["a long name", { name: `a/${"b".repeat(65)}` }],
    ["a line break", { name: "acme/x\n" }],
    ["a prefixed version", { version: "v1.0.0" }],
    ["build metadata", { version: "1.0.0+a" }],
    ["a leading zero", { version: "01.0.0" }],
    ["a short version", { version: "1.0" }],
    ["a path that leaves", { main: "./../x.js" }],
    ["one that leaves later", { main: "./a/../../x.js" }],
    ["an empty segment", { main: "./a//x.js" }],
    ["an absolute main", { main: "/x.js" }],
    ["a main of TypeScript", { main: "./x.ts" }],
    ["no main", { main: undefined }],
    ["an unknown slot", { provides: { tools: {} } }],
    ["an unknown event", { hooks: { PreToolCall: {} } }],
    ["a stage the event lacks", { hooks: { PostCompact: { guard: {} } } }],
    ["a match where there is no tool", { hooks: { Stop: { decide: { match: "bash" } } } }],
    ["a static tool with a star", { provides: { tool: { "x__*": { description: "x", input: { type: "object" }, effect: "none" } } } }],
    ["a dynamic tool without one", { provides: { tool: { x: { dynamic: true } } } }],
    ["an unknown effect", { provides: { tool: { x: { description: "x", input: { type: "object" }, effect: "all" } } } }],
    ["any host", { permissions: { net: ["*"] } }],
    ["any host of a top level", { permissions: { net: ["https://*.com"] } }],
    ["a path in an origin", { permissions: { net: ["https://a.example/x"] } }],
    ["a file anywhere", { permissions: { fs: { read: ["/etc/passwd"] } } }],
    ["a program by path", { permissions: { exec: [{ cmd: "/bin/sh" }] } }],
    ["any variable", { permissions: { env: ["*"] } }],
    ["a secret as a variable", { permissions: { env: ["AWS_SECRET_ACCESS_KEY"] } }],
    ["any version of a dependency", { dependencies: { "acme/x": "*" } }],
    ["no version of one", { dependencies: { "acme/x": "" } }],
    ["a settings key of claw's own", { settings: "extensions" }],
    ["a pattern in a config", { config: { type: "object", properties: { x: { type: "string", pattern: "x" } } } }],
    ["scripts", { scripts: { postinstall: "x" } }],
  ])("refuses %s", (_, change) => {
    const { main, ...rest } = { ...example, ...change } as Record<string, unknown>;
    expect(validateManifest(main === undefined ? rest : { main, ...rest })).not.toEqual([]);
  });

  test("and its validator mean the same, whatever a manifest becomes", () => {
    const junk = fc.oneof(fc.constantFrom<unknown>(null, 0, "", "x", [], {}, true, "*", -1), fc.string());
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.option(junk, { nil: undefined })), { minLength: 1, maxLength: 3 }), (changes) => {
        const manifest = changes.reduce<unknown>((value, [place, by]) => changed(value, place, by), example);
        expect(validateManifest(manifest).length === 0).toBe(fits("extension.schema.json", manifest));
      }),
      { numRuns: 500 },
    );
  });

  /** A copy in which one place is replaced, or removed; which one, `place` says. */
  function changed(value: unknown, place: number, by: unknown): unknown {
    const text: unknown[] = [];
    const target = place % count(value);
    const visit = (inner: unknown): unknown => {
      if (text.push(0) - 1 === target) return by;
      if (Array.isArray(inner)) return inner.map(visit).filter((item) => item !== undefined);
      if (typeof inner !== "object" || inner === null) return inner;
      return Object.fromEntries(
        Object.entries(inner)
          .map(([key, item]) => [key, visit(item)])
          .filter(([, item]) => item !== undefined),
      );
    };
    return visit(value) ?? null;
  }
  const count = (value: unknown): number =>
    typeof value === "object" && value !== null ? Object.values(value).reduce<number>((sum, item) => sum + count(item), 1) : 1;
});

describe("a schema", () => {
  test.each(schemas.map(({ $id }) => $id))("%s is JSON Schema 2020-12 in ajv's strictest reading", (id) => {
    expect(ajv.getSchema(id)).toBeTypeOf("function");
    expect(schemas.find(({ $id }) => $id === id)).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema" });
  });

  test("has an example that fits for every pattern in it", () => {
    const unfit: string[] = [];
    const visit = (part: unknown): void => {
      if (typeof part !== "object" || part === null) return;
      const { pattern, examples } = part as { readonly pattern?: unknown; readonly examples?: readonly string[] };
      if (typeof pattern === "string" && !new RegExp(pattern, "u").test(examples?.[0] ?? "\0")) unfit.push(pattern);
      Object.values(part).forEach(visit);
    };
    visit(schemas);
    expect(unfit).toEqual([]);
  });

  test.each(filesIn("cli/profiles/*.json"))("profile.schema.json takes %s", (path) => {
    expect(fits("profile.schema.json", JSON.parse(read(path))) || ajv.errors).toBe(true);
  });

  test("settings.schema.json leaves the keys that manifests claim to them", () => {
    expect(
      fits("settings.schema.json", {
        permissions: { allow: [] },
        limits: { steps: 5, usd: 0.5 },
        without: ["acme/x"],
        prefer: { "tool:read_file": "acme/fast" },
      }),
    ).toBe(true);
    expect(fits("settings.schema.json", { limits: { steps: 0 } })).toBe(false);
    expect(fits("settings.schema.json", { limits: { step: 1 } })).toBe(false);
    expect(fits("settings.schema.json", { prefer: { read_file: "acme/fast" } })).toBe(false);
  });

  test("session.schema.json takes the lines of a log and refuses a torn one", () => {
    const stamp = { seq: 3, at: "2026-11-22T08:00:00.000Z" };
    expect(
      fits("session.schema.json", {
        ...stamp,
        type: "tool-result",
        call: "c1",
        tool: "read_file",
        content: [{ type: "text", text: "x" }],
        outcome: "ok",
        ms: 1.5,
        details: { lines: 1 },
      }),
    ).toBe(true);
    expect(
      fits("session.schema.json", {
        ...stamp,
        type: "tool-result",
        call: "c1",
        tool: "read_file",
        content: [{ type: "txt", text: "x" }],
        outcome: "ok",
        ms: 1,
      }),
    ).toBe(false);
    expect(fits("session.schema.json", { type: "note", text: "x", author: "y" })).toBe(false);
    expect(fits("turn-event.schema.json", { type: "text-delta", text: "x" })).toBe(true);
  });
});
