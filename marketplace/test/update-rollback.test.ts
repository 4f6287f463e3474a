import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitTrust, openStore } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import type { Offer } from "../src/client/catalogue.ts";
import type { ClientContext } from "../src/client/context.ts";
import type { PlannedPackage } from "../src/client/plan.ts";
import { planRollback, rollback } from "../src/client/rollback.ts";
import { applyPatches, patchesIn, planPatches } from "../src/client/update.ts";
import { catalogueOf, contextOf, plannedOf, planOf, signal, simpleOffer, tellingHooks } from "./offered-packages.ts";
import { newKey, temporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";

const key = newKey();
const workspace = "0123456789abcdef";

async function installed(
  context: ClientContext,
  offers: readonly Offer[],
  project?: string,
  dependencies: Readonly<Record<string, string>> = {},
): Promise<void> {
  const packages = offers.map((offer) => plannedOf(offer, key, {}, { dependencies }));
  await carryOut(planOf(packages, project), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);
}

describe("an update without anybody being asked", () => {
  const planned = (name: string, from: string, to: string, more: Partial<PlannedPackage> = {}, manifest = {}): PlannedPackage =>
    plannedOf(simpleOffer(name, to, key, manifest), key, { installed: { version: from } as PlannedPackage["installed"], ...more }, { action: "update", from });
  const names = (packages: readonly PlannedPackage[]): readonly string[] => packages.map(({ offer }) => offer.name);

  test("is one that differs in nothing but its version", () => {
    const patches = patchesIn(
      planOf([
        planned("acme/a", "1.0.0", "1.0.1"),
        planned("acme/b", "1.0.0", "1.0.1", { differences: ["new: run aws"] }),
        planned("acme/c", "1.0.0", "1.0.1", { asks: [{ kind: "trust", text: "its code runs" }] }),
        plannedOf(simpleOffer("acme/d", "1.0.0", key), key),
      ]),
    );
    expect([names(patches.plan.packages), names(patches.waiting)]).toEqual([["acme/a"], ["acme/b", "acme/c", "acme/d"]]);
  });

  test("waits with what it needs, unless what is installed of that will do", () => {
    const differing = { differences: ["new: run aws"] };
    const needing = (range: string): PlannedPackage => {
      const { step, ...rest } = planned("acme/a", "1.0.0", "1.0.1", {}, { dependencies: { "acme/b": range } });
      return { ...rest, step: { ...step, dependencies: { "acme/b": "1.1.0" } } };
    };
    const b = planned("acme/b", "1.0.0", "1.1.0", differing);
    const above = planned("acme/z", "1.0.0", "1.0.1", {}, { dependencies: { "acme/a": "^1.0.1" } });
    const waits = patchesIn(planOf([needing("^1.1.0"), b, above]));
    expect([names(waits.plan.packages), names(waits.waiting)]).toEqual([[], ["acme/a", "acme/b", "acme/z"]]);
    const goes = patchesIn(planOf([needing("^1.0.0"), b, above]));
    expect([names(goes.plan.packages), goes.plan.packages[0]?.step.dependencies]).toEqual([["acme/a", "acme/z"], { "acme/b": "1.0.0" }]);
  });

  test("is found in a marketplace and applied, with the events of an update", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    await installed(context, [simpleOffer("acme/a", "1.0.0", key), simpleOffer("acme/b", "1.0.0", key)]);
    const offers = [
      simpleOffer("acme/a", "1.0.0", key),
      simpleOffer("acme/a", "1.0.1", key),
      simpleOffer("acme/b", "1.0.0", key),
      simpleOffer("acme/b", "1.0.1", key, { permissions: { env: ["HOME"] } }),
    ];
    const patches = await planPatches("all", { scope: "user" }, context, [catalogueOf(offers)], signal);
    expect([names(patches.plan.packages), names(patches.waiting)]).toEqual([["acme/a"], ["acme/b"]]);
    const { hooks, told } = tellingHooks();
    await applyPatches(patches, { context, hooks }, signal);
    const opened = openStore(store.at);
    expect([opened.get("acme/a")?.version, opened.get("acme/a")?.lock.previous?.version, opened.get("acme/b")?.version]).toEqual(["1.0.1", "1.0.0", "1.0.0"]);
    expect(told).toEqual(["Pre update acme/a 1.0.1", "Post update acme/a 1.0.1"]);
  });
});

