import { hash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Catalogue } from "../src/client/catalogue.ts";
import { addMarketplace, defaultMarketplace } from "../src/client/known.ts";
import { openCatalogue, openCatalogues } from "../src/client/marketplace.ts";
import { refresh } from "../src/client/refresh.ts";
import { type KnownMarketplace, readState } from "../src/client/state.ts";
import type { ContextOptions } from "./client-context.ts";
import { type MarketplaceFolder, marketplaceFolder, roleOf } from "./marketplace-folder.ts";
import { type Authority, newAuthority, serveFolder } from "./marketplace-server.ts";
import { newKey } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { later, type ServedMarketplace, servedMarketplace, signal, today } from "./served-marketplace.ts";

let authority: Authority;
let at: ServedMarketplace;

beforeAll(() => {
  authority = newAuthority();
});
beforeEach(async () => {
  at = await servedMarketplace(authority);
});
afterEach(() => at[Symbol.asyncDispose]());

describe("a refresh", () => {
  test("answers with what is remembered already", async () => {
    const { root, index } = await refresh(at.known, at.online(), signal);
    expect([root, index]).toEqual([at.shop.root(), at.shop.index()]);
    expect(at.seen()).toEqual({
      root: { pin: at.shop.fingerprint, fingerprint: at.shop.fingerprint, document: at.shop.root() },
      index: {
        version: 2,
        digest: `sha256-${hash("sha256", readFileSync(join(at.shop.path, "index.json")), "base64")}`,
        issued: today.toISOString(),
        role: at.shop.root().roles.index,
        aliases: [],
      },
      names: ["acme/a", "acme/b"],
      versions: {},
      revoked: [],
      refreshedAt: today.toISOString(),
    });
  });

  test("that is refused leaves what was seen as it was", async () => {
    await at.open();
    const before = at.seen();
    await at.shop.release(today, (index) => ({ ...index, marketplace: "https://ext.other.example" }));
    expect([await at.refusal(), at.seen()]).toEqual(["E_INDEX_MARKETPLACE", before]);
  });

  test("is refused for an index that is older, another, from tomorrow, expired, too long, signed by somebody else or without a name", async () => {
    const old = readFileSync(join(at.shop.path, "index.json"), "utf8");
    const other = { ...at.shop.index(), issued: later(-1).toISOString() };
    await at.shop.release(today);
    expect(await at.refusal()).toBe("accepted");
    at.shop.write("index.json", old);
    expect(await at.refusal()).toBe("E_INDEX_ROLLBACK");
    await at.shop.release(today, (index) => ({ ...other, version: index.version - 1 }));
    expect(await at.refusal()).toBe("E_INDEX_EQUIVOCATION");
    await at.shop.release(later(1));
    expect(await at.refusal()).toBe("E_INDEX_FUTURE");
    await at.shop.release(later(-8));
    expect(await at.refusal()).toBe("E_INDEX_EXPIRED");
    await at.shop.release(today, (index) => ({ ...index, expires: later(40).toISOString() }));
    expect(await at.refusal()).toBe("E_INDEX_LIFETIME");
    await at.shop.release(today, undefined, [newKey()]);
    expect(await at.refusal()).toBe("E_SIG_THRESHOLD");
    await at.shop.release(today, (index) => ({ ...index, extensions: {} }));
    expect(await at.refusal()).toBe("E_INDEX_REMOVED");
    await at.shop.release(today, (index) => ({ ...index, previous: "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" }));
    expect(await at.refusal()).toBe("accepted");
  });

  test("that finds no documents says so", async () => {
    rmSync(join(at.shop.path, "index.json"));
    expect(await at.refusal()).toBe("E_NOT_PUBLISHED");
  });

  test("follows a root that was replaced, and remembers it even when the index is not good", async () => {
    await at.shop.rotate({ rootKey: newKey(), indexKey: newKey() });
    expect([await at.refusal(), at.seen()?.root?.document.version, at.seen()?.index]).toEqual(["E_SIG_THRESHOLD", 2, undefined]);
    await at.shop.release(today);
    expect([await at.refusal(), (await at.open()).rootVersion]).toEqual(["accepted", 2]);
    await at.shop.rotate({ rootKey: newKey(), signers: [newKey()] });
    expect([await at.refusal(), at.seen()?.root?.document.version]).toEqual(["E_SIG_THRESHOLD", 2]);
  });

  test("is refused when the newest root has expired", async () => {
    expect(await at.refusal({}, { now: () => new Date("2028-01-01T00:00:00Z") })).toBe("E_ROOT_EXPIRED");
  });

  test("recovers from an index that counted too far when who signed it is taken out", async () => {
    await at.shop.release(today, (index) => ({ ...index, version: 9_000_000_000 }));
    expect(await at.refusal()).toBe("accepted");
    await at.shop.rotate({ indexKey: newKey() });
    await at.shop.release(today, (index) => ({ ...index, version: 3 }));
    expect([await at.refusal(), at.seen()?.index?.version]).toEqual(["accepted", 3]);
  });

  test("does not believe a state that names another root than the one that was trusted", async () => {
    const stranger = { ...at.known, root: `sha256:${"0".repeat(64)}` };
    expect(await laterRefusalOf(refresh(stranger, at.online(), signal))).toBe("E_ROOT_UNKNOWN");
    const renamed = { ...at.known, id: "https://ext.other.example" };
    expect(await laterRefusalOf(refresh(renamed, at.online(), signal))).toBe("E_ROOT_MARKETPLACE");
  });

  test("tells what it waits for, and ends when the person wants it to", async () => {
    const told: unknown[] = [];
    await at.open({}, { progress: (step) => told.push(step) });
    expect(told).toEqual([{ what: "refresh", of: at.shop.id }]);
    await expect(openCatalogue(at.known, at.online(), AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
  });
});

describe("without the network", () => {
  test("what was verified last is used as long as it is good, and it is said why", async () => {
    await at.open();
    await at.offersOf("acme/a");
    const away = { ...at.known, url: "https://ext.acme.test" };
    const catalogue = await openCatalogue(away, at.online({ network: { offline: true } }), signal);
    expect([catalogue.names, catalogue.stale?.cause.code, (await at.offersOf("acme/a", catalogue)).length]).toEqual([
      ["acme/a", "acme/b"],
      "NETWORK_OFFLINE",
      1,
    ]);
    expect(await laterRefusalOf(openCatalogue(away, at.online({ network: { offline: true } }), signal, { fresh: true }))).toBe("NETWORK_OFFLINE");
    await at.stop();
    const without = await at.open();
    expect([without.names, without.stale?.since, without.stale?.cause.code, (await at.offersOf("acme/a", without)).length]).toEqual([
      ["acme/a", "acme/b"],
      today.toISOString(),
      "NETWORK_FAILED",
      1,
    ]);
    expect(await laterRefusalOf(without.offers("acme/b", signal))).toBe("NETWORK_FAILED");
    expect([await at.refusal({ fresh: true }), await at.refusal({}, { now: () => later(8) }), await at.refusal({}, { now: () => later(800) })]).toEqual([
      "NETWORK_FAILED",
      "E_INDEX_EXPIRED",
      "E_ROOT_EXPIRED",
    ]);
  });

  test("an administrator's time judges what was verified last", async () => {
    await at.open();
    await at.stop();
    const policy = { extensions: { airgap: { [at.shop.id]: { asOf: later(1).toISOString(), until: later(100).toISOString() } } } };
    expect([await at.refusal({}, { now: () => later(50), policy }), await at.refusal({}, { now: () => later(101), policy })]).toEqual([
      "accepted",
      "E_INDEX_EXPIRED",
    ]);
  });

  test("nothing is used that was never verified", async () => {
    await at.stop();
    expect(await at.refusal()).toBe("NETWORK_FAILED");
  });

  test("what was kept is used only if it is what was verified", async () => {
    await at.open();
    const cache = at.online().cache;
    for (const name of readdirSync(cache)) writeFileSync(join(cache, name), readFileSync(join(cache, name), "utf8").replace("acme/b", "acme/c"));
    await at.stop();
    expect(await at.refusal()).toBe("NETWORK_FAILED");
    rmSync(cache, { recursive: true });
    expect(await at.refusal()).toBe("NETWORK_FAILED");
  });

  test("a marketplace that lies is not one that is not there", async () => {
    await at.open();
    await at.shop.release(today, (index) => ({ ...index, version: 1 }));
    expect(await at.refusal()).toBe("E_INDEX_ROLLBACK");
    at.server.misbehave("/index.json", { kind: "status", status: 403 });
    expect(await at.refusal()).toBe("E_HTTP_STATUS");
    at.server.misbehave("/index.json", { kind: "status", status: 503 });
    expect((await at.open()).stale?.cause.code).toBe("E_HTTP_STATUS");
  });

  test("what was verified under a root that was replaced since is verified again", async () => {
    await at.open();
    await at.shop.rotate({ indexKey: newKey() });
    await at.refusal();
    await at.stop();
    expect([at.seen()?.root?.document.version, await at.refusal()]).toEqual([2, "E_SIG_THRESHOLD"]);
  });
});

test("what was verified last is enough where nothing newer is wanted, and nobody is asked for it", async () => {
  await at.open();
  const asked = at.server.asked.length;
  expect([(await at.open({ fresh: false })).indexVersion, at.server.asked.length]).toEqual([2, asked]);
  await at.shop.release(later(7));
  const soon: ContextOptions = { now: () => later(7) };
  expect([(await at.open({ fresh: false }, soon)).indexVersion, at.server.asked.length > asked]).toEqual([3, true]);
});

test("the cache keeps the newest index only", async () => {
  await at.open();
  await at.shop.release(today);
  await at.open();
  expect(readdirSync(at.online().cache)).toEqual([expect.stringMatching(/^sha256-[\w-]{43}\.json$/)]);
});

describe("the marketplace that comes with the program", () => {
  const own = (folder: MarketplaceFolder): ContextOptions => ({ defaultUrl: folder.url, marketplace: { id: folder.id, root: folder.fingerprint } });
  const openOwn = (options: ContextOptions): Promise<Catalogue> => {
    const client = at.context.with(options);
    return openCatalogue(defaultMarketplace(client) as KnownMarketplace, client, signal);
  };

  test("is as old as the program, and its folder may be an older program's", async () => {
    using folder = await marketplaceFolder({ id: "https://claw.example" });
    folder.publish("claw/bedrock", "1.0.0");
    const old = await folder.release(today, (index) => ({ ...index, aliases: { bedrock: "claw/bedrock" } }));
    const oldText = readFileSync(join(folder.path, "index.json"));
    const years = { ...own(folder), now: () => new Date("2040-01-01T00:00:00Z") };
    expect((await openOwn(years)).alias("bedrock")).toBe("claw/bedrock");
    folder.publish("claw/vertex", "1.0.0");
    await folder.release(today);
    await openOwn(years);
    folder.write("index.json", oldText);
    expect((await openOwn(years)).indexVersion).toBe(old.version);
    await folder.release(today, undefined, [newKey()]);
    expect(await laterRefusalOf(openOwn(years))).toBe("E_SIG_THRESHOLD");
  });

  test("at an address is judged like any other", async () => {
    await using address = await serveFolder(at.shop.path, authority);
    const options = (now: Date): ContextOptions => ({
      network: { offline: false, ca: authority.ca },
      defaultUrl: address.url,
      marketplace: { id: at.shop.id, root: at.shop.fingerprint },
      now: () => now,
    });
    expect([await laterRefusalOf(openOwn(options(today))), await laterRefusalOf(openOwn(options(later(9))))]).toEqual(["accepted", "E_INDEX_EXPIRED"]);
  });

  test("begins anew when another program brings another root, and goes on when that is of the same chain", async () => {
    using before = await marketplaceFolder({ id: "https://claw.example" });
    using after = await marketplaceFolder({ id: "https://claw.example" });
    await using servedBefore = await serveFolder(before.path, authority);
    await using servedAfter = await serveFolder(after.path, authority);
    const network = { offline: false, ca: authority.ca };
    const program = (url: string, root: string): ContextOptions => ({ network, defaultUrl: url, marketplace: { id: "https://claw.example", root } });
    before.publish("claw/old", "1.0.0");
    await before.release(today);
    await openOwn(program(servedBefore.url, before.fingerprint));
    await before.rotate();
    await before.release(today);
    await openOwn(program(servedBefore.url, before.fingerprint));
    const names = () => readState(at.context.store.at).seen["https://claw.example"]?.names;
    const second = `sha256:${hash("sha256", readFileSync(join(before.path, "2.root.json")))}`;
    await openOwn(program(servedBefore.url, second));
    expect(names()).toEqual(["claw/old"]);
    await openOwn(program(servedAfter.url, after.fingerprint));
    expect(names()).toEqual([]);
  });

  test("has its scope and its short names to itself", async () => {
    const taking = (alias: string) => at.shop.release(today, (index) => ({ ...index, aliases: { [alias]: "acme/a" } }));
    await taking("bedrock");
    expect(await at.refusal({}, { names: ["claw/bedrock"] })).toBe("E_NAME_RESERVED");
    using folder = await marketplaceFolder({ id: "https://claw.example" });
    folder.publish("claw/nova-provider", "1.0.0");
    await folder.release(today, (index) => ({ ...index, aliases: { nova: "claw/nova-provider" } }));
    await openOwn(own(folder));
    await taking("nova");
    expect(await at.refusal({}, own(folder))).toBe("E_NAME_RESERVED");
    at.shop.publish("claw/evil", "1.0.0");
    await at.shop.release(today);
    expect(await at.refusal({}, own(folder))).toBe("E_NAME_RESERVED");
  });
});

describe("several marketplaces", () => {
  test("are opened together: all of them, or those that are asked for", async () => {
    using second = await marketplaceFolder({ id: "https://ext.other.example" });
    await addMarketplace(second.url, { scopes: ["other"], confirm: async () => true }, at.online(), signal);
    const ids = async (options: Parameters<typeof openCatalogues>[2], more?: ContextOptions): Promise<readonly string[]> =>
      (await openCatalogues(at.online(more), signal, options)).map(({ id }) => id);
    expect([await ids({}), await ids({ only: [second.url] }), await ids({ only: [at.shop.id, `${at.shop.id}/`] })]).toEqual([
      [at.shop.id, second.id],
      [second.id],
      [at.shop.id],
    ]);
    expect(await laterRefusalOf(ids({ only: ["https://unknown.example"] }))).toBe("E_MARKETPLACE_UNKNOWN");
    const policy = { extensions: { marketplaces: { deny: [at.shop.id] } } };
    expect([await ids({}, { policy }), await laterRefusalOf(ids({ only: [at.shop.id] }, { policy }))]).toEqual([[second.id], "E_POLICY"]);
  });

  test("one that cannot be opened ends it all, unless it may be left out", async () => {
    using second = await marketplaceFolder({ id: "https://ext.other.example" });
    await addMarketplace(second.url, { scopes: ["other"], confirm: async () => true }, at.online(), signal);
    await second.release(today, undefined, [newKey()]);
    expect(await laterRefusalOf(openCatalogues(at.online(), signal))).toBe("E_SIG_THRESHOLD");
    const failures: unknown[] = [];
    const left = await openCatalogues(at.online(), signal, { failed: ({ id }, { code }) => failures.push([id, code]) });
    expect([left.map(({ id }) => id), failures]).toEqual([[at.shop.id], [[second.id, "E_SIG_THRESHOLD"]]]);
  });
});

test("a root that wants two signers of its index gets them or is refused", async () => {
  const [one, two] = [newKey(), newKey()];
  await at.shop.rotate({ change: { roles: { root: at.shop.root().roles.root, index: roleOf([one, two], 2) } } });
  await at.shop.release(today, undefined, [one]);
  expect(await at.refusal()).toBe("E_SIG_THRESHOLD");
  await at.shop.release(today, undefined, [one, two]);
  expect(await at.refusal()).toBe("accepted");
});
