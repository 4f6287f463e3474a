import { hash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ClawError, commitTrust, grantKeyOf, openStore, readGrants, readTrust } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { type CarryOutOptions, carryOut } from "../src/client/carry-out.ts";
import type { Offer } from "../src/client/catalogue.ts";
import { attestWithKey, slsaStatement } from "../src/signature/attestation.ts";
import { fileOf } from "./archive-forgery.ts";
import { bundledStore, contextOf, marketplace, now, offerOf, plannedOf, planOf, publisherOf, signal, simpleOffer, tellingHooks } from "./offered-packages.ts";
import { filesOf, manifestOf, newKey, sourceOf, temporaryStore, type TemporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";

const gone = (): ClawError => new ClawError("E_NOT_PUBLISHED", "it is not there", { url: "a.tgz" });
const key = newKey();
const publisher = publisherOf(key);
const workspace = "0123456789abcdef";

interface Tried {
  readonly code: string;
  readonly told: readonly string[];
  readonly fetched: readonly string[];
  readonly files: readonly string[];
}

/** Carries out a plan of these offers and says how that went. */
async function tried(store: TemporaryStore, offers: readonly Offer[], more: Partial<CarryOutOptions> = {}, told = tellingHooks()): Promise<Tried> {
  const fetched: string[] = [];
  const watched = offers.map((offer) => ({
    ...offer,
    fetch: (until: AbortSignal) => {
      fetched.push(offer.name);
      return offer.fetch(until);
    },
  }));
  const { context } = await contextOf(store);
  const code = await laterRefusalOf(
    carryOut(planOf(watched.map((offer) => plannedOf(offer, key))), { context, hooks: told.hooks, by: "prompt", ...more }, signal),
  );
  const files = existsSync(store.at.folder) ? readdirSync(store.at.folder, { recursive: true }).map(String) : [];
  return { code, told: told.told, fetched: fetched.sort(), files: files.filter((name) => name !== "staging").sort() };
}

describe("a plan that is carried out", () => {
  test("installs all its packages in one generation, with what the marketplace and the signature say of them", async () => {
    using store = temporaryStore();
    const { context, progress } = await contextOf(store);
    const { hooks, told, events } = tellingHooks();
    const needed = simpleOffer("acme/b", "2.1.3", key);
    const main = simpleOffer("acme/a", "1.0.0", key, { dependencies: { "acme/b": "^2.0.0" }, permissions: { net: ["https://acme.example"] } });
    const plan = planOf([plannedOf(needed, key, { requestedBy: ["acme/a"] }), plannedOf(main, key, {}, { dependencies: { "acme/b": "2.1.3" } })]);
    const { installed, warnings } = await carryOut(plan, { context, hooks, by: "prompt" }, signal);
    const opened = openStore(store.at);
    expect([opened.generation, opened.names, installed.map(({ name }) => name), warnings]).toEqual([1, ["acme/a", "acme/b"], ["acme/b", "acme/a"], []]);
    const lock = opened.get("acme/a")?.lock;
    expect({ ...lock, files: undefined }).toEqual({
      version: "1.0.0",
      marketplace,
      resolved: "acme/a/a-1.0.0.tgz",
      integrity: main.integrity,
      tree: main.tree,
      publisher,
      signature: { mode: "key" },
      indexVersion: 7,
      rootVersion: 2,
      engines: { claw: "^1.0.0" },
      requested: { net: ["https://acme.example"] },
      tier: "trusted",
      dependencies: { "acme/b": "2.1.3" },
      requestedBy: ["user"],
      files: undefined,
    });
    expect(told).toEqual(["Pre add acme/b 2.1.3", "Pre add acme/a 1.0.0", "Post add acme/a 1.0.0", "Post add acme/b 2.1.3"]);
    expect(events.map(({ plan: whole }) => whole.map(({ name }) => name))).toEqual([
      ["acme/b", "acme/a"],
      ["acme/b", "acme/a"],
    ]);
    expect(progress.map(({ what, of }) => `${what} ${of}`)).toEqual([
      "fetch acme/b@2.1.3",
      "fetch acme/a@1.0.0",
      "verify acme/b@2.1.3",
      "verify acme/a@1.0.0",
      "install acme/b@2.1.3",
      "install acme/a@1.0.0",
    ]);
  });

  test("trusts the publisher with these extensions alone, and grants what they ask for", async () => {
    using store = temporaryStore();
    const permissions = { net: ["https://acme.example"] };
    await tried(store, [simpleOffer("acme/a", "1.0.0", key, { permissions })]);
    await tried(store, [simpleOffer("acme/b", "1.0.0", key)], { by: "flag" });
    expect(readTrust(store.at).publishers).toEqual({
      [publisher]: { tier: "trusted", extensions: ["acme/a", "acme/b"], pem: expect.stringContaining("BEGIN PUBLIC KEY") as string },
    });
    expect(readGrants(store.at)).toEqual({
      [grantKeyOf("acme/a", { publisher, requested: permissions })]: { granted: permissions, at: now.toISOString(), by: "prompt" },
      [grantKeyOf("acme/b", { publisher, requested: {} })]: { granted: {}, at: now.toISOString(), by: "flag" },
    });
  });

  test("writes no trust for a publisher whom the program trusts, since a person's word would replace the program's", async () => {
    using store = temporaryStore();
    const bundled = await bundledStore(store.root, key);
    const { context } = await contextOf(store, { bundled });
    await carryOut(planOf([plannedOf(simpleOffer("claw/more", "1.0.0", key), key)]), { context, hooks: tellingHooks().hooks, by: "policy" }, signal);
    expect([readTrust(store.at).publishers, openStore(store.at).names]).toEqual([{}, ["claw/more"]]);
  });

  test("narrows a wide trust that does not reach far enough to what is installed", async () => {
    using store = temporaryStore();
    await commitTrust(store.at, () => ({ publishers: { [publisher]: { tier: "declarative" } }, revoked: [] }), signal);
    await tried(store, [simpleOffer("acme/a", "1.0.0", key)]);
    expect(readTrust(store.at).publishers[publisher]).toMatchObject({ tier: "trusted", extensions: ["acme/a"] });
  });

  test("is for one project alone when the plan is", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const offer = simpleOffer("acme/a", "1.0.0", key);
    await carryOut(planOf([plannedOf(offer, key, { requestedBy: ["project"] })], workspace), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);
    const opened = openStore(store.at);
    expect([opened.names, opened.namesIn(workspace), opened.workspaces, opened.get("acme/a", workspace)?.version]).toEqual([
      [],
      ["acme/a"],
      [workspace],
      "1.0.0",
    ]);
  });

  test("makes its packages part of a profile, and Post tells when that fails", async () => {
    using store = temporaryStore();
    const enabled: string[] = [];
    const enable: CarryOutOptions["enable"] = async (installed) => {
      enabled.push(...installed.map(({ name }) => name));
      throw new Error("read-only");
    };
    const { hooks, told } = tellingHooks();
    const { context } = await contextOf(store);
    const plan = planOf([plannedOf(simpleOffer("acme/a", "1.0.0", key), key)]);
    await expect(carryOut(plan, { context, hooks, by: "prompt", enable }, signal)).rejects.toThrow("read-only");
    expect([enabled, told, openStore(store.at).names]).toEqual([["acme/a"], ["Pre add acme/a 1.0.0", "Post add acme/a 1.0.0 Error: read-only"], ["acme/a"]]);
  });

  test("of nothing does nothing", async () => {
    using store = temporaryStore();
    expect(await tried(store, [])).toEqual({ code: "accepted", told: [], fetched: [], files: [] });
  });
});

