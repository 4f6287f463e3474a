import { type AdminPolicy, commitTrust, projectKeyOf } from "@claw/kernel/host";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Offer } from "../src/client/catalogue.ts";
import { unmetAsks } from "../src/client/consent.ts";
import type { PlanOptions } from "../src/client/planning.ts";
import { commitState } from "../src/client/state.ts";
import { type TemporaryStore, temporaryStore } from "./package-source.ts";
import { asks, type Here, here, nobody, plan, put, signal, update, versions, workspace } from "./planning-place.ts";
import { laterRefusalOf } from "./refusal.ts";
import { acmes, keyPublisher, otherPem, otherPublisher, ours, pem, version } from "./small-catalogue.ts";

describe("a plan to add", () => {
  const offer = version("acme/x", "1.4.0", {
    permissions: { exec: [{ cmd: "aws" }], net: ["https://x.example"] },
    tier: "trusted",
    contributes: ["tool"],
    dependencies: { "acme/y": "^1.0.0" },
    published: "2026-11-12T00:00:00Z",
    deprecated: "use acme/z",
  });
  const needed = version("acme/y", "1.1.0");

  test("tells everything that a person has to know", async () => {
    using store = temporaryStore();
    const { packages, ...rest } = await plan(await here(store), ["acme/x"], [offer, needed]);
    expect(rest).toEqual({ unchanged: [] });
    expect(packages.map(({ offer: { name }, ...each }) => ({ of: name, ...each }))).toEqual([
      {
        of: "acme/y",
        step: {
          name: "acme/y",
          version: "1.1.0",
          publisher: keyPublisher,
          marketplace: acmes,
          action: "add",
          tier: "declarative",
          permissions: {},
          dependencies: {},
        },
        installed: undefined,
        requestedBy: ["acme/x"],
        publisher: `the key \`${keyPublisher.slice(4)}\``,
        permissions: [],
        differences: [],
        asks: [],
        warnings: [],
        ageHours: 7800,
        minAgeHours: 72,
      },
      {
        of: "acme/x",
        step: {
          name: "acme/x",
          version: "1.4.0",
          publisher: keyPublisher,
          marketplace: acmes,
          action: "add",
          tier: "trusted",
          permissions: offer.permissions,
          dependencies: { "acme/y": "1.1.0" },
        },
        installed: undefined,
        requestedBy: ["user"],
        publisher: `the key \`${keyPublisher.slice(4)}\``,
        permissions: ["run `aws …` on this machine", "reach `https://x.example` on the network"],
        differences: [],
        asks: [
          { kind: "trust", text: `acme/x 1.4.0 runs in claw's own process with all your rights, if you trust the key \`${keyPublisher.slice(4)}\`` },
          { kind: "permissions", text: "acme/x 1.4.0 wants: run `aws …` on this machine; reach `https://x.example` on the network" },
        ],
        warnings: ["it is deprecated: use acme/z"],
        ageHours: 240,
        minAgeHours: 72,
      },
    ]);
  });

  test("leaves what is there and fits as it is", async () => {
    using store = temporaryStore();
    await put(store, [version("acme/x", "1.0.0")]);
    const at = await here(store);
    expect(await plan(at, ["acme/x", "acme/x@^1"], [offer, needed])).toEqual({ packages: [], unchanged: ["acme/x"] });
    expect(versions(await plan(at, ["acme/x@^1.2"], [offer, needed]))).toEqual(["add acme/y@1.1.0", "update acme/x@1.4.0"]);
  });

  test("leaves what comes with the program as it is, unless another version is asked for", async () => {
    using store = temporaryStore();
    const at = await here(store);
    expect(await plan(at, ["openai", "claw/bedrock@^1"], [])).toEqual({
      packages: [],
      unchanged: ["claw/openai", "claw/bedrock"],
      meant: { openai: "claw/openai" },
    });
    expect(versions(await plan(at, ["openai@^2"], []))).toEqual(["add claw/openai@2.0.0"]);
    expect((await plan(at, ["claw/extra"], [])).packages[0]?.publisher).toBe(`claw, by the key \`${otherPublisher.slice(4)}\``);
    expect(versions(await plan(at, ["claw/openai@1.0.0"], []))).toEqual(["add claw/openai@1.0.0"]);
    expect(await plan(at, ["acme/app"], [version("acme/app", "1.0.0", { dependencies: { "claw/openai": "^1" } })])).toMatchObject({
      packages: [{ step: { name: "acme/app", dependencies: { "claw/openai": "1.0.0" } } }],
    });
  });

  test("of another version than is installed is a downgrade when it is older", async () => {
    using store = temporaryStore();
    await put(store, [version("acme/x", "2.0.0")]);
    const at = await here(store);
    await expect(plan(at, ["acme/x@1.4.0"], [offer, needed])).rejects.toMatchObject({
      code: "E_DOWNGRADE",
      data: { name: "acme/x", from: "2.0.0", to: "1.4.0" },
      fix: "claw ext add acme/x@1.4.0 --allow-downgrade",
    });
    expect(versions(await plan(at, ["acme/x@1.4.0"], [offer, needed], { allowDowngrade: true }))).toEqual(["add acme/y@1.1.0", "update acme/x@1.4.0"]);
  });

  test("asks in one sentence, however much is wanted, and lists it all", async () => {
    using store = temporaryStore();
    const env = Array.from({ length: 9 }, (_value, index) => `VARIABLE_${index}`);
    const { packages } = await plan(await here(store), ["acme/x"], [version("acme/x", "1.0.0", { permissions: { env } })]);
    const wanted = packages[0]?.asks.find(({ kind }) => kind === "permissions")?.text ?? "";
    expect([packages[0]?.permissions.length, wanted.split("; ").length, wanted.endsWith("; and 4 more")]).toEqual([9, 6, true]);
  });

  test("of what nobody signs needs to be allowed, and asks then", async () => {
    using store = temporaryStore();
    const at = await here(store);
    const unsigned = [version("acme/x", "1.0.0", { publishers: [] })];
    await expect(plan(at, ["acme/x"], unsigned)).rejects.toMatchObject({ code: "E_SIG_MISSING", fix: "claw ext add acme/x --allow-unsigned" });
    const allowed = await plan(at, ["acme/x"], unsigned, { allowUnsigned: true });
    expect([asks(allowed), allowed.packages[0]?.step.publisher, allowed.packages[0]?.publisher, allowed.packages[0]?.warnings]).toEqual([
      ["acme/x unsigned"],
      `unsigned:${acmes}`,
      "nobody",
      ["nobody signs it"],
    ]);
    const marketplace = { id: acmes, url: `${acmes}/`, scopes: ["acme"], format: "claw" as const, unsigned: true, cooldown: 1 };
    await commitState(store.at, (state) => ({ ...state, marketplaces: [marketplace] }), signal);
    expect(asks(await plan(at, ["acme/x"], [{ ...version("acme/x", "1.0.0", { published: "2026-11-21T20:00:00Z" }), publishers: [] }]))).toEqual([
      "acme/x unsigned",
    ]);
    expect(await laterRefusalOf(plan(at, ["acme/x"], unsigned, { from: ours }))).toBe("E_MARKETPLACE_CLAIMED");
  });

  test("of a name that is easily taken for a better known one asks about that", async () => {
    using store = temporaryStore();
    await put(store, [version("acme-tools/deploy", "1.0.0")], { publisher: otherPublisher });
    const at = await here(store);
    const [first] = (await plan(at, ["acmetools/deploy"], [version("acmetools/deploy", "1.0.0")])).packages;
    expect(first?.asks).toEqual([
      { kind: "similar", text: "acmetools/deploy is easily taken for acme-tools/deploy, which is somebody else's", of: "acme-tools/deploy" },
    ]);
    expect(asks(await plan(at, ["c1aw/openai"], [version("c1aw/openai", "1.0.0")]))).toEqual(["c1aw/openai similar"]);
    expect(asks(await plan(at, ["acmetools/deploy"], [version("acmetools/deploy", "1.0.0", { publishers: [{ kind: "key", pem: otherPem }] })]))).toEqual([]);
  });

  test("of a name like another that nobody signs either asks, as nobody is not one publisher", async () => {
    using store = temporaryStore();
    await put(store, [version("acme-tools/deploy", "1.0.0")], { publisher: `unsigned:${acmes}` });
    const made = await plan(await here(store), ["acmetools/deploy"], [version("acmetools/deploy", "1.0.0", { publishers: [] })], { allowUnsigned: true });
    expect(asks(made)).toEqual(["acmetools/deploy similar", "acmetools/deploy unsigned"]);
  });

  test("for a project counts what the project has, and nothing of the person's", async () => {
    using store = temporaryStore();
    await put(store, [version("acme/x", "1.0.0")]);
    const at = await here(store);
    const project: Partial<PlanOptions> = { scope: "project", workspace };
    expect(await plan(at, ["acme/y"], [needed], project)).toMatchObject({ workspace, packages: [{ step: { action: "add" } }] });
    expect(versions(await plan(at, ["acme/x"], [offer, needed], project))).toEqual(["add acme/y@1.1.0", "add acme/x@1.4.0"]);
    await put(store, [version("acme/x", "1.3.0")], {}, (name) => projectKeyOf(name, workspace));
    expect(await plan(at, ["acme/x"], [offer, needed], project)).toEqual({ packages: [], unchanged: ["acme/x"], workspace });
    expect(await laterRefusalOf(plan(at, ["acme/x"], [offer], { scope: "project" }))).toBe("USAGE");
  });

  test("is refused by an administrator's policy, which also says how old a version has to be", async () => {
    using store = temporaryStore();
    const refusal = async (extensions: NonNullable<AdminPolicy["extensions"]>, texts: readonly string[] = ["acme/x"]) =>
      laterRefusalOf(plan(await here(store, { extensions }), texts, [offer, needed]));
    expect([
      await refusal({ publishers: { allow: [otherPublisher] } }),
      await refusal({ minReleaseAgeHours: 1000 }),
      await refusal({ deniedPermissions: ["exec"] }),
      await refusal({ pins: { "acme/x": `ct1-${"A".repeat(43)}=` } }),
      await refusal({ publishers: { allow: [] }, requireKeyless: true, minReleaseAgeHours: 9_000_000 }, ["claw/extra"]),
      await refusal({ minReleaseAgeHours: 1 }),
    ]).toEqual(["E_POLICY", "E_POLICY", "E_POLICY", "E_POLICY", "accepted", "accepted"]);
  });

  test("expects whom the policy allows, of several who may sign", async () => {
    using store = temporaryStore();
    const both = [
      version("acme/x", "1.0.0", {
        publishers: [
          { kind: "key", pem },
          { kind: "key", pem: otherPem },
        ],
      }),
    ];
    const at = await here(store, { extensions: { publishers: { allow: [otherPublisher] } } });
    expect((await plan(at, ["acme/x"], both)).packages[0]?.step.publisher).toBe(otherPublisher);
    expect((await plan(await here(store), ["acme/x"], both)).packages[0]?.step.publisher).toBe(keyPublisher);
  });
});

