import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AddOptions, addMarketplace, knownMarketplaces, removeMarketplace } from "../src/client/known.ts";
import { refresh } from "../src/client/refresh.ts";
import { commitState, type KnownMarketplace, nothingSeen, readState, rememberVersions, versionsSeen, withSeen } from "../src/client/state.ts";
import { type ContextOptions, testContext, type TestContext } from "./client-context.ts";
import { type MarketplaceFolder, marketplaceFolder, pemOf } from "./marketplace-folder.ts";
import { newKey } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { pathToFileURL } from "node:url";

const { signal } = new AbortController();
const now = new Date("2026-11-22T12:00:00Z");
const refusesAll = async (): Promise<boolean> => false;
const add = (shop: { readonly url: string }, context: TestContext, more: Partial<AddOptions> = {}, options: ContextOptions = {}): Promise<KnownMarketplace> =>
  addMarketplace(shop.url, { scopes: ["acme"], confirm: async () => true, ...more }, context.with(options), signal);
const urlOf = (folder: { readonly path: string }): string => `${pathToFileURL(folder.path).href}/`;

describe("the state", () => {
  test("is empty at first, and what was committed is there for the next process, under the seal", async () => {
    using context = testContext();
    const { at } = context.store;
    expect(readState(at)).toEqual({ marketplaces: [], seen: {} });
    await commitState(at, (state) => withSeen(state, "https://ext.acme.example", nothingSeen), signal);
    expect(readState(at).seen).toEqual({ "https://ext.acme.example": nothingSeen });
    const path = join(at.folder, "state.json");
    writeFileSync(path, readFileSync(path, "utf8").replace("acme", "evil"));
    expect(await laterRefusalOf((async () => readState(at))())).toBe("E_SEAL");
  });

  test("takes in every change of those who make one at the same time", async () => {
    using context = testContext();
    const { at } = context.store;
    const names = Array.from({ length: 12 }, (_, index) => `https://ext-${index}.example`);
    await Promise.all(names.map((id) => commitState(at, (state) => withSeen(state, id, nothingSeen), signal)));
    expect(Object.keys(readState(at).seen).sort()).toEqual([...names].sort());
  });

  test("stays as it is when a change refuses", async () => {
    using context = testContext();
    const { at } = context.store;
    await commitState(at, (state) => withSeen(state, "a", nothingSeen), signal);
    const refuse = (): never => {
      throw new Error("no");
    };
    await expect(commitState(at, refuse, signal)).rejects.toThrow("no");
    await commitState(at, () => undefined, signal);
    expect(readState(at).seen).toEqual({ a: nothingSeen });
  });

  test("remembers versions, by name and marketplace, and what is refused is not remembered", async () => {
    using context = testContext();
    const { at } = context.store;
    const remember = (versions: Parameters<typeof rememberVersions>[1]["versions"], complete = true) =>
      rememberVersions(at, { id: "m", name: "acme/a", versions, complete }, now, signal);
    const first = { "1.0.0": { sha256: "one", tree: "ct1-one", firstSeen: now.toISOString() } };
    expect(await remember({ "1.0.0": { sha256: "one", tree: "ct1-one" } })).toEqual(first);
    expect([
      await laterRefusalOf(remember({ "1.0.0": { sha256: "other", tree: "ct1-one" }, "2.0.0": { sha256: "two" } })),
      await laterRefusalOf(remember({ "2.0.0": { sha256: "two" } })),
    ]).toEqual(["E_VERSION_MUTATED", "E_VERSION_REMOVED"]);
    expect([
      versionsSeen(readState(at), "m", "acme/a"),
      versionsSeen(readState(at), "m", "constructor"),
      versionsSeen(readState(at), "other", "acme/a"),
    ]).toEqual([first, {}, {}]);
    expect(Object.keys(await remember({ "2.0.0": { sha256: "two" } }, false))).toEqual(["1.0.0", "2.0.0"]);
  });
});

