import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openCatalogue } from "../src/client/marketplace.ts";
import type { KnownMarketplace } from "../src/client/state.ts";
import { pinOf } from "../src/documents/pins.ts";
import { documentText } from "../src/documents/read.ts";
import { verifyArtifact } from "../src/signature/verify.ts";
import { pemOf } from "./marketplace-folder.ts";
import { type Authority, newAuthority, serveFolder } from "./marketplace-server.ts";
import { laterRefusalOf } from "./refusal.ts";
import { type ServedMarketplace, servedMarketplace, signal, today } from "./served-marketplace.ts";

let authority: Authority;
let at: ServedMarketplace;

beforeAll(() => {
  authority = newAuthority();
});
beforeEach(async () => {
  at = await servedMarketplace(authority);
});
afterEach(() => at[Symbol.asyncDispose]());

describe("a catalogue", () => {
  test("offers what the marketplace says of each version, and remembers it", async () => {
    const catalogue = await at.open();
    const [published] = Object.values(
      (
        JSON.parse(readFileSync(join(at.shop.path, "acme/a/manifest.json"), "utf8")) as {
          versions: Record<string, { sha256: string; tree: string; size: number; published: string }>;
        }
      ).versions,
    );
    expect([catalogue.id, catalogue.names, catalogue.indexVersion, catalogue.rootVersion, catalogue.revoked, catalogue.stale]).toEqual([
      at.shop.id,
      ["acme/a", "acme/b"],
      2,
      1,
      [],
      undefined,
    ]);
    expect(await catalogue.offers("acme/a", signal)).toEqual({
      name: "acme/a",
      description: "The extension acme/a",
      versions: [
        {
          name: "acme/a",
          version: "1.0.0",
          marketplace: at.shop.id,
          resolved: "acme/a/a-1.0.0.tgz",
          indexVersion: 2,
          rootVersion: 1,
          published: published?.published,
          firstSeen: today.toISOString(),
          size: published?.size,
          integrity: `sha256-${published?.sha256 ?? ""}`,
          tree: published?.tree,
          engines: { claw: "^1.0.0" },
          permissions: { net: ["https://acme.example"] },
          dependencies: { "acme/b": "^1.0.0" },
          contributes: ["view"],
          tier: "trusted",
          native: false,
          publishers: [{ kind: "key", pem: pemOf(at.shop.publisherKey) }],
          fetch: expect.any(Function),
        },
      ],
    });
    expect(at.seen()?.versions).toEqual({ "acme/a": { "1.0.0": { sha256: published?.sha256, tree: published?.tree, firstSeen: today.toISOString() } } });
  });

  test("knows no names but those that are advertised", async () => {
    const catalogue = await at.open();
    for (const name of ["acme/c", "constructor", "__proto__", "toString"]) expect(await catalogue.offers(name, signal)).toBe(undefined);
    expect(catalogue.alias("constructor")).toBe(undefined);
  });

  test("tells what short names mean, what is yanked, deprecated, revoked, who publishes one extension, and where the private trusted root is", async () => {
    const yanked = { date: "2026-11-20", reason: "broken" };
    at.shop.publish("acme/a", "1.1.0", { published: { yanked, native: true, tier: "declarative" } });
    const publishers = [{ kind: "oidc" as const, issuer: "https://issuer.example", san: "alice@acme.example" }];
    await at.shop.rotate({ change: { sigstore: { trustedRoot: { mediaType: "x" } } } });
    await at.shop.release(today, (index) => ({
      ...index,
      aliases: { nova: "acme/a" },
      revoked: [{ name: "acme/b", severity: "malicious" }],
      namespaces: { acme: { ...(index.namespaces["acme"] ?? { publishers }), tlog: "required" } },
      extensions: { ...index.extensions, "acme/a": { ...index.extensions["acme/a"], deprecated: "use acme/b", publishers } as never },
    }));
    const catalogue = await at.open();
    const offers = await catalogue.offers("acme/a", signal);
    expect([catalogue.alias("nova"), catalogue.revoked, offers?.deprecated]).toEqual(["acme/a", [{ name: "acme/b", severity: "malicious" }], "use acme/b"]);
    expect(
      offers?.versions.map(({ version, yanked: y, deprecated, publishers: who, tlog, trustedRoot, native, tier }) => ({
        version,
        yanked: y,
        deprecated,
        who,
        tlog,
        trustedRoot,
        native,
        tier,
      })),
    ).toEqual([
      {
        version: "1.0.0",
        yanked: undefined,
        deprecated: "use acme/b",
        who: publishers,
        tlog: "required",
        trustedRoot: { mediaType: "x" },
        native: false,
        tier: "trusted",
      },
      {
        version: "1.1.0",
        yanked,
        deprecated: "use acme/b",
        who: publishers,
        tlog: "required",
        trustedRoot: { mediaType: "x" },
        native: true,
        tier: "declarative",
      },
    ]);
  });

  test("is searched by the document that the index pins", async () => {
    expect(await (await at.open()).search(signal)).toEqual({ "acme/a": ["The extension acme/a", []], "acme/b": ["The extension acme/b", []] });
    await at.shop.release(today, (index) => {
      const { search: _, ...rest } = index;
      return rest;
    });
    expect(await (await at.open()).search(signal)).toEqual({});
  });

  test("does not offer what nobody is named to sign", async () => {
    await at.shop.release(today, (index) => ({ ...index, namespaces: {} }));
    expect(await at.offersRefusal()).toBe("E_POLICY_EMPTY");
  });

  test("refuses the versions that are not those of the index, of another name, changed or gone", async () => {
    expect(await at.offersRefusal()).toBe("accepted");
    const text = readFileSync(join(at.shop.path, "acme/a/manifest.json"), "utf8");
    const pinnedTo = (content: string) => {
      at.shop.write("acme/a/other.json", content);
      return at.shop.release(today, (index) => ({
        ...index,
        extensions: { ...index.extensions, "acme/a": { latest: "1.0.0", manifest: pinOf(Buffer.from(content)), url: "acme/a/other.json" } },
      }));
    };
    await pinnedTo(text.replace("The extension", "An extension"));
    at.shop.write("acme/a/other.json", text.replace("The extension", "My extension"));
    expect(await at.offersRefusal()).toBe("E_MANIFEST_DIGEST");
    await pinnedTo(text.replace('"name":"acme/a"', '"name":"acme/b"'));
    expect(await at.offersRefusal()).toBe("E_NAME_MISMATCH");
    await pinnedTo(text.replace(/"tree":"ct1-....../, '"tree":"ct1-000000'));
    expect(await at.offersRefusal()).toBe("E_VERSION_MUTATED");
    at.shop.publish("acme/a", "2.0.0");
    await at.shop.release(today);
    expect(await at.offersRefusal()).toBe("accepted");
    const { versions, ...rest } = JSON.parse(readFileSync(join(at.shop.path, "acme/a/manifest.json"), "utf8")) as { versions: Record<string, unknown> };
    await pinnedTo(documentText({ ...rest, versions: { "1.0.0": versions["1.0.0"] } }));
    expect(await at.offersRefusal()).toBe("E_VERSION_REMOVED");
    await pinnedTo(documentText({ ...rest, versions: { "2.0.0": versions["2.0.0"] } }));
    expect(await at.offersRefusal()).toBe("E_MANIFEST_MISMATCH");
    rmSync(join(at.shop.path, "acme/b"), { recursive: true });
    expect(await at.offersRefusal("acme/b")).toBe("E_NOT_PUBLISHED");
  });

  test("refuses more than a document has, whatever it turns out to be", async () => {
    const catalogue = await at.open();
    const path = `/acme/a/${readdirSync(join(at.shop.path, "acme/a")).find((name) => /^manifest\.[^.]+\.json$/.test(name)) ?? ""}`;
    at.server.misbehave(path, { kind: "endless" });
    expect(await at.offersRefusal("acme/a", catalogue)).toBe("E_META_TOO_LARGE");
  });

  test("fetches the archive and its signature, and no more than the marketplace said", async () => {
    const [offer] = await at.offersOf("acme/a");
    const fetched = (await offer?.fetch(signal)) as { archive: Uint8Array; bundle: Uint8Array };
    expect(fetched).toEqual({
      form: "archive",
      archive: readFileSync(join(at.shop.path, "acme/a/a-1.0.0.tgz")),
      bundle: readFileSync(join(at.shop.path, "acme/a/a-1.0.0.tgz.sigstore.json")),
    });
    expect((await verifyArtifact({ artifact: fetched.archive, bundle: fetched.bundle, policy: offer?.publishers ?? [], now: today })).mode).toBe("key");
    at.server.misbehave("/acme/a/a-1.0.0.tgz", { kind: "bytes", bytes: Buffer.alloc((offer?.size ?? 0) + 1) });
    expect(await laterRefusalOf(offer?.fetch(signal) ?? Promise.resolve())).toBe("E_TOO_LARGE");
    at.server.misbehave("/acme/a/a-1.0.0.tgz", { kind: "endless" });
    expect(await laterRefusalOf(offer?.fetch(signal) ?? Promise.resolve())).toBe("E_TOO_LARGE");
    at.server.misbehave("/acme/a/a-1.0.0.tgz", { kind: "status", status: 404 });
    expect(await laterRefusalOf(offer?.fetch(signal) ?? Promise.resolve())).toBe("E_NOT_PUBLISHED");
  });

  test("fetches a provenance where there is one, and no signature where there is none", async () => {
    at.shop.publish("acme/a", "1.1.0", { published: { provenance: "a-1.1.0.provenance.json" } });
    at.shop.write("acme/a/a-1.1.0.provenance.json", "a statement");
    await at.shop.release(today);
    rmSync(join(at.shop.path, "acme/a/a-1.1.0.tgz.sigstore.json"));
    expect(await (await at.offersOf("acme/a"))[1]?.fetch(signal)).toEqual({
      form: "archive",
      archive: readFileSync(join(at.shop.path, "acme/a/a-1.1.0.tgz")),
      bundle: undefined,
      provenance: Buffer.from("a statement"),
    });
  });

  test.each(["../../../x.tgz", "/x.tgz/../../y", "//evil.example/x.tgz", "https://evil.example/x.tgz", "http://127.0.0.1/x.tgz", "file:///etc/passwd"])(
    "does not fetch an archive from %s",
    async (tarball) => {
      at.shop.publish("acme/a", "1.1.0", { published: { tarball } });
      await at.shop.release(today);
      const [, offer] = await at.offersOf("acme/a");
      const code = await laterRefusalOf(offer?.fetch(signal) ?? Promise.resolve());
      // What climbs no further than the server's own root is only not there.
      expect(code).toBe(tarball.startsWith("../") || tarball.startsWith("/x") ? "E_NOT_PUBLISHED" : "E_URL_HOST");
    },
  );
});

describe("mirrors", () => {
  test("are asked where the marketplace does not answer, without its credentials", async () => {
    await using mirror = await serveFolder(at.shop.path, authority);
    await at.shop.rotate({ change: { mirrors: [mirror.url, "http://127.0.0.1:1", "file:///"] } });
    await at.shop.release(today);
    const withSecret: KnownMarketplace = { ...at.known, credential: "token" };
    const credentials = async (name: string) => ({ authorization: name });
    await openCatalogue(withSecret, at.online({ credentials }), signal);
    expect(at.server.asked.at(-1)?.headers.authorization).toBe("token");
    at.server.misbehave("/2.root.json", { kind: "hang-up" });
    at.server.misbehave("/3.root.json", { kind: "hang-up" });
    const catalogue = await openCatalogue(withSecret, at.online({ credentials }), signal, { fresh: true });
    const [offer] = await at.offersOf("acme/a", catalogue);
    await offer?.fetch(signal);
    expect([
      catalogue.indexVersion,
      mirror.paths().includes("/acme/a/a-1.0.0.tgz"),
      mirror.asked.filter(({ headers }) => headers.authorization !== undefined),
    ]).toEqual([3, true, []]);
  });

  test("may hold an archive, once the root lists them", async () => {
    await using mirror = await serveFolder(at.shop.path, authority);
    at.shop.publish("acme/a", "1.1.0", { published: { tarball: `${mirror.url}/acme/a/a-1.1.0.tgz` } });
    await at.shop.release(today);
    const fetch = async (): Promise<string> => laterRefusalOf((await at.offersOf("acme/a"))[1]?.fetch(signal) ?? Promise.resolve());
    expect(await fetch()).toBe("E_URL_HOST");
    await at.shop.rotate({ change: { mirrors: [mirror.url] } });
    await at.shop.release(today);
    expect(await fetch()).toBe("accepted");
    expect((await at.offersOf("acme/a"))[1]?.resolved).toBe(`${mirror.url}/acme/a/a-1.1.0.tgz`);
  });
});