describe("nothing is fetched and nothing written", () => {
  test("when a guard blocks any package of the plan", async () => {
    using store = temporaryStore();
    const hooks = tellingHooks(({ name }) => name === "acme/b");
    const offers = [simpleOffer("acme/a", "1.0.0", key), simpleOffer("acme/b", "1.0.0", key), simpleOffer("acme/c", "1.0.0", key)];
    expect(await tried(store, offers, {}, hooks)).toEqual({
      code: "PLUGIN_BLOCKED",
      told: ["Pre add acme/a 1.0.0", "Pre add acme/b 1.0.0", "Post add acme/a 1.0.0 PLUGIN_BLOCKED"],
      fetched: [],
      files: [],
    });
  });
});

describe("nothing is written, and Post tells why,", () => {
  const valid = manifestOf("acme/a", "1.0.0", { permissions: { net: ["https://acme.example"] }, dependencies: {} });
  const offered = (more: Partial<Offer>): Offer => offerOf(filesOf(valid), key, more);
  const mapped = (more: Partial<Extract<Awaited<ReturnType<Offer["fetch"]>>, { readonly form: "mapped" }>>): Partial<Offer> => ({
    integrity: "sha256-of-theirs",
    fetch: async () => ({ form: "mapped", files: filesOf(valid), integrity: "sha256-of-theirs", signature: undefined, inactive: [], ...more }),
  });
  test.for<readonly [what: string, code: string, offer: () => Offer]>([
    ["when the archive is not there", "E_NOT_PUBLISHED", () => offered({ fetch: () => Promise.reject(gone()) })],
    ["when it is signed by another", "E_SIG_UNKNOWN_KEY", () => offered({ publishers: sourceOf(filesOf(valid), newKey()).publishers })],
    ["when it is not signed", "E_SIG_MISSING", () => offerOf(filesOf(valid), key, {}, { bundle: undefined })],
    ["when nobody is named who may sign it", "E_POLICY_EMPTY", () => offered({ publishers: [] })],
    [
      "when it is signed for other bytes",
      "E_SIG_DIGEST",
      () => offerOf(filesOf(valid), key, {}, { bundle: sourceOf(filesOf(manifestOf("acme/b", "1.0.0")), key).bundle }),
    ],
    [
      "when its provenance is about something else",
      "E_SIG_DIGEST",
      () => offerOf(filesOf(valid), key, {}, { provenance: sourceOf(filesOf("{"), key).bundle ?? Buffer.alloc(0) }),
    ],
    ["when it is another archive", "E_ARCHIVE_DIGEST", () => offered({ integrity: "sha256-x" })],
    ["when it holds other files", "E_ARCHIVE_DIGEST", () => offered({ tree: "ct1-x" })],
    ["when its name is another than the marketplace says", "E_MANIFEST_MISMATCH", () => offered({ name: "acme/b" })],
    ["when its version is", "E_MANIFEST_MISMATCH", () => offered({ version: "1.0.1" })],
    ["when its engines are", "E_MANIFEST_MISMATCH", () => offered({ engines: { claw: "^1.1.0" } })],
    ["when it asks for more than the marketplace says", "E_MANIFEST_MISMATCH", () => offered({ permissions: {} })],
    ["when it needs others than the marketplace says", "E_MANIFEST_MISMATCH", () => offered({ dependencies: { "acme/b": "^1.0.0" } })],
    ["when it holds code and the marketplace says that it does not", "E_MANIFEST_MISMATCH", () => offered({ tier: "declarative" })],
    ["when mapped files are others", "E_ARCHIVE_DIGEST", () => offered({ ...mapped({ integrity: "sha256-of-others" }), publishers: [] })],
    ["when mapped files lack a signature and somebody should have signed them", "E_SIG_MISSING", () => offered(mapped({}))],
    ["when mapped files ask for more than was said", "E_MANIFEST_MISMATCH", () => offered({ ...mapped({}), publishers: [], permissions: {} })],
  ])("%s", async ([, code, offer]) => {
    using store = temporaryStore();
    const { name, version } = offer();
    const result = await tried(store, [simpleOffer("acme/good", "1.0.0", key), offer()]);
    expect(result).toEqual({
      code,
      told: ["Pre add acme/good 1.0.0", `Pre add ${name} ${version}`, `Post add ${name} ${version} ${code}`, `Post add acme/good 1.0.0 ${code}`],
      fetched: ["acme/good", name].sort(),
      files: [],
    });
  });

  test("when the administrator's policy refuses who signed it or what is in it", async () => {
    using store = temporaryStore();
    const offer = offered({});
    for (const extensions of [
      { publishers: { allow: ["key:sha256-other"] } },
      { pins: { "acme/a": "ct1-x" } },
      { requireKeyless: true },
      { blocked: [offer.tree ?? ""] },
    ]) {
      const { context } = await contextOf(store, { policy: { extensions } });
      expect(await tried(store, [offer], { context })).toMatchObject({ code: "E_POLICY", files: [] });
    }
  });

  test("when it was revoked, by the person's list or the program's", async () => {
    using store = temporaryStore();
    const revoked = [{ severity: "malicious", name: "acme/a", versions: ["1.0.0"] }] as const;
    const bundled = await bundledStore(store.root);
    const { context } = await contextOf(store, { bundled: { ...bundled, trust: { ...bundled.trust, revoked } } });
    expect((await tried(store, [offered({})], { context })).code).toBe("E_REVOKED");
    await commitTrust(store.at, (trust) => ({ ...trust, revoked }), signal);
    expect((await tried(store, [offered({})])).code).toBe("E_REVOKED");
    expect(openStore(store.at).names).toEqual([]);
  });

  test("when what was verified does not pass the last look", async () => {
    using store = temporaryStore();
    const result = await tried(store, [offered({})], {
      inspect: () => {
        throw gone();
      },
    });
    expect([result.code, result.files]).toEqual(["E_NOT_PUBLISHED", []]);
  });

  test("when another signed it than whoever the program trusts or signed what is installed", async () => {
    using store = temporaryStore();
    await tried(store, [offered({})]);
    const installed = openStore(store.at).get("acme/a")?.lock;
    const other = newKey();
    const offer = offerOf(filesOf(manifestOf("acme/a", "1.1.0")), other);
    const { context } = await contextOf(store);
    const update = planOf([plannedOf(offer, key, { installed }, { action: "update", from: "1.0.0" })]);
    expect(await laterRefusalOf(carryOut(update, { context, hooks: tellingHooks().hooks, by: "prompt" }, signal))).toBe("E_CONSENT_REQUIRED");
    using fresh = temporaryStore();
    const bundled = await bundledStore(fresh.root, key);
    const add = planOf([plannedOf(offerOf(filesOf(manifestOf("claw/more", "1.0.0")), other), key)]);
    const claws = (await contextOf(fresh, { bundled })).context;
    expect(await laterRefusalOf(carryOut(add, { context: claws, hooks: tellingHooks().hooks, by: "policy" }, signal))).toBe("E_CONSENT_REQUIRED");
  });
});

