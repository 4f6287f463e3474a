import { type Available, type Choice, type Manifest, checkConfig, inRange, nearest, resolve } from "@claw/kernel/host";
import fc from "fast-check";
import { expect, test } from "vitest";

const manifest = (name: string, more: Partial<Manifest> = {}): Manifest => ({ name, version: "1.2.0", engines: { claw: "^1.0.0" }, permissions: {}, ...more });

function plan(manifests: readonly Manifest[], choice: Partial<Choice> = {}, given: readonly string[] = []) {
  return resolve({
    choice: { extensions: Object.fromEntries(manifests.map(({ name }) => [name, "^1"])), without: [], prefer: {}, config: {}, ...choice },
    available: new Map(manifests.map((one) => [one.name, { manifest: one, tier: "trusted", origin: "test" } satisfies Available])),
    platform: "linux",
    version: "1.0.0",
    given: new Set(given),
  });
}

const tool = (name: string, aliases: readonly string[] = []) => ({
  provides: { tool: { [name]: { description: name, effect: "read" as const, input: {}, aliases } } },
});

test("a name that two extensions claim belongs to the first, and the later one is held back whole with the line that settles it", () => {
  const { owners, heldBack, extensions } = plan([manifest("a/one", tool("read_file")), manifest("b/two", tool("fast_read", ["READ_file"]))]);
  expect(owners.get("tool:read_file")).toBe("a/one");
  expect(extensions.map(({ id }) => id)).toEqual(["a/one"]);
  expect(heldBack).toEqual([
    {
      extension: "b/two",
      code: "clash",
      why: "tool:read_file belongs to a/one",
      fix: 'add "prefer": { "tool:read_file": "b/two" } to settings.json, or --without a/one',
    },
  ]);
});

test("with a preference only that name moves, and the rest of the other extension stays", () => {
  const both = { provides: { tool: { read_file: { description: "", effect: "read" as const }, glob: { description: "", effect: "read" as const } } } };
  const result = plan([manifest("a/one", both), manifest("b/two", tool("read_file"))], { prefer: { "tool:read_file": "b/two" } });
  expect(result.heldBack).toEqual([]);
  expect(Object.fromEntries(result.owners)).toEqual({ "tool:read_file": "b/two", "tool:glob": "a/one" });
  expect(result.extensions.find(({ id }) => id === "a/one")?.yielded).toEqual(["tool:read_file"]);
});

test("providers of a service come before those who use it, wherever the profile puts them", () => {
  const user = manifest("a/user", { uses: ["http"], ...tool("fetch") });
  const provider = manifest("b/provider", { provides: { service: { http: { description: "" } } } });
  expect(plan([user, provider]).extensions.map(({ id }) => id)).toEqual(["b/provider", "a/user"]);
});

test("whoever needs a service that nobody provides is held back, and so is whoever needed that one", () => {
  const first = manifest("a/first", { uses: ["quota"] });
  const second = manifest("b/second", { uses: ["http"], provides: { service: { quota: { description: "" } } } });
  expect(plan([first, second]).heldBack.map(({ extension, why }) => [extension, why])).toEqual([
    ["b/second", 'it needs the service "http", which no chosen extension provides'],
    ["a/first", 'it needs the service "quota", which no chosen extension provides'],
  ]);
  expect(plan([first, second], {}, ["http"]).heldBack).toEqual([]);
});

test("an optional service may be absent", () => {
  expect(plan([manifest("a/user", { uses: ["sandbox?"], ...tool("bash") })]).heldBack).toEqual([]);
});

test("a cycle and an unknown after are reported by name", () => {
  const one = manifest("a/one", { after: ["b/two"] });
  const two = manifest("b/two", { after: ["a/one"] });
  const three = manifest("c/three", { after: ["d/four"] });
  const { heldBack, notices, extensions } = plan([one, two, three]);
  expect(heldBack.map(({ extension, code }) => [extension, code])).toEqual([
    ["a/one", "cycle"],
    ["b/two", "cycle"],
  ]);
  expect(notices).toEqual(["c/three wants to come after d/four, which is not in the profile"]);
  expect(extensions.map(({ id }) => id)).toEqual(["c/three"]);
});