describe("going back", () => {
  test("switches the lock to what was installed before, with its manifest, and back again, without any network", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    await installed(context, [simpleOffer("acme/a", "1.0.0", key, { description: "Old" })]);
    const first = openStore(store.at).get("acme/a")?.lock;
    await installed(context, [simpleOffer("acme/a", "1.1.0", key, { description: "New" })]);
    const { hooks, told } = tellingHooks();
    const { step } = await rollback("acme/a", { context, hooks }, signal);
    expect([step.action, step.from, step.version]).toEqual(["rollback", "1.1.0", "1.0.0"]);
    const { lock, manifest } = openStore(store.at).get("acme/a") ?? {};
    expect([{ ...lock, previous: undefined }, lock?.previous?.version, manifest?.description]).toEqual([{ ...first, previous: undefined }, "1.1.0", "Old"]);
    await rollback("acme/a", { context, hooks }, signal);
    expect(openStore(store.at).get("acme/a")?.version).toBe("1.1.0");
    expect(told).toEqual(["Pre rollback acme/a 1.0.0", "Post rollback acme/a 1.0.0", "Pre rollback acme/a 1.1.0", "Post rollback acme/a 1.1.0"]);
  });

  test("is for one project when that is asked for", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    await installed(context, [simpleOffer("acme/a", "3.0.0", key)]);
    for (const version of ["1.0.0", "1.1.0"]) await installed(context, [simpleOffer("acme/a", version, key)], workspace);
    await rollback("acme/a", { context, hooks: tellingHooks().hooks, workspace }, signal);
    const opened = openStore(store.at);
    expect([opened.get("acme/a", workspace)?.version, opened.get("acme/a")?.version]).toEqual(["1.0.0", "3.0.0"]);
  });

  test.for<readonly [what: string, code: string, prepare: (context: ClientContext) => Promise<unknown>]>([
    ["from what is not installed", "E_NOT_INSTALLED", async () => undefined],
    ["to nothing", "E_NO_VERSION", (context) => installed(context, [simpleOffer("acme/a", "1.0.0", key)])],
    [
      "to what was revoked",
      "E_REVOKED",
      async (context) => {
        await updated(context);
        await commitTrust(context.store, (trust) => ({ ...trust, revoked: [{ severity: "malicious", name: "acme/a", versions: ["1.0.0"] }] }), signal);
      },
    ],
    ["to a folder that is gone", "E_LOAD_INTEGRITY", async (context) => rmSync(await oldFolder(context), { recursive: true })],
    [
      "to a folder that was changed",
      "E_LOAD_INTEGRITY",
      async (context) => {
        const main = join(await oldFolder(context), "dist/index.mjs");
        chmodSync(main, 0o644);
        writeFileSync(main, "evil");
      },
    ],
    [
      "to a version that a dependent cannot work with",
      "E_DEP_CONFLICT",
      async (context) => {
        await updated(context);
        await installed(context, [simpleOffer("acme/b", "1.0.0", key, { dependencies: { "acme/a": "^1.1.0" } })], undefined, { "acme/a": "1.1.0" });
      },
    ],
    [
      "to a version that needs another one of something",
      "E_DEP_CONFLICT",
      async (context) => {
        await installed(context, [simpleOffer("acme/b", "1.0.0", key)]);
        await installed(context, [simpleOffer("acme/a", "1.0.0", key, { dependencies: { "acme/b": "^1.0.0" } })], undefined, { "acme/b": "1.0.0" });
        await installed(context, [simpleOffer("acme/a", "1.1.0", key), simpleOffer("acme/b", "2.0.0", key)]);
      },
    ],
  ])("%s is refused, and nothing changes", async ([, code, prepare]) => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    await prepare(context);
    const before = openStore(store.at).generation;
    expect(await laterRefusalOf(rollback("acme/a", { context, hooks: tellingHooks().hooks }, signal))).toBe(code);
    expect(openStore(store.at).generation).toBe(before);
  });

  test("to what the administrator blocks is refused, and a guard may block it too", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    await updated(context);
    const policy = { extensions: { pins: { "acme/a": openStore(store.at).get("acme/a")?.tree ?? "" } } };
    expect(await laterRefusalOf(planRollback("acme/a", { context: { ...context, policy } }))).toBe("E_POLICY");
    const { hooks, told } = tellingHooks(() => true);
    expect(await laterRefusalOf(rollback("acme/a", { context, hooks }, signal))).toBe("PLUGIN_BLOCKED");
    expect([told, openStore(store.at).get("acme/a")?.version]).toEqual([["Pre rollback acme/a 1.0.0"], "1.1.0"]);
  });

  async function updated(context: ClientContext): Promise<void> {
    for (const version of ["1.0.0", "1.1.0"]) await installed(context, [simpleOffer("acme/a", version, key)]);
  }

  async function oldFolder(context: ClientContext): Promise<string> {
    await installed(context, [simpleOffer("acme/a", "1.0.0", key)]);
    const folder = openStore(context.store).get("acme/a")?.folder ?? "";
    await installed(context, [simpleOffer("acme/a", "1.1.0", key)]);
    return folder;
  }
});
