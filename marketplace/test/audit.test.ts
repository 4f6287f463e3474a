import { commitTrust } from "@claw/kernel/host";
import { expect, test } from "vitest";
import { audit, type Finding } from "../src/client/audit.ts";
import { carryOut } from "../src/client/carry-out.ts";
import type { Catalogue, Offer } from "../src/client/catalogue.ts";
import { catalogueOf, contextOf, marketplace, plannedOf, planOf, signal, simpleOffer, tellingHooks } from "./offered-packages.ts";
import { filesOf, manifestOf, newKey, temporaryStore, type TemporaryStore } from "./package-source.ts";

const key = newKey();

async function found(store: TemporaryStore, installed: readonly Offer[], catalogue: Catalogue | undefined, project?: string): Promise<readonly Finding[]> {
  const { context } = await contextOf(store);
  await carryOut(
    planOf(
      installed.map((offer) => plannedOf(offer, key)),
      project,
    ),
    { context, hooks: tellingHooks().hooks, by: "prompt" },
    signal,
  );
  return audit({ context, catalogueOf: async (id) => (id === marketplace ? catalogue : undefined) }, signal);
}

const told = (findings: readonly Finding[]): readonly string[] => findings.map(({ name, level, kind, text }) => `${level} ${kind} ${name}: ${text}`);
const byKey = "note provenance acme/a: it is signed with a key, and nothing says from which source it was built";

test("what is up to date and signed with a key has nothing but its provenance said of it", async () => {
  using store = temporaryStore();
  const offer = simpleOffer("acme/a", "1.0.0", key);
  const catalogue = catalogueOf([
    offer,
    simpleOffer("acme/a", "1.1.0-rc.1", key),
    simpleOffer("acme/a", "1.2.0", key, {}, { yanked: { date: "2026-11-01", reason: "broken" } }),
  ]);
  expect(told(await found(store, [offer], catalogue))).toEqual([byKey]);
});

test("an audit names what was yanked, deprecated, outdated and revoked, wherever it is installed", async () => {
  using store = temporaryStore();
  const offer = simpleOffer("acme/a", "1.0.0", key);
  const offered = [
    { ...offer, yanked: { date: "2026-11-01", reason: "\u001b[31mbroken" }, deprecated: "use acme/b" },
    simpleOffer("acme/a", "1.1.0", key),
    simpleOffer("acme/a", "1.2.0", key),
  ];
  const revoked = [
    { name: "acme/a", versions: "<1.1.0", severity: "malicious", reason: "steals" },
    { name: "acme/a", versions: ">=1.2.0", severity: "vulnerable" },
  ] as const;
  const findings = await found(store, [offer], catalogueOf(offered, { revoked }), "0123456789abcdef");
  expect(told(findings)).toEqual([
    byKey,
    "error revoked acme/a: 1.0.0 was revoked (malicious: `steals`)",
    "warning yanked acme/a: 1.0.0 was yanked (`\\x1b[31mbroken`)",
    "warning deprecated acme/a: it is deprecated: `use acme/b`",
    "note outdated acme/a: 1.1.0 is out",
  ]);
  expect(findings.every(({ workspace, version }) => workspace === "0123456789abcdef" && version === "1.0.0")).toBe(true);
});

test("an audit names a publisher who is not trusted any more, and a weakness this machine knows of", async () => {
  using store = temporaryStore();
  const offer = simpleOffer("acme/a", "1.0.0", key);
  await found(store, [offer], undefined);
  const revoked = [
    { severity: "vulnerable", name: "acme/a" },
    { severity: "malicious", name: "claw/own", versions: ["1.0.0"] },
  ] as const;
  await commitTrust(store.at, () => ({ publishers: {}, revoked }), signal);
  const { context } = await contextOf(store);
  const findings = await audit({ context, catalogueOf: async () => undefined }, signal);
  expect(findings.map(({ name, level, kind }) => `${name} ${level} ${kind}`)).toEqual([
    "claw/own error revoked",
    "acme/a warning revoked",
    "acme/a error untrusted",
    "acme/a note provenance",
    "acme/a note unchecked",
  ]);
});

test("an audit names what nobody signed and what is not offered any more", async () => {
  using store = temporaryStore();
  const { main: _, provides: __, ...manifest } = manifestOf("acme/a", "1.0.0");
  const files = filesOf({ ...manifest, permissions: { prompt: true }, content: { skills: ["./*.md"] } }).filter(({ path }) => path !== "dist/index.mjs");
  const offer: Offer = {
    ...simpleOffer("acme/a", "1.0.0", key, {}, { tier: "declarative", permissions: { prompt: true }, publishers: [] }),
    fetch: async () => ({ form: "mapped", files, integrity: "sha256-x", signature: undefined, inactive: [] }),
  };
  const { integrity: ___, tree: ____, ...unpinned } = offer;
  expect(told(await found(store, [unpinned], catalogueOf([])))).toEqual([
    "warning unsigned acme/a: nobody signed it",
    `warning removed acme/a: ${marketplace} does not offer it any more`,
  ]);
});