describe("a name that two extensions claim", () => {
  const claiming = (name: string, provides: unknown): Offer =>
    offerOf(filesOf(manifestOf(name, "1.0.0", { provides, permissions: { exec: [{ cmd: "ls" }] } })), key);
  const bash = { tool: { bash: { description: "Runs", effect: "execute", input: { type: "object" } } } };

  test("is refused to others when claw's own hold it, unless the profile has settled it", async () => {
    using store = temporaryStore();
    expect(await tried(store, [claiming("acme/shell", bash)])).toMatchObject({ code: "E_ID_RESERVED", files: [] });
    expect((await tried(store, [claiming("acme/shell", bash)], { prefer: { "tool:bash": "acme/shell" } })).code).toBe("accepted");
  });

  test("is a warning otherwise, with the line that settles it", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const provides = { tool: { count: { description: "Counts", effect: "read", input: { type: "object" } } } };
    await tried(store, [claiming("acme/a", provides)]);
    const plan = planOf([plannedOf(claiming("acme/b", provides), key)]);
    const { warnings } = await carryOut(plan, { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);
    expect(warnings).toEqual([
      'acme/b and acme/a both claim tool:count: add "prefer": { "tool:count": "acme/b" } to settings.json, or one of them is held back',
    ]);
    const again = await carryOut(plan, { context, hooks: tellingHooks().hooks, by: "prompt", prefer: { "tool:count": "acme/b" } }, signal);
    expect(again.warnings).toEqual([]);
  });
});

