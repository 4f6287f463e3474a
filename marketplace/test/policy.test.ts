import { type AdminPolicy, readPolicy } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { isOwn, policyProblems, policyRefusal } from "../src/client/policy.ts";
import { refusalOf } from "./refusal.ts";
import { acmes, keyPublisher, otherPublisher, version } from "./small-catalogue.ts";
import { temporaryFolder } from "./temporary-folder.ts";

type Rules = NonNullable<AdminPolicy["extensions"]>;
const offer = version("acme/x", "1.0.0", {
  tier: "trusted",
  permissions: { net: ["https://a.x.example"], exec: [{ cmd: "aws" }], fs: { read: ["path:/etc/**"] }, conversation: "write" },
});
const tree = offer.tree ?? "";
const keys = (extensions: Rules, publisher = keyPublisher, own = false): readonly string[] =>
  policyProblems(offer, publisher, offer.tree, { extensions }, own).map(({ policy }) => policy);

describe("an administrator's policy", () => {
  test("that says nothing refuses nothing", () => {
    expect([policyProblems(offer, keyPublisher, tree, {}), keys({})]).toEqual([[], []]);
  });

  test.each<[string, Rules]>([
    ["marketplaces", { marketplaces: { allow: ["https://other.example"] } }],
    ["marketplaces", { marketplaces: { allow: [acmes], deny: [acmes] } }],
    ["publishers", { publishers: { allow: [otherPublisher] } }],
    ["requireKeyless", { requireKeyless: true }],
    ["maxTier", { maxTier: "declarative" }],
    ["maxTier", { maxTier: "isolated" }],
    ["pins", { pins: { "acme/x": `ct1-${"A".repeat(43)}=` } }],
    ["blocked", { blocked: ["acme/x"] }],
    ["blocked", { blocked: [tree] }],
    ["deniedPermissions", { deniedPermissions: ["exec"] }],
  ])("refuses by %s: %j", (key, extensions) => {
    expect(keys(extensions)).toEqual([key]);
  });

  test.each<[Rules]>([
    [
      {
        marketplaces: { allow: [acmes] },
        publishers: { allow: [keyPublisher] },
        maxTier: "trusted",
        pins: { "acme/x": tree, "acme/y": `ct1-${"A".repeat(43)}=` },
      },
    ],
    [{ marketplaces: { deny: ["https://other.example"] }, blocked: ["acme/y"], deniedPermissions: ["native", "secrets", "net:https://b.x.example"] }],
  ])("allows what it names: %j", (extensions) => {
    expect(keys(extensions)).toEqual([]);
  });

  test("asks claw's own neither for publisher, nor signature, nor tier, and for all else", () => {
    const extensions: Rules = { publishers: { allow: [] }, requireKeyless: true, maxTier: "declarative", blocked: ["acme/x"], deniedPermissions: ["exec"] };
    expect([keys(extensions), keys(extensions, keyPublisher, true)]).toEqual([
      ["blocked", "publishers", "requireKeyless", "maxTier", "deniedPermissions"],
      ["blocked", "deniedPermissions"],
    ]);
  });

  test("takes keyless signatures where it wants them", () => {
    expect(keys({ requireKeyless: true }, "oidc:https://issuer.example#https://github.com/acme/x/.github/workflows/r.yml")).toEqual([]);
  });

  test("waits with a pin until the contents are known", () => {
    const policy = { extensions: { pins: { "acme/x": `ct1-${"A".repeat(43)}=` } } };
    expect([
      policyProblems(offer, keyPublisher, undefined, policy),
      policyProblems(offer, keyPublisher, undefined, { extensions: { blocked: ["acme/x"] } }).length,
    ]).toEqual([[], 1]);
  });

  test.each([
    ["net:https://a.x.example", true],
    ["net:https://*.x.example", true],
    ["net:https://b.x.example", false],
    ["exec:aws", true],
    ["exec:git", false],
    ["fs", true],
    ["fs.read", true],
    ["fs.write", false],
    ["fs.read:path:/etc/passwd", true],
    ["fs:path:/**/ssl/*", true],
    ["fs:path:/home/**", false],
    ["conversation:read", true],
    ["conversation", true],
    ["native", false],
    ["env", false],
    ["ex", false],
  ])("that denies %s meets it: %s", (denied, meets) => {
    expect(keys({ deniedPermissions: [denied] })).toEqual(meets ? ["deniedPermissions"] : []);
  });

  test("that denies meets also patterns that could reach what is denied, and what it does not know", () => {
    const asks = (permissions: Readonly<Record<string, unknown>>, denied: string, native = false): boolean =>
      policyProblems({ ...offer, permissions, native }, keyPublisher, tree, { extensions: { deniedPermissions: [denied] } }).length > 0;
    expect([
      asks({ net: ["https://*.x.example"] }, "net:https://a.x.example"),
      asks({ net: ["https://a.*.example"] }, "net:https://*.b.example"),
      asks({ exec: [{ cmd: "*" }] }, "exec:git"),
      asks({ fs: { write: ["path:/*/passwd"] } }, "fs.write:path:/etc/**"),
      asks({ fs: { write: ["path:/a/../etc/passwd"] } }, "fs.write:path:/etc/**"),
      asks({ fs: { write: ["path:/{etc,usr}/x"] } }, "fs.write:path:/etc/**"),
      asks({ camera: true }, "camera"),
      asks({}, "native", true),
      asks({ net: ["https://x.example:444"] }, "net:https://x.example"),
    ]).toEqual([true, true, true, true, true, true, true, true, false]);
  });

  test("is told with its key and with whom to ask", () => {
    const [problem] = policyProblems(offer, keyPublisher, tree, { extensions: { marketplaces: { deny: [acmes] } } });
    expect(policyRefusal("acme/x 1.0.0", problem ?? { policy: "", text: "" })).toMatchObject({
      code: "E_POLICY",
      message: `acme/x 1.0.0: the administrator's policy does not allow the marketplace \`${acmes}\``,
      data: { policy: "marketplaces", what: "acme/x 1.0.0" },
      fix: "ask whoever administers this machine",
    });
  });

  test("that cannot be understood decides nothing, and is refused", () => {
    using folder = temporaryFolder({
      "bad.json": "{",
      "unknown.json": '{"extensions":{"pin":{}}}',
      "twice.json": '{"extensions":{"requireKeyless":true,"requireKeyless":false}}',
      "good.json": '{"extensions":{"requireKeyless":true}}',
    });
    const codes = ["bad", "unknown", "twice", "good", "none"].map((name) => refusalOf(() => readPolicy(`${folder.path}/${name}.json`)));
    expect(codes).toEqual(["E_POLICY_INVALID", "E_POLICY_INVALID", "E_POLICY_INVALID", "accepted", "accepted"]);
    expect([readPolicy(`${folder.path}/none.json`), readPolicy(`${folder.path}/good.json`)]).toEqual([{}, { extensions: { requireKeyless: true } }]);
  });
});

test("a publisher is the program's own when its trust covers code under the name", () => {
  const trust = (given: object) => ({ publishers: { [keyPublisher]: given }, revoked: [] }) as Parameters<typeof isOwn>[2];
  expect([
    isOwn("acme/x", keyPublisher, trust({ tier: "trusted" })),
    isOwn("acme/x", keyPublisher, trust({ tier: "trusted", extensions: ["acme/x"] })),
    isOwn("acme/x", keyPublisher, trust({ tier: "trusted", extensions: ["acme/y"] })),
    isOwn("acme/x", keyPublisher, trust({ tier: "declarative" })),
    isOwn("acme/x", otherPublisher, trust({ tier: "trusted" })),
    isOwn("acme/x", "constructor", trust({ tier: "trusted" })),
  ]).toEqual([true, true, false, false, false, false]);
});