test("what is missing, too old or made for another claw is held back with a remedy", () => {
  const { heldBack } = plan([manifest("a/old", { version: "0.9.0" }), manifest("b/next", { engines: { claw: "^2.0.0" } })], {
    extensions: { "a/old": "^1", "b/next": "*", "c/gone": "*" },
  });
  expect(heldBack.map(({ extension, code, fix }) => [extension, code, fix])).toEqual([
    ["a/old", "version", 'change its range in "extensions", or --without a/old'],
    ["b/next", "engine", "--without b/next"],
    ["c/gone", "not-installed", "claw ext list --all, or --without c/gone"],
  ]);
});

test("a platform that does not fit leaves the name to somebody else", () => {
  const mac = manifest("a/mac", { provides: { service: { sandbox: { description: "", platforms: ["darwin"] } } } });
  const linux = manifest("b/linux", { provides: { service: { sandbox: { description: "", platforms: ["linux"] } } } });
  expect(plan([mac, linux]).owners.get("service:sandbox")).toBe("b/linux");
});

test("a config that does not fit holds its extension back and says every mistake", () => {
  const one = manifest("a/one", { config: { type: "object", properties: { steps: { type: "integer", minimum: 1 }, mode: { enum: ["x", "y"] } } } });
  expect(plan([one], { config: { "a/one": { steps: 0, mode: "z", stesp: 3 } } }).heldBack[0]?.why).toBe(
    'config steps must be at least 1, not 0; config mode must be one of "x", "y", not "z"; config stesp is unknown; did you mean "steps"?',
  );
});

test("activation does not depend on the order in which manifests are found", () => {
  const manifests = [
    manifest("a/one", { uses: ["s"] }),
    manifest("b/two", { provides: { service: { s: { description: "" } } } }),
    manifest("c/three", { after: ["a/one"] }),
    manifest("d/four"),
  ];
  const expected = plan(manifests).extensions.map(({ id }) => id);
  fc.assert(
    fc.property(fc.shuffledSubarray(manifests, { minLength: 4 }), (shuffled) => {
      const result = resolve({
        choice: { extensions: Object.fromEntries(manifests.map(({ name }) => [name, "^1"])), without: [], prefer: {}, config: {} },
        available: new Map(shuffled.map((one) => [one.name, { manifest: one, tier: "trusted", origin: "test" }])),
        platform: "linux",
        version: "1.0.0",
        given: new Set(),
      });
      expect(result.extensions.map(({ id }) => id)).toEqual(expected);
    }),
  );
});

test.each([
  ["1.2.3", "^1", true],
  ["2.0.0", "^1", false],
  ["1.2.3", "~1.2.0", true],
  ["1.3.0", "~1.2.0", false],
  ["0.2.5", "^0.2.3", true],
  ["0.3.0", "^0.2.3", false],
  ["1.0.0-beta.1", "^1.0.0", false],
  ["1.5.0", ">=1.2 <2", true],
  ["1.5.0", "1.5.0", true],
  ["1.5.0", "*", true],
  ["1.5.0", "nonsense", false],
  ["nonsense", "*", false],
  ["3.0.0", "^1 || ^3", true],
])("version %s in range %s: %s", (version, range, expected) => {
  expect(inRange(version, range)).toBe(expected);
});

test("defaults are filled in at every depth and unknown properties are refused", () => {
  const schema = {
    type: "object",
    properties: { a: { type: "string", default: "x" }, b: { type: "array", items: { type: "object", properties: { c: { type: "boolean", default: true } } } } },
  } as const;
  expect(checkConfig(schema, { b: [{}] })).toEqual({ value: { a: "x", b: [{ c: true }] }, problems: [] });
  expect(checkConfig(schema, { b: [{ d: 1 }] }).problems).toEqual([{ path: "b.0.d", message: "is unknown" }]);
});

test("nearest words are suggested, and far ones are not", () => {
  expect(nearest("doctorr", ["doctor", "demo", "config"])).toEqual(["doctor"]);
  expect(nearest("zzz", ["doctor", "demo", "config"])).toEqual([]);
});