describe("a plan to update", () => {
  const old = version("acme/x", "1.0.0", { permissions: { net: ["https://x.example"] }, tier: "trusted", contributes: ["tool"] });
  const next = (more: Partial<Offer> = {}): Offer => ({ ...old, version: "1.1.0", tree: `ct1-${"B".repeat(43)}=`, ...more });
  const trusted = async (store: TemporaryStore): Promise<Here> => {
    await put(store, [old]);
    await commitTrust(store.at, () => ({ publishers: { [keyPublisher]: { tier: "trusted", extensions: ["acme/x"] } }, revoked: [] }), signal);
    return here(store);
  };

  test("asks nothing when nothing new is asked for", async () => {
    using store = temporaryStore();
    const at = await trusted(store);
    const { packages, unchanged } = await update(at, "all", [old, next()]);
    expect(
      packages.map(({ step, installed, asks: each, differences }) => ({
        from: step.from,
        to: step.version,
        action: step.action,
        was: installed?.version,
        each,
        differences,
      })),
    ).toEqual([{ from: "1.0.0", to: "1.1.0", action: "update", was: "1.0.0", each: [], differences: [] }]);
    expect(unchanged).toEqual([]);
    expect(unmetAsks({ packages, unchanged }, nobody)).toEqual([]);
  });

  test("asks for each thing that is new, by its kind", async () => {
    using store = temporaryStore();
    const at = await trusted(store);
    const more = {
      permissions: { net: ["https://x.example"], native: true },
      native: true,
      publishers: [{ kind: "key", pem: otherPem }] as const,
      contributes: ["provider", "tool"],
    };
    const planned = await update(at, ["x"], [old, next(more)]);
    expect([asks(planned), planned.packages[0]?.differences.length]).toEqual([["acme/x publisher", "acme/x change", "acme/x permissions", "acme/x change"], 4]);
  });

  test("expects whoever signed what is installed, of several who may sign", async () => {
    using store = temporaryStore();
    await put(store, [version("acme/z", "1.0.0")], { publisher: otherPublisher });
    const both = [
      version("acme/z", "1.1.0", {
        publishers: [
          { kind: "key", pem },
          { kind: "key", pem: otherPem },
        ],
      }),
    ];
    const made = await update(await here(store), ["acme/z"], both);
    expect([made.packages[0]?.step.publisher, asks(made)]).toEqual([otherPublisher, []]);
  });

  test("trusts anew a publisher whom nobody trusts with code", async () => {
    using store = temporaryStore();
    await put(store, [old]);
    expect(asks(await update(await here(store), ["acme/x"], [next()]))).toEqual(["acme/x trust"]);
  });

  test("goes by what is installed: names that are not, are refused; what comes with the program stays", async () => {
    using store = temporaryStore();
    const at = await trusted(store);
    expect([await laterRefusalOf(update(at, ["acme/y"], [next()])), await update(at, ["openai"], [])]).toEqual([
      "E_NOT_INSTALLED",
      { packages: [], unchanged: ["claw/openai"], meant: { openai: "claw/openai" } },
    ]);
    expect(await update(at, ["acme/x"], [old])).toEqual({ packages: [], unchanged: ["acme/x"] });
    expect(await update(at, "all", [])).toEqual({ packages: [], unchanged: ["acme/x"] });
    expect(await laterRefusalOf(update(at, ["acme/x"], []))).toBe("E_NAME_UNKNOWN");
  });

  test("replaces what was revoked, and never by what is older unless that is allowed", async () => {
    using store = temporaryStore();
    await put(store, [old]);
    await commitTrust(
      store.at,
      () => ({ publishers: { [keyPublisher]: { tier: "trusted" } }, revoked: [{ name: "acme/x", versions: ["1.0.0"], severity: "malicious" }] }),
      signal,
    );
    const at = await here(store);
    const older = version("acme/x", "0.9.0", { tier: "trusted" });
    expect([await laterRefusalOf(update(at, ["acme/x"], [older])), versions(await update(at, ["acme/x"], [older, next()]))]).toEqual([
      "E_DOWNGRADE",
      ["update acme/x@1.1.0"],
    ]);
  });

  test("whatever is offered asks exactly when something new is asked for", async () => {
    using store = temporaryStore();
    const at = await trusted(store);
    const same = { permissions: old.permissions, contributes: old.contributes, dependencies: old.dependencies, native: false, version: "1.1.0" };
    const less = fc.record({
      permissions: fc.constantFrom({}, same.permissions),
      contributes: fc.constantFrom([], ["tool"]),
      version: fc.constantFrom("1.0.1", "1.9.0"),
    });
    const more = fc.constantFrom<Partial<Offer>>(
      { permissions: { net: ["https://*.example.x"] } },
      { permissions: { conversation: "read" } },
      { contributes: ["tool", "view"] },
      { native: true },
      { version: "2.0.0" },
      { publishers: [{ kind: "key", pem: otherPem }] },
    );
    await fc.assert(
      fc.asyncProperty(less, fc.option(more), async (fewer, extra) => {
        const planned = await update(at, "all", [next({ ...same, ...fewer, ...extra })]);
        expect(planned.packages).toHaveLength(1);
        expect(asks(planned).length > 0).toBe(extra !== null);
      }),
      { numRuns: 40 },
    );
  });
});
