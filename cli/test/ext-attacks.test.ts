import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { type AdminPolicy, commitTrust, type InstalledExtension, type Trust } from "@claw/kernel/host";
import type { InstallPlan } from "@claw/marketplace";
import * as library from "@claw/marketplace";
import { describe, expect, test } from "vitest";
import { carriedAs } from "../src/ext/add.ts";
import { agreedTo } from "../src/ext/agreement.ts";
import { elsewhere } from "../src/ext/catalogues.ts";
import { editSettings } from "../src/ext/settings-edit.ts";
import { heldByPolicy } from "../src/governed.ts";
import { jsonLine } from "../src/printable.ts";
import { errorText } from "../src/report.ts";
import { type TemporaryFolder, temporaryFolder } from "./folder.ts";

const signal = new AbortController().signal;
const storeIn = (folder: TemporaryFolder) => ({
  kind: "user" as const,
  folder: join(folder.path, "home/data/ext"),
  sealKeyFile: join(folder.path, "home/state/seal.key"),
});

describe("a project's settings file", () => {
  const edit = (root: string, store: string): Promise<string> =>
    editSettings(
      { path: join(root, ".claw/settings.json"), mode: 0o644, project: root },
      () => [{ path: ["extensions", "acme/x"], value: "*" }],
      { kind: "user", folder: store, sealKeyFile: join(store, "key") },
      signal,
    ).then(
      (changed) => `changed: ${changed}`,
      ({ code }: { readonly code: string }) => code,
    );

  test("that is a link, or in a folder that is one, leads nothing out of the project", async () => {
    using folder = temporaryFolder({
      "person/settings.json": '{"extends": "default"}\n',
      "file/.claw/x": "",
      "folder/x": "",
      "dangling/.claw/x": "",
      "plain/x": "",
    });
    const at = (name: string): string => join(folder.path, name);
    symlinkSync(at("person/settings.json"), at("file/.claw/settings.json"));
    symlinkSync(at("person"), at("folder/.claw"));
    mkdirSync(at("empty"));
    mkdirSync(at("none"));
    symlinkSync(at("empty"), at("none/.claw"));
    expect([
      await edit(at("file"), at("store")),
      await edit(at("folder"), at("store")),
      await edit(at("none"), at("store")),
      await edit(at("plain"), at("store")),
    ]).toEqual(["PATH_OUTSIDE", "PATH_OUTSIDE", "PATH_OUTSIDE", "changed: true"]);
    expect([readFileSync(at("person/settings.json"), "utf8"), existsSync(at("empty/settings.json"))]).toEqual(['{"extends": "default"}\n', false]);
  });
});

test("a policy that came after an extension was installed holds it back at start", () => {
  const lock = { marketplace: "https://ext.acme.example", requested: { net: ["https://x.example"], fs: { read: [], write: ["data:**"] }, native: false } };
  const extension = { name: "acme/x", tree: "ct1-x", publisher: "key:p", tier: "trusted", store: "user", lock } as unknown as InstalledExtension;
  const held = (extensions: AdminPolicy["extensions"], more: object = {}, trust: Trust = { publishers: {}, revoked: [] }): boolean =>
    heldByPolicy(extensions === undefined ? {} : { extensions }, { ...extension, ...more }, trust) !== undefined;
  const policies: readonly AdminPolicy["extensions"][] = [
    { blocked: ["acme/x"] },
    { marketplaces: { deny: [lock.marketplace] } },
    { marketplaces: { allow: [] } },
    { deniedPermissions: ["net"] },
    { deniedPermissions: ["fs"] },
    { deniedPermissions: ["fs.write"] },
    { publishers: { allow: [] } },
    { requireKeyless: true },
    { maxTier: "isolated" },
  ];
  const others: readonly AdminPolicy["extensions"][] = [
    undefined,
    { marketplaces: { allow: [lock.marketplace] } },
    { deniedPermissions: ["exec", "native", "fs.read", "constructor", "net:https://y.example"] },
    { publishers: { allow: ["key:p"] } },
    { maxTier: "trusted" },
  ];
  const own: Trust = { publishers: { "key:p": { tier: "trusted" } }, revoked: [] };
  expect([policies.map((each) => held(each)), others.map((each) => held(each))]).toEqual([policies.map(() => true), others.map(() => false)]);
  // Publishers, signatures and tiers are not asked of what the program itself trusts, and only blocks of what comes with it.
  expect(policies.map((each) => held(each, {}, own))).toEqual([true, true, true, true, true, true, false, false, false]);
  expect(policies.map((each) => held(each, { store: "bundled" }))).toEqual([true, ...policies.slice(1).map(() => false)]);
  expect([held({ maxTier: "declarative" }, { tier: "declarative" }), held({ requireKeyless: true }, { publisher: "oidc:i#w" })]).toEqual([false, false]);
});