describe("a marketplace that is added", () => {
  test("is trusted once its root's fingerprint is confirmed, and known from then on", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    const shown: unknown[] = [];
    const confirm: AddOptions["confirm"] = async (fingerprint, document) => {
      shown.push(fingerprint, document);
      return true;
    };
    const known = await add(shop, context, { confirm });
    expect(known).toEqual({ id: shop.id, url: shop.url, scopes: ["acme"], format: "claw", root: shop.fingerprint });
    expect(shown).toEqual([shop.fingerprint, shop.root()]);
    expect(knownMarketplaces(context.with())).toEqual([known]);
    expect(readState(context.store.at).seen[shop.id]?.root).toEqual({ pin: shop.fingerprint, fingerprint: shop.fingerprint, document: shop.root() });
  });

  test("is not known when nobody confirms, or the root is another than was named", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    expect([
      await laterRefusalOf(add(shop, context, { confirm: refusesAll })),
      await laterRefusalOf(add(shop, context, { root: `sha256:${"0".repeat(64)}` })),
      readState(context.store.at).marketplaces,
    ]).toEqual(["E_ROOT_UNKNOWN", "E_ROOT_UNKNOWN", []]);
  });

  test("asks nobody when the root was named, be it an older one of the chain", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    await shop.rotate({ rootKey: newKey() });
    await shop.rotate({ rootKey: newKey() });
    const known = await add(shop, context, { root: shop.fingerprint, confirm: refusesAll });
    expect([known.root, readState(context.store.at).seen[shop.id]?.root?.document.version]).toEqual([shop.fingerprint, 3]);
  });

  test("has a root that agrees with itself and has not expired", async () => {
    using context = testContext();
    using forged = await marketplaceFolder();
    await forged.rotate({ rootKey: newKey(), signers: [newKey()] });
    using expired = await marketplaceFolder({ root: { expires: "2026-11-22T00:00:00Z" } });
    using nothing = temporaryFolder();
    expect([
      await laterRefusalOf(add(forged, context)),
      await laterRefusalOf(add(expired, context)),
      await laterRefusalOf(add({ url: urlOf(nothing) }, context)),
      readState(context.store.at).marketplaces,
    ]).toEqual(["E_SIG_THRESHOLD", "E_ROOT_EXPIRED", "E_NOT_PUBLISHED", []]);
  });

  test("may claim scopes that nobody else has, and none of claw's", async () => {
    using context = testContext();
    using first = await marketplaceFolder();
    using second = await marketplaceFolder({ id: "https://ext.other.example" });
    await add(first, context);
    expect([
      await laterRefusalOf(add(second, context, { scopes: ["other", "acme"] })),
      await laterRefusalOf(add(second, context, { scopes: ["claw"] })),
      await laterRefusalOf(add(second, context, { scopes: ["../x"] })),
      (await add(second, context, { scopes: [] })).scopes,
    ]).toEqual(["E_MARKETPLACE_CLAIMED", "E_NAME_RESERVED", "E_NAME", []]);
  });

  test("is one that the administrator allows", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    const under = (marketplaces: object): Promise<string> => laterRefusalOf(add(shop, context, {}, { policy: { extensions: { marketplaces } } }));
    expect([await under({ allow: ["https://only.example"] }), await under({ allow: [shop.id], deny: [shop.id] }), await under({ deny: [] })]).toEqual([
      "E_POLICY",
      "E_POLICY",
      "accepted",
    ]);
  });

  test("cannot call itself what comes with claw", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    expect(await laterRefusalOf(add(shop, context, {}, { marketplace: { id: shop.id, root: "sha256:other" } }))).toBe("E_MARKETPLACE_CLAIMED");
  });

  test("again, at another address, is the same one: its root is not asked about, and may not be another", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    await add(shop, context);
    await refresh(knownMarketplaces(context.with())[0] as KnownMarketplace, context.with(), signal);
    const before = readState(context.store.at).seen;
    using impostor = await marketplaceFolder();
    expect(await laterRefusalOf(add(impostor, context))).toBe("E_ROOT_UNKNOWN");
    expect(await laterRefusalOf(add(impostor, context, { root: impostor.fingerprint }))).toBe("E_ROOT_UNKNOWN");
    const known = await add(shop, context, { scopes: ["acme", "more"], confirm: refusesAll });
    expect([knownMarketplaces(context.with()), readState(context.store.at).seen]).toEqual([[known], before]);
  });

  test("is forgotten with all that was seen of it when it is removed, by its name or its address", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    const known = await add(shop, context);
    expect(await laterRefusalOf(removeMarketplace("https://other.example", context.with(), signal))).toBe("E_MARKETPLACE_UNKNOWN");
    expect(await removeMarketplace(`${shop.id}/`, context.with(), signal)).toEqual(known);
    expect(readState(context.store.at)).toEqual({ marketplaces: [], seen: {} });
    await commitState(
      context.store.at,
      (state) => withSeen(state, shop.id, { ...nothingSeen, root: { pin: "sha256:old", fingerprint: "sha256:old", document: shop.root() } }),
      signal,
    );
    expect(await laterRefusalOf(add(shop, context, { confirm: refusesAll }))).toBe("E_ROOT_UNKNOWN");
    await add(shop, context);
    expect(await removeMarketplace(shop.url, context.with(), signal)).toEqual(known);
  });
});