test("a package may bring a statement of how it was built, which is about these very bytes", async () => {
  using store = temporaryStore();
  const files = filesOf(manifestOf("acme/a", "1.0.0"));
  const { archive } = sourceOf(files, key);
  const facts = {
    name: "acme/a",
    version: "1.0.0",
    sha256: hash("sha256", archive),
    builder: "https://ci.example",
    source: "https://git.example/a",
    ref: "refs/tags/v1",
    commit: "c0ffee",
  };
  const stated = (digest: string): Offer =>
    offerOf(files, key, {}, { provenance: Buffer.from(attestWithKey(slsaStatement({ ...facts, sha256: digest, invocation: "https://ci.example/1" }), key)) });
  expect((await tried(store, [stated(hash("sha256", "another"))])).code).toBe("E_SIG_SUBJECT");
  expect((await tried(store, [stated(facts.sha256)])).code).toBe("accepted");
});

test("what a keyless signature proves is in the lock", async () => {
  using store = temporaryStore();
  const { context } = await contextOf(store);
  const files = filesOf(manifestOf("acme/a", "1.0.0"));
  const workflow = "https://github.com/acme/a/.github/workflows/release.yml";
  const issuer = "https://token.actions.githubusercontent.com";
  const signature = {
    publisher: `oidc:${issuer}#${workflow}`,
    mode: "keyless",
    identity: `${workflow}@refs/tags/v1.0.0`,
    repositoryId: "1234",
    logIndex: "99",
    integratedTime: 1763460000,
  } as const;
  const offer = offerOf(files, key, {
    integrity: "sha256-of-theirs",
    publishers: [{ kind: "oidc", issuer, workflow }],
    fetch: async () => ({ form: "mapped", files, integrity: "sha256-of-theirs", signature, inactive: [] }),
  });
  await carryOut(planOf([plannedOf(offer, key, {}, { publisher: signature.publisher })]), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);
  const { publisher: signer, repositoryId, signature: locked } = openStore(store.at).get("acme/a")?.lock ?? {};
  expect([signer, repositoryId, locked]).toEqual([
    signature.publisher,
    "1234",
    { mode: "keyless", identity: `${workflow}@refs/tags/v1.0.0`, logIndex: "99", integratedTime: 1763460000 },
  ]);
});

