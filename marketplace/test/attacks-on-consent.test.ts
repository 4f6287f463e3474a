import { type AdminPolicy, commitTrust, grantKeyOf, openStore } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import type { Offer } from "../src/client/catalogue.ts";
import { coveredBy } from "../src/client/consent.ts";
import { planInstall } from "../src/client/planning.ts";
import { planRollback } from "../src/client/rollback.ts";
import { commitState } from "../src/client/state.ts";
import { fileOf } from "./archive-forgery.ts";
import { catalogueOf, contextOf, marketplace, offerOf, plannedOf, planOf, signal, simpleOffer, tellingHooks } from "./offered-packages.ts";
import { manifestOf, newKey, type TemporaryStore, temporaryStore } from "./package-source.ts";
import { asks, here, nobody, plan } from "./planning-place.ts";
import { laterRefusalOf } from "./refusal.ts";
import { acmes, keyPublisher, otherPem, otherPublisher, pem, version } from "./small-catalogue.ts";

const key = newKey();
const stranger = newKey();
const skills = { main: undefined, provides: undefined, content: { skills: ["./skills/a/SKILL.md"] }, permissions: { prompt: true } };
const textOnly = (name: string, number: string, more: Partial<Offer> = {}): Offer =>
  offerOf([fileOf("extension.json", JSON.stringify(manifestOf(name, number, skills))), fileOf("skills/a/SKILL.md", "# A\n")], key, more);

describe("consent to one thing is none to another", () => {
  test("a grant for one of those who may sign covers only a package that nobody else may sign", async () => {
    using store = temporaryStore();
    const permissions = { prompt: true };
    const both = version("acme/x", "1.0.0", {
      permissions,
      publishers: [
        { kind: "key", pem },
        { kind: "key", pem: otherPem },
      ],
    });
    const granted = (who: string) => ({ [grantKeyOf("acme/x", { publisher: who, requested: permissions })]: { granted: {}, at: "", by: "prompt" as const } });
    const { packages } = await plan(await here(store), ["acme/x"], [both]);
    const covers = (grants: ReturnType<typeof granted>): readonly unknown[] =>
      packages.flatMap((each) => each.asks.map((ask) => coveredBy(ask, each, { ...nobody, grants })));
    expect([covers(granted(keyPublisher)), covers({ ...granted(keyPublisher), ...granted(otherPublisher) })]).toEqual([[undefined], ["grant"]]);
  });

  test("whoever may sign code is named where its name has to be typed", async () => {
    using store = temporaryStore();
    const publishers = [pem, otherPem].map((each) => ({ kind: "key" as const, pem: each }));
    const { packages } = await plan(await here(store), ["acme/x"], [version("acme/x", "1.0.0", { tier: "trusted", publishers })]);
    const [ask] = packages.flatMap((each) => each.asks);
    expect([ask?.kind, ...[keyPublisher, otherPublisher].map((who) => ask?.text.includes(`the key \`${who.slice(4)}\``))]).toEqual(["trust", true, true]);
  });

  test("trust in a publisher's code under one name does not become trust in code under another that held none", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const run = (offers: readonly Offer[]) =>
      carryOut(planOf(offers.map((offer) => plannedOf(offer, key))), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);
    await run([textOnly("acme/text", "1.0.0")]);
    await run([simpleOffer("acme/code", "1.0.0", key)]);
    const offers = [simpleOffer("acme/text", "2.0.0", key, { permissions: { prompt: true } }), simpleOffer("acme/code", "1.0.0", key)];
    const kinds = async (names: readonly string[], workspace?: string): Promise<readonly string[]> =>
      asks(
        await planInstall(
          names.map((name) => ({ name, range: "*" })),
          workspace === undefined ? { scope: "user" } : { scope: "project", workspace },
          context,
          [catalogueOf(offers)],
          signal,
        ),
      );
    // In a project neither is installed: the code runs for the person already, the text never ran.
    expect(await kinds(["acme/text", "acme/code"], "0123456789abcdef")).toEqual(["acme/text trust", "acme/text permissions"]);
  });

  test("trust that a person gave to everything a publisher signs is not asked for again", async () => {
    using store = temporaryStore();
    await commitTrust(store.at, () => ({ publishers: { [keyPublisher]: { tier: "trusted" } }, revoked: [] }), signal);
    expect(asks(await plan(await here(store), ["acme/x"], [version("acme/x", "1.0.0", { tier: "trusted" })]))).toEqual([]);
  });

  test("a short name is told with what it came to mean, so that nothing else passes for it", async () => {
    using store = temporaryStore();
    const at = await here(store);
    const { meant } = await planInstall(
      [{ name: "nova" }, { name: "acme/y" }],
      { scope: "user" },
      at.context,
      [
        {
          ...catalogueOf([version("acme/x", "1.0.0"), version("acme/y", "1.0.0")], { id: acmes }),
          alias: (short) => (short === "nova" ? "acme/x" : undefined),
        },
      ],
      signal,
    );
    expect(meant).toEqual({ nova: "acme/x" });
  });
});