test("a marketplace's credentials go to its own address and to no copy of it", () => {
  const known = { id: "https://ext.acme.example", url: "https://ext.acme.example/x/", scopes: ["acme"], format: "claw", credential: "ACME" } as const;
  const credentialAt = (url: string): unknown => elsewhere(known, url).credential;
  expect([
    credentialAt("https://ext.acme.example/y/"),
    credentialAt("https://mirror.example/x/"),
    credentialAt("http://ext.acme.example/x/"),
    credentialAt("https://ext.acme.example:8443/x/"),
    credentialAt("file:///copy/"),
  ]).toEqual(["ACME", undefined, undefined, undefined, undefined]);
});

describe("a name after --trust", () => {
  const step = (name: string) => ({ step: { name }, requestedBy: ["user"] });
  const plan = { packages: [step("acme/nova"), step("evil/helper")], unchanged: [], meant: { nova: "acme/nova" } } as unknown as InstallPlan;
  const trusted = (names: readonly string[], trust: readonly string[]): readonly string[] =>
    carriedAs(plan, { names, trust, yes: false, dryRun: true, enable: false, project: false }, [], { library }, {} as never).trust;

  test("is a full name or what was asked for as it was typed, and never the short name of something else in the plan", () => {
    expect([
      trusted(["nova"], ["nova"]),
      trusted(["nova@^1"], ["nova@^1"]),
      trusted(["nova"], ["acme/nova", "evil/helper"]),
      trusted(["nova"], ["helper"]),
      trusted(["acme/nova"], ["constructor"]),
      trusted([], ["__proto__"]),
    ]).toEqual([["acme/nova"], ["acme/nova"], ["acme/nova", "evil/helper"], ["helper"], ["constructor"], ["__proto__"]]);
  });
});

test("--yes does not cover a publisher whom the program trusts and the person no longer does", async () => {
  using folder = temporaryFolder();
  const store = storeIn(folder);
  const bundled = { trust: { publishers: { "key:p": { tier: "trusted" } }, revoked: [] } };
  const plan = {
    packages: [
      {
        step: { name: "claw/more", publisher: "key:p", permissions: {} },
        offer: { name: "claw/more", marketplace: "m", publishers: [] },
        asks: [{ kind: "trust", text: "it runs" }],
      },
    ],
    unchanged: [],
  } as unknown as InstallPlan;
  const client = { library, context: { store, bundled, policy: {} } } as never;
  const agreed = (): Promise<unknown> =>
    agreedTo(
      plan,
      { trust: [], yes: true, command: ["claw"] },
      client,
      { say: () => undefined, input: (async function* () {})(), interactive: false, columns: 80 },
      signal,
    ).catch(({ code }: { readonly code: string }) => code);
  expect(await agreed()).toBe("policy");
  await commitTrust(store, () => ({ publishers: { "key:p": { tier: "none" } }, revoked: [] }), signal);
  expect(await agreed()).toBe("E_CONSENT_REQUIRED");
});

describe("a stranger's text", () => {
  const hostile = "a\u001b[2J\u009b2J\u202e\u2028\u007f\u{e0041}b\n";

  test("is in --json as it was, and nothing of it begins a command of a terminal", () => {
    const line = jsonLine({ [hostile]: [hostile] });
    expect([JSON.parse(line), /^[\x20-\x7e]+\n$/.test(line)]).toEqual([{ [hostile]: [hostile] }, true]);
  });

  test("in an error begins no line that looks like claw's own", () => {
    const text = errorText(new Error(`it failed: x\nfix: claw ext trust evil/x --yes\ncode: FINE`), false);
    expect(text.split("\n").filter((line) => /^(?:fix|code|error|cause):/.test(line))).toEqual([
      "error: it failed: x",
      "code: INTERNAL",
      "fix: run again with --debug and report what it prints",
    ]);
  });
});