describe("a marketplace of another format", () => {
  const index = JSON.stringify({ version: 1.5, plugins: [] });
  const shops = { "claw-code-go": { "index.json": index }, "claude-code": { ".claude-plugin/marketplace.json": "{}" } };

  test.each(["claw-code-go", "claude-code"] as const)("is seen by its files: %s", async (format) => {
    using context = testContext();
    using folder = temporaryFolder(shops[format]);
    const shop = { url: urlOf(folder) };
    const pem = pemOf(newKey());
    const id = shop.url.slice(0, -1);
    expect(await laterRefusalOf(add(shop, context))).toBe("E_SIG_MISSING");
    expect(await laterRefusalOf(add(shop, context, { allowUnsigned: true, scopes: [] }))).toBe("USAGE");
    expect(await laterRefusalOf(add(shop, context, { allowUnsigned: true }, { policy: { extensions: { marketplaces: { deny: [id] } } } }))).toBe("E_POLICY");
    expect(await add(shop, context, { allowUnsigned: true })).toEqual({ id, url: shop.url, scopes: ["acme"], format, unsigned: true });
    const publishers = [{ kind: "key", pem }] as const;
    expect(await add(shop, context, { publishers })).toEqual({ id, url: shop.url, scopes: ["acme"], format, publishers });
  });

  test("is claw's own when there is a root, and nothing when its index is none", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    shop.write("index.json", index);
    shop.write(".claude-plugin/marketplace.json", "{}");
    expect((await add(shop, context, { allowUnsigned: true })).format).toBe("claw");
    using other = temporaryFolder({ "index.json": JSON.stringify({ kind: "claw.index/1", plugins: [] }) });
    expect(await laterRefusalOf(add({ url: urlOf(other) }, context, { allowUnsigned: true }))).toBe("E_NOT_PUBLISHED");
  });
});

describe("the marketplace that comes with the program", () => {
  const own = (shop: MarketplaceFolder): ContextOptions => ({ defaultUrl: shop.url, marketplace: { id: shop.id, root: shop.fingerprint } });

  test("is known first, with the scope claw, and only where the program names both its root and its address", async () => {
    using context = testContext();
    using shop = await marketplaceFolder({ id: "https://claw.example" });
    using other = await marketplaceFolder();
    const added = await add(other, context, {}, own(shop));
    const bundled = { id: shop.id, url: shop.url, scopes: ["claw"], format: "claw", root: shop.fingerprint };
    expect([
      knownMarketplaces(context.with(own(shop))),
      knownMarketplaces(context.with({ defaultUrl: shop.url })),
      knownMarketplaces(context.with({ marketplace: { id: shop.id, root: shop.fingerprint } })),
    ]).toEqual([[bundled, added], [added], [added]]);
  });

  test("cannot be removed", async () => {
    using context = testContext();
    using shop = await marketplaceFolder();
    expect(await laterRefusalOf(removeMarketplace(shop.id, context.with(own(shop)), signal))).toBe("USAGE");
  });
});

describe("what was seen of a marketplace never gets less", () => {
  test("whatever of its past a server answers with, in whatever order, and whoever asks at the same time", async () => {
    using shop = await marketplaceFolder();
    const past: string[] = [];
    const indexOf = (): string => readFileSync(join(shop.path, "index.json"), "utf8");
    past.push(indexOf());
    for (const name of ["a", "b", "c", "d"]) {
      shop.publish(`acme/${name}`, "1.0.0");
      await shop.release(now, (index) => ({
        ...index,
        revoked: [...(index.revoked ?? []), { name: `acme/${name}`, versions: "<1.0.0", severity: "malicious" }],
      }));
      past.push(indexOf());
    }
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(past.length - 1), fc.integer({ min: 1, max: 3 })), { minLength: 1, maxLength: 6 }), async (answers) => {
        using context = testContext();
        const known = await add(shop, context);
        let newest = 0;
        for (const [which, askers] of answers) {
          shop.write("index.json", past[which] ?? "");
          const codes = await Promise.all(Array.from({ length: askers }, () => laterRefusalOf(refresh(known, context.with(), signal))));
          const version = which + 1;
          expect(codes).toEqual(Array.from({ length: askers }, () => (version < newest ? "E_INDEX_ROLLBACK" : "accepted")));
          newest = Math.max(newest, version);
          const { index, names, revoked } = readState(context.store.at).seen[shop.id] ?? nothingSeen;
          expect([index?.version, names.length, revoked.length]).toEqual([newest, newest - 1, newest - 1]);
        }
      }),
      { numRuns: 25 },
    );
  });
});