describe("a marketplace that keeps quiet", () => {
  const refusedWith = async (store: TemporaryStore, offer: Offer): Promise<string> => {
    const { context } = await contextOf(store);
    return laterRefusalOf(carryOut(planOf([plannedOf(offer, key)]), { context, hooks: tellingHooks().hooks, by: "policy" }, signal));
  };

  test("about what a package contributes, or about its programs, is refused", async () => {
    using store = temporaryStore();
    const programs = manifestOf("acme/p", "1.0.0", { main: undefined, provides: undefined, content: { bin: ["./bin/run"] } });
    const files = [fileOf("extension.json", JSON.stringify(programs)), fileOf("bin/run", "#!/bin/sh\n", true)];
    expect([
      await refusedWith(store, simpleOffer("acme/a", "1.0.0", key, {}, { contributes: [] })),
      await refusedWith(store, offerOf(files, key, { tier: "trusted", native: false })),
      await refusedWith(store, offerOf(files, key, { tier: "trusted", native: true })),
    ]).toEqual(["E_MANIFEST_MISMATCH", "E_MANIFEST_MISMATCH", "accepted"]);
  });

  test("altogether does not lose the scopes that are its own", async () => {
    using store = temporaryStore();
    const at = await here(store);
    await commitState(
      store.at,
      (state) => ({ ...state, marketplaces: [{ id: "https://owner.example", url: "https://owner.example/", scopes: ["acme"], format: "claw" }] }),
      signal,
    );
    expect([
      await laterRefusalOf(plan(at, ["acme/x"], [version("acme/x", "1.0.0")])),
      await laterRefusalOf(plan(at, ["other/x"], [version("other/x", "1.0.0", { dependencies: { "acme/x": "^1.0.0" } }), version("acme/x", "1.0.0")])),
      await laterRefusalOf(plan(at, ["acme/x"], [version("acme/x", "1.0.0")], { from: acmes })),
    ]).toEqual(["E_NAME_UNKNOWN", "E_NAME_UNKNOWN", "E_MARKETPLACE_CLAIMED"]);
  });
});

describe("what another process did between the question and the lock", () => {
  test("is not undone, and another publisher's package is not taken for the one that was shown", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const run = (offer: Offer, signer = key, more = {}) =>
      laterRefusalOf(carryOut(planOf([plannedOf(offer, signer, more)]), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal));
    const old = simpleOffer("acme/a", "1.0.0", key);
    expect(await run(old)).toBe("accepted");
    const shown = { installed: openStore(store.at).get("acme/a")?.lock };
    // The same change twice is fine; an update of what has become something else is not.
    expect([await run(simpleOffer("acme/a", "1.1.0", key), key, shown), await run(simpleOffer("acme/a", "1.1.0", key), key, shown)]).toEqual([
      "accepted",
      "accepted",
    ]);
    expect(await run(simpleOffer("acme/a", "1.0.1", key), key, shown)).toBe("E_LOCKED");
    expect(await run(simpleOffer("acme/a", "9.0.0", stranger), stranger)).toBe("E_LOCKED");
    expect(openStore(store.at).get("acme/a")?.version).toBe("1.1.0");
  });
});

describe("an administrator's policy", () => {
  test.for<readonly [what: string, policy: AdminPolicy]>([
    ["marketplace", { extensions: { marketplaces: { deny: [marketplace] } } }],
    ["publisher", { extensions: { publishers: { allow: ["key:sha256-nobody"] } } }],
    ["signature", { extensions: { requireKeyless: true } }],
    ["tier", { extensions: { maxTier: "declarative" } }],
    ["permission", { extensions: { deniedPermissions: ["env"] } }],
  ])("holds for the %s of what a rollback goes back to", async ([, policy]) => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    for (const number of ["1.0.0", "1.1.0"])
      await carryOut(
        planOf([plannedOf(simpleOffer("acme/a", number, key, { permissions: { env: ["LANG"] } }), key)]),
        { context, hooks: tellingHooks().hooks, by: "prompt" },
        signal,
      );
    expect([
      await laterRefusalOf(planRollback("acme/a", { context })),
      await laterRefusalOf(planRollback("acme/a", { context: { ...context, policy } })),
    ]).toEqual(["accepted", "E_POLICY"]);
  });
});