test("mapped files that nobody signed are an ordinary entry that says so", async () => {
  using store = temporaryStore();
  const { context } = await contextOf(store);
  const manifest = {
    name: "acme/skills",
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    permissions: { prompt: true },
    content: { skills: ["./skills/*/SKILL.md"] },
  };
  const files = [fileOf("extension.json", JSON.stringify(manifest)), fileOf("skills/x/SKILL.md", "# X\n"), fileOf("skills/x/run.sh", "ls\n", true)];
  const offer = offerOf(files, key, {
    publishers: [],
    foreign: "claude-plugin",
    integrity: "sha256-of-theirs",
    fetch: async () => ({ form: "mapped", files, integrity: "sha256-of-theirs", signature: undefined, inactive: ["hooks"] }),
  });
  const unsigned = `unsigned:${marketplace}`;
  await carryOut(planOf([plannedOf(offer, key, {}, { publisher: unsigned })]), { context, hooks: tellingHooks().hooks, by: "flag" }, signal);
  const extension = openStore(store.at).get("acme/skills");
  expect([extension?.publisher, extension?.lock.signature, extension?.lock.foreign, extension?.tier]).toEqual([
    unsigned,
    { mode: "none" },
    "claude-plugin",
    "declarative",
  ]);
  expect(readTrust(store.at).publishers).toEqual({ [unsigned]: { tier: "declarative", extensions: ["acme/skills"] } });
  expect(readFileSync(join(extension?.folder ?? "", "skills/x/run.sh"), "utf8")).toBe("ls\n");
});
