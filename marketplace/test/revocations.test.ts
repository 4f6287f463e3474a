import { openStore, readTrust, type RevokedRange } from "@claw/kernel/host";
import { expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import type { Offer } from "../src/client/catalogue.ts";
import type { ClientContext } from "../src/client/context.ts";
import { applyRevocations } from "../src/client/revocations.ts";
import { contextOf, marketplace, plannedOf, planOf, signal, simpleOffer, tellingHooks } from "./offered-packages.ts";
import { newKey, temporaryStore } from "./package-source.ts";

const key = newKey();
const workspace = "0123456789abcdef";
const here = { id: marketplace };

const add = (context: ClientContext, offer: Offer, project?: string): Promise<unknown> =>
  carryOut(planOf([plannedOf(offer, key)], project), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);

test("a range becomes the exact versions that are installed, for a project alone or to go back to, and nothing else", async () => {
  using store = temporaryStore();
  const { context } = await contextOf(store);
  for (const version of ["1.0.0", "1.1.0"]) await add(context, simpleOffer("acme/a", version, key));
  await add(context, simpleOffer("acme/a", "1.3.0-rc.1", key), workspace);
  await add(context, simpleOffer("acme/b", "1.0.0", key));
  const range: RevokedRange = { name: "acme/a", versions: "<1.3.0", severity: "malicious", reason: "steals", date: "2026-11-21" };
  const revoked = await applyRevocations(here, [range, { name: "acme/z", severity: "malicious" }], context, signal);
  const about = { name: "acme/a", severity: "malicious", reason: "steals", date: "2026-11-21" };
  expect(revoked).toEqual(["1.1.0", "1.0.0", "1.3.0-rc.1"].map((version) => ({ ...about, versions: [version] })));
  expect(readTrust(store.at).revoked).toEqual(revoked);
});

test("a tree is revoked as a tree, and a name without a range in every version", async () => {
  using store = temporaryStore();
  const { context } = await contextOf(store);
  await add(context, simpleOffer("acme/a", "1.0.0", key));
  await add(context, simpleOffer("acme/b", "1.0.0", key));
  const { tree = "" } = openStore(store.at).get("acme/a") ?? {};
  const revoked = await applyRevocations(
    here,
    [
      { tree, severity: "malicious" },
      { name: "acme/b", severity: "vulnerable" },
    ],
    context,
    signal,
  );
  expect(revoked).toEqual([
    { tree, severity: "malicious" },
    { name: "acme/b", versions: ["1.0.0"], severity: "vulnerable" },
  ]);
});

test("what was written before stays, and is not written again", async () => {
  using store = temporaryStore();
  const { context } = await contextOf(store);
  await add(context, simpleOffer("acme/a", "1.0.0", key));
  const first = await applyRevocations(here, [{ name: "acme/a", severity: "malicious" }], context, signal);
  expect(await applyRevocations(here, [{ name: "acme/a", severity: "malicious" }], context, signal)).toEqual([]);
  const second = await applyRevocations(here, [{ name: "acme/a", severity: "vulnerable" }], context, signal);
  expect(readTrust(store.at).revoked).toEqual([...first, ...second]);
  expect(readTrust(store.at).publishers).not.toEqual({});
});

test("a marketplace revokes what came from it; claw's own is revoked by the one that comes with the program", async () => {
  using store = temporaryStore();
  const { context } = await contextOf(store);
  await add(context, simpleOffer("acme/a", "1.0.0", key));
  const ranges: readonly RevokedRange[] = ["acme/a", "claw/own"].map((name) => ({ name, severity: "malicious" }));
  expect(await applyRevocations({ id: "https://other.example" }, ranges, context, signal)).toEqual([]);
  expect(await applyRevocations(here, ranges, context, signal)).toEqual([{ name: "acme/a", versions: ["1.0.0"], severity: "malicious" }]);
  expect(await applyRevocations({ id: "claw" }, ranges, context, signal)).toEqual([{ name: "claw/own", versions: ["1.0.0"], severity: "malicious" }]);
});
