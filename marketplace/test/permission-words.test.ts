import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { permissionDifference, permissionWords } from "../src/client/permission-words.ts";

type Permissions = Readonly<Record<string, unknown>>;
const nothing = { added: [], wider: [], gone: [] };

describe("permissions in words", () => {
  test("every kind, the most dangerous first", () => {
    const permissions: Permissions = {
      ui: ["notify", "ask"],
      prompt: true,
      models: true,
      tools: ["read_file"],
      conversation: "read",
      secrets: ["aws.bedrock"],
      env: ["AWS_REGION"],
      exec: [{ cmd: "aws", args: ["sso", "login", "**"] }, { cmd: "git" }, { cmd: "*" }, { cmd: "ls", args: [] }, { cmd: "*", args: ["--version"] }],
      fs: { read: ["workspace:**", "data:**", "path:/etc/hosts"], write: ["cache:**", "path:/**", "workspace:src/*"] },
      netInsecure: true,
      netPrivate: true,
      net: ["https://*.x.example", "config:baseUrl"],
      native: true,
    };
    expect(permissionWords(permissions)).toEqual([
      "ships programs that run with all your rights",
      "run `aws sso login …` on this machine",
      "run `git …` on this machine",
      "run `ls` on this machine",
      "run any program on this machine",
      "run any program with the arguments `--version` on this machine",
      "write every file on this machine",
      "read everything you and the model say",
      "read your secret `aws.bedrock`",
      "read `/etc/hosts` on this machine",
      "write `src/*` in the workspace",
      "reach this machine's own and private addresses on the network",
      "reach the network without encryption (http:)",
      "reach `https://*.x.example` on the network",
      "reach the server that your setting `baseUrl` names",
      "read every file in the workspace",
      "read the environment variable `AWS_REGION`",
      "call the tool `read_file`",
      "prompt your models at your cost",
      "give the model text of its own",
      "ask you questions",
      "show you notices",
      "write every file in its own cache folder",
      "read every file in its own data folder",
    ]);
  });

  test("who goes where others send it says so", () => {
    expect(permissionWords({ net: ["config:any"] })).toEqual(["reach whatever server others send it to"]);
  });

  test.each(["write", "metadata", "none"])("conversation %s has its own", (conversation) => {
    const words = {
      write: ["read and change everything you and the model say"],
      metadata: ["see when you and the model talk, and not what is said"],
      none: [],
    };
    expect(permissionWords({ conversation })).toEqual(words[conversation as keyof typeof words]);
  });

  test("what is off or empty says nothing", () => {
    expect(permissionWords({ net: [], fs: { read: [] }, exec: [], native: false, models: false, conversation: "none", ui: [] })).toEqual([]);
  });

  test("what this claw does not know is shown as it is, and near the top", () => {
    const permissions = {
      net: ["https://x.example"],
      camera: { front: true },
      fs: { read: ["data:**"], mount: ["path:/"] },
      exec: [{ cmd: "ls", as: "root" }],
      models: "yes",
      ui: ["listen"],
    };
    expect(permissionWords(permissions)).toEqual([
      'asks for what this claw does not know: `{"camera":{"front":true}}`',
      'asks for what this claw does not know: `{"exec":[{"as":"root","cmd":"ls"}]}`',
      'asks for what this claw does not know: `{"fs":{"mount":["path:/"]}}`',
      'asks for what this claw does not know: `{"models":"yes"}`',
      'asks for what this claw does not know: `{"ui":["listen"]}`',
      "reach `https://x.example` on the network",
      "read every file in its own data folder",
    ]);
  });

  test("no text of an author moves the cursor, hides or breaks out of its quotes", () => {
    const evil = "\u001b[2J\u202e`, and nothing else\u200b";
    const words = permissionWords({ net: [evil], secrets: [evil], exec: [{ cmd: evil, args: [evil] }], [evil]: evil });
    expect(words).toHaveLength(4);
    for (const word of words) {
      expect(word).toMatch(/(?:\\x1b|\\u001b)\[2J\\u\{202e\}\\x60, and nothing else\\u\{200b\}/);
      expect(word).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(word.split("`")).toHaveLength(3);
    }
  });

  test("an argument that holds a space is told from two", () => {
    expect(
      permissionWords({
        exec: [
          { cmd: "a", args: ["b c", "", "it's", "…"] },
          { cmd: "a", args: ["b", "c"] },
        ],
      }),
    ).toEqual(["run `a 'b c' '' 'it\\'s' '…'` on this machine", "run `a b c` on this machine"]);
  });
});

describe("what other permissions mean", () => {
  const net = (...origins: readonly string[]): Permissions => ({ net: origins });
  const read = (...globs: readonly string[]): Permissions => ({ fs: { read: globs } });
  const exec = (cmd: string, args?: readonly string[]): Permissions => ({ exec: [{ cmd, ...(args === undefined ? {} : { args }) }] });

  test.each<[string, Permissions, Permissions]>([
    ["one host of a pattern", net("https://*.x.example"), net("https://a.x.example")],
    ["the usual port said", net("https://x.example"), net("https://x.example:443")],
    ["a narrower star", net("https://*.x.example"), net("https://a-*.x.example")],
    ["one file of a folder", read("data:**"), read("data:a/b.txt")],
    ["a folder of a folder", read("path:/etc/**"), read("path:/etc/ssl/**")],
    ["one file of a pattern", read("workspace:src/*.ts"), read("workspace:src/a.ts")],
    ["arguments of any", exec("aws", ["sso", "**"]), exec("aws", ["sso", "login", "**"])],
    ["one program of any", exec("*", ["**"]), exec("aws", ["x"])],
    ["any arguments said", exec("aws", ["**"]), exec("aws")],
    ["less of the conversation", { conversation: "write" }, { conversation: "metadata" }],
    ["something off", {}, { native: false, models: false, conversation: "none" }],
  ])("nothing, when it is inside: %s", (_what, before, after) => {
    expect({ ...permissionDifference(before, after), gone: [] }).toEqual(nothing);
  });

  test.each<[string, Permissions, Permissions, string]>([
    [
      "a star for a host",
      net("https://a.x.example"),
      net("https://*.x.example"),
      "reach `https://*.x.example` on the network (until now: reach `https://a.x.example` on the network)",
    ],
    ["a folder for a file", read("data:a"), read("data:**"), "read every file in its own data folder (until now: read `a` in its own data folder)"],
    ["more arguments", exec("aws", ["sso"]), exec("aws", ["**"]), "run `aws …` on this machine (until now: run `aws sso` on this machine)"],
    [
      "more of the conversation",
      { conversation: "read" },
      { conversation: "write" },
      "read and change everything you and the model say (until now: read everything you and the model say)",
    ],
  ])("wider: %s", (_what, before, after, words) => {
    expect(permissionDifference(before, after)).toMatchObject({ added: [], wider: [words] });
  });

  test.each<[string, Permissions, Permissions]>([
    ["another scheme", net("https://x.example"), net("wss://x.example")],
    ["another port", net("https://x.example"), net("https://x.example:8443")],
    ["another level of a host", net("https://*.x.example"), net("https://a.b.x.example")],
    ["a host that only ends alike", net("https://*.x.example"), net("https://evilx.example")],
    ["a place outside by two dots", read("data:**"), read("data:../../etc/passwd")],
    ["another place", read("workspace:**"), read("path:/workspace/**")],
    ["a folder that only begins alike", read("path:/etc/**"), read("path:/etcetera/a")],
    ["a pattern beyond stars", read("data:*"), read("data:{a,b}")],
    ["a deeper file than a star", read("data:*"), read("data:a/b")],
    ["to write what could be read", read("data:**"), { fs: { write: ["data:**"] } }],
    ["any arguments where none were said to be any", exec("aws", []), exec("aws")],
    ["two patterns for one host", net("https://a.x.example"), net("https://b.x.example")],
    ["a permission this claw does not know", {}, { camera: true }],
  ])("new, when it is not proved to be inside: %s", (_what, before, after) => {
    expect(permissionDifference(before, after)).toMatchObject({ added: [expect.any(String)], wider: [] });
  });

  test("what is gone is told", () => {
    expect(permissionDifference({ native: true, net: ["https://x.example"] }, net("https://x.example"))).toEqual({
      ...nothing,
      gone: ["ships programs that run with all your rights"],
    });
  });
});

describe("whatever is asked for", () => {
  const label = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
  const starred = fc.oneof(
    label,
    fc.constant("*"),
    label.map((text) => `${text}*`),
  );
  const origin = fc.tuple(fc.array(starred, { maxLength: 2 }), label).map(([labels, host]) => `https://${[...labels, host, "example"].join(".")}`);
  const glob = fc
    .tuple(fc.constantFrom("workspace:", "data:", "cache:", "path:/"), fc.array(fc.oneof(starred, fc.constant("**")), { minLength: 1, maxLength: 4 }))
    .map(([place, path]) => place + path.join("/"));
  const program = fc.record({ cmd: label, args: fc.array(starred, { maxLength: 3 }) });
  const permissions = fc.record(
    {
      net: fc.array(origin, { maxLength: 3 }),
      fs: fc.record({ read: fc.array(glob, { maxLength: 3 }), write: fc.array(glob, { maxLength: 3 }) }, { requiredKeys: [] }),
      exec: fc.array(program, { maxLength: 3 }),
      env: fc.array(label, { maxLength: 3 }),
      secrets: fc.array(label, { maxLength: 3 }),
      tools: fc.array(label, { maxLength: 3 }),
      conversation: fc.constantFrom("none", "metadata", "read", "write"),
      models: fc.boolean(),
      netPrivate: fc.boolean(),
      netInsecure: fc.boolean(),
      prompt: fc.boolean(),
      native: fc.boolean(),
      ui: fc.subarray(["notify", "ask"]),
      later: fc.string(),
    },
    { requiredKeys: [] },
  );

  test("every part of it is in the words", () => {
    fc.assert(
      fc.property(permissions, ({ net = [], fs = {}, exec = [], env = [], secrets = [], tools = [], ...rest }) => {
        const asked: Permissions = { net, fs, exec, env, secrets, tools, ...rest };
        const words = permissionWords(asked);
        const globs = [...(fs.read ?? []), ...(fs.write ?? [])].map((text) => text.replace(/^[a-z]+:/, "")).filter((text) => !/^\/?\*\*$/.test(text));
        for (const text of [...net, ...env, ...secrets, ...tools, ...globs]) expect(words.some((word) => word.includes(`\`${text}\``))).toBe(true);
        for (const { cmd, args } of exec) expect(words.some((word) => word.startsWith(`run \`${[cmd, ...args].join(" ")}`))).toBe(true);
        const others = Object.entries(rest).flatMap(([key, value]): readonly Permissions[] =>
          value === false || value === "none" ? [] : Array.isArray(value) ? value.map((each) => ({ [key]: [each] })) : [{ [key]: value }],
        );
        for (const one of others) for (const word of permissionWords(one)) expect(words).toContain(word);
        expect(others.every((one) => permissionWords(one).length === 1)).toBe(true);
      }),
    );
  });

  test("the same is no difference, and less is nothing new", () => {
    fc.assert(
      fc.property(permissions, (asked) => {
        expect(permissionDifference(asked, asked)).toEqual(nothing);
        expect(permissionDifference(asked, {})).toMatchObject({ added: [], wider: [] });
      }),
    );
  });

  test("everything is either new, wider or was there", () => {
    fc.assert(
      fc.property(permissions, permissions, (before, after) => {
        const { added, wider } = permissionDifference(before, after);
        const both = permissionDifference({}, after).added;
        if (added.length + wider.length === 0) expect(permissionDifference(after, before).gone).toEqual([]);
        expect(both).toEqual(expect.arrayContaining([...added]));
      }),
    );
  });

  test("what is inside a glob matches nothing that the glob does not", () => {
    const matcher = (pattern: string): RegExp =>
      new RegExp(`^${pattern.replace(/[.:/]/g, "\\$&").replace(/\*\*|\*/g, (star) => (star === "**" ? ".+" : "[^/]*"))}$`);
    const path = fc.tuple(fc.constantFrom("data:"), fc.array(label, { minLength: 1, maxLength: 4 })).map(([place, parts]) => place + parts.join("/"));
    const dataGlob = glob.map((text) => text.replace(/^[a-z]+:\/?/, "data:"));
    fc.assert(
      fc.property(dataGlob, dataGlob, path, (old, now, file) => {
        const { added, wider } = permissionDifference({ fs: { read: [old] } }, { fs: { read: [now] } });
        fc.pre(added.length + wider.length === 0 && !old.includes("**/") && matcher(now).test(file));
        expect(matcher(old).test(file)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

test("a pattern made to be slow is not", () => {
  const star = (count: number): string => `data:${Array.from({ length: count }, () => "**").join("/")}/a`;
  const text = `https://${"a*".repeat(200)}.x.example`;
  const start = performance.now();
  permissionDifference({ fs: { read: [star(400)] }, net: [text] }, { fs: { read: [star(500), star(5000)] }, net: [`https://${"a".repeat(400)}.x.example`] });
  expect(performance.now() - start).toBeLessThan(2000);
});
