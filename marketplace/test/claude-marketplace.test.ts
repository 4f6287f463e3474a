import { hash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ArchiveFile } from "../src/archive/tree-digest.ts";
import { sourceOf } from "../src/client/carry-out.ts";
import { install } from "../src/client/install.ts";
import { openStore } from "@claw/kernel/host";
import type { Catalogue } from "../src/client/catalogue.ts";
import type { ClientContext } from "../src/client/context.ts";
import type { KnownMarketplace } from "../src/client/state.ts";
import { openClaudeMarketplace } from "../src/compat/claude-plugin.ts";
import { openTransport } from "../src/transport/open-transport.ts";
import { admitted, almost, endsWell, folderOf, guardPlugin, onlyOffer, tarred, withFile, wordsPlugin } from "./foreign-plugins.ts";
import { commitAll, git } from "./git-repository.ts";
import { newAuthority, serveFolder } from "./marketplace-server.ts";
import { contextOf, now, signal } from "./offered-packages.ts";
import { temporaryStore, type TemporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const text = (value: unknown): string => JSON.stringify(value);
const marketplaceOf = (plugins: readonly unknown[], more: object = {}): string => text({ name: "anns", owner: { name: "Ann" }, plugins, ...more });
const inFolder = (files: readonly ArchiveFile[], folder: string): Readonly<Record<string, Uint8Array>> =>
  Object.fromEntries(files.map(({ path, data }) => [`${folder}/${path}`, data]));

const knownOf = (url: string, more: Partial<KnownMarketplace> = {}): KnownMarketplace => ({
  id: url.replace(/\/$/, ""),
  url,
  scopes: ["ann"],
  format: "claude-code",
  unsigned: true,
  ...more,
});

async function opened(url: string, store: TemporaryStore, more: Partial<ClientContext> = {}): Promise<Catalogue> {
  const { context } = await contextOf(store, { network: { offline: false, environment: process.env }, ...more });
  return openClaudeMarketplace(knownOf(url), openTransport(url, context.network), context);
}

describe("a marketplace of Claude Code", () => {
  test("in a folder lists its plugins in its scope, and installs one as an ordinary lock entry", async () => {
    using folder = temporaryFolder({
      ".claude-plugin/marketplace.json": marketplaceOf(
        [
          { name: "words", source: "./plugins/words", description: "Plain words", tags: ["text"] },
          { name: "guard", source: "guard", strict: false },
          { name: "..", source: "./plugins/words" },
          { name: "Not A Name", source: "./plugins/words" },
        ],
        { metadata: { pluginRoot: "./plugins" } },
      ).replace('"./plugins/words"', '"./words"'),
      ...inFolder(wordsPlugin, "plugins/words"),
      ...inFolder(guardPlugin, "plugins/guard"),
    });
    chmodSync(join(folder.path, "plugins/guard/scripts/look.sh"), 0o755);
    using store = temporaryStore();
    const url = pathToFileURL(folder.path).href;
    const catalogue = await opened(url, store);
    expect([catalogue.names, await catalogue.search(signal), catalogue.revoked, catalogue.alias("words")]).toEqual([
      ["ann/guard", "ann/words"],
      { "ann/words": ["Plain words", ["text"]], "ann/guard": ["", []] },
      [],
      undefined,
    ]);
    const offer = await onlyOffer(catalogue, "ann/words");
    const { fetch, ...plain } = offer;
    expect(plain).toEqual({
      name: "ann/words",
      version: "1.2.0",
      marketplace: url,
      resolved: "./plugins/words",
      engines: { claw: ">=1.0.0" },
      permissions: { prompt: true },
      dependencies: {},
      contributes: ["agents", "commands", "skills"],
      tier: "declarative",
      native: false,
      publishers: [],
      foreign: "claude-plugin",
      warnings: [],
    });
    expect(await fetch(signal)).toMatchObject({ form: "mapped", signature: undefined });
    const { entry } = await admitted(offer);
    expect([entry.foreign, entry.publisher, entry.signature, Object.keys(entry.files).length]).toEqual([
      "claude-plugin",
      `unsigned:${url}`,
      { mode: "none" },
      wordsPlugin.length + 1,
    ]);
    expect((await admitted(await onlyOffer(catalogue, "ann/guard"))).manifest.permissions["native"]).toBe(true);
    expect(await catalogue.offers("ann/nothing", signal)).toBeUndefined();
  });

  test("in a git repository is read at one commit, and nothing of the repository runs", async () => {
    using folder = temporaryFolder({
      "market/.claude-plugin/marketplace.json": marketplaceOf([{ name: "words", source: "./plugins/words" }]),
      ...inFolder(withFile(wordsPlugin, ".claude-plugin/plugin.json", { name: "words" }), "market/plugins/words"),
      "market/.gitattributes": "*.md filter=evil export-ignore\n",
    });
    const market = join(folder.path, "market");
    const sha = commitAll(market);
    git(folder.path, "clone", "--quiet", "--bare", "market", "market.git");
    for (const hook of ["post-checkout", "reference-transaction", "pre-receive"]) {
      writeFileSync(join(folder.path, "market.git/hooks", hook), `#!/bin/sh\ntouch ${join(folder.path, "ran")}\n`);
      chmodSync(join(folder.path, "market.git/hooks", hook), 0o755);
    }
    using store = temporaryStore();
    const url = pathToFileURL(join(folder.path, "market.git")).href;
    const catalogue = await opened(url, store);
    const offer = await onlyOffer(catalogue, "ann/words");
    const time = git(market, "show", "-s", "--format=%ct").toString().trim();
    expect([offer.version, offer.resolved, offer.warnings]).toEqual([`0.0.${time}`, `${url}#${sha}:plugins/words`, []]);
    const { files } = await admitted(offer);
    expect(files.map(({ path }) => path)).toContain("commands/shorten.md");
    expect(Buffer.from(files.find(({ path }) => path === "README.md")?.data ?? "").toString()).toBe("# Words\n");
    expect(readdirSync(folder.path)).not.toContain("ran");
    expect(readdirSync(join(store.root, "cache"))).toEqual([]);
  });

  test("names commits of other repositories, which hold; of a branch the person is told what it is now", async () => {
    using folder = folderOf(wordsPlugin, "nested/words");
    const repository = folder.path;
    const first = commitAll(repository);
    writeFileSync(join(repository, "nested/words/README.md"), "# Changed\n");
    const second = commitAll(repository);
    const url = pathToFileURL(join(repository, ".git")).href;
    using market = temporaryFolder({
      ".claude-plugin/marketplace.json": marketplaceOf([
        { name: "words", source: { source: "git-subdir", url, path: "nested/words", sha: first } },
        { name: "branch", source: { source: "git-subdir", url, path: "./nested/words", ref: "main" } },
        { name: "lost", source: { source: "git-subdir", url, path: "nested/words", sha: "0".repeat(40) } },
        { name: "short", source: { source: "url", url, sha: first.slice(0, 8) } },
        { name: "option", source: { source: "url", url, ref: "--upload-pack=touch" } },
        { name: "program", source: { source: "url", url: "ext::sh -c touch% x" } },
        { name: "ssh", source: { source: "url", url: "ssh://git@host.example/x.git" } },
        { name: "plain", source: { source: "url", url: "http://host.example/x.git" } },
        { name: "secret", source: { source: "url", url: "https://me:word@host.example/x.git" } },
        { name: "down", source: { source: "url", url: "https://localhost:1/x.git" } },
        { name: "nowhere", source: { source: "git-subdir", url, path: "nested/nowhere", sha: first } },
      ]),
    });
    using store = temporaryStore();
    const catalogue = await opened(pathToFileURL(market.path).href, store);
    const readme = async (name: string): Promise<string> => {
      const fetched = await (await onlyOffer(catalogue, name)).fetch(signal);
      return fetched.form === "mapped" ? Buffer.from(fetched.files.find(({ path }) => path === "README.md")?.data ?? "").toString() : "";
    };
    expect(await readme("ann/words")).toBe("# Words\n");
    // The entry's name is not the plugin's: the branch is read, and the difference seen.
    expect(await laterRefusalOf(catalogue.offers("ann/branch", signal))).toBe("E_NAME_MISMATCH");
    for (const name of ["lost", "short", "option", "program", "ssh", "plain", "secret", "nowhere"])
      expect([name, await laterRefusalOf(catalogue.offers(`ann/${name}`, signal))]).toEqual([name, "E_FOREIGN"]);
    expect(await laterRefusalOf(catalogue.offers("ann/down", signal))).toBe("NETWORK_FAILED");
    using branches = temporaryFolder({
      ".claude-plugin/marketplace.json": marketplaceOf([{ name: "words", source: { source: "git-subdir", url, path: "nested/words", ref: "main" } }]),
    });
    const moving = await onlyOffer(await opened(pathToFileURL(branches.path).href, store), "ann/words");
    expect([moving.resolved, moving.warnings]).toEqual([
      `${url}#${second}:nested/words`,
      [`the marketplace names no commit of ${url} but the branch or tag "main"; ${second} is what is there now`],
    ]);
  });

  test("a repository with a link, or with another repository in it, is refused", async () => {
    using folder = folderOf(wordsPlugin, "words");
    symlinkSync("/etc/passwd", join(folder.path, "words/skills/plain/passwd"));
    commitAll(folder.path);
    const url = pathToFileURL(join(folder.path, ".git")).href;
    using market = temporaryFolder({
      ".claude-plugin/marketplace.json": marketplaceOf([{ name: "words", source: { source: "git-subdir", url, path: "words" } }]),
    });
    using store = temporaryStore();
    const catalogue = await opened(pathToFileURL(market.path).href, store);
    expect(await laterRefusalOf(catalogue.offers("ann/words", signal))).toBe("E_TAR_SYMLINK");
    using outer = folderOf(wordsPlugin, "words");
    mkdirSync(join(outer.path, "words/inner"));
    writeFileSync(join(outer.path, "words/inner/a"), "a");
    commitAll(join(outer.path, "words/inner"));
    commitAll(outer.path);
    using other = temporaryFolder({
      ".claude-plugin/marketplace.json": marketplaceOf([
        { name: "words", source: { source: "git-subdir", url: pathToFileURL(join(outer.path, ".git")).href, path: "words" } },
      ]),
    });
    expect(await laterRefusalOf((await opened(pathToFileURL(other.path).href, store)).offers("ann/words", signal))).toBe("E_FOREIGN");
  });

  test("on a web server fetches archives by their digest and npm packages from the registry that is named", async () => {
    const archive = tarred(wordsPlugin);
    const sha256 = hash("sha256", archive, "hex");
    const integrity = `sha512-${hash("sha512", archive, "base64")}`;
    const authority = newAuthority();
    using folder = temporaryFolder({ "words.tgz": archive, "words.zip": Buffer.from("PK\x03\x04zip"), "npm/@ann%2fwords/1.2.0": "{}" });
    await using server = await serveFolder(folder.path, authority);
    const registry = `${server.url}/npm/`;
    const entries = {
      words: { source: "archive", url: `${server.url}/words.tgz`, sha256 },
      other: { source: "archive", url: "words.tgz", sha256: "0".repeat(64) },
      bare: { source: "archive", url: "words.tgz" },
      gone: { source: "archive", url: "gone.tgz", sha256 },
      disk: { source: "archive", url: "file:///etc/passwd", sha256 },
      zip: { source: "archive", url: "words.zip", sha256: hash("sha256", Buffer.from("PK\x03\x04zip"), "hex") },
      folder: "./plugins/words",
      npm: { source: "npm", package: "@ann/words", version: "1.2.0", registry },
      range: { source: "npm", package: "words", version: "^1.0.0", registry },
      home: { source: "npm", package: "words" },
      odd: { source: "npm", package: "../words", registry },
      command: { source: "command", command: "make" },
      pip: { source: "pip", package: "words" },
      local: { source: "url", url: "file:///etc/x.git" },
      hub: { source: "github", repo: "../../x" },
      none: undefined,
    };
    const put = (path: string, value: unknown): void =>
      server.misbehave(path, { kind: "bytes", bytes: Buffer.from(typeof value === "string" ? value : text(value)) });
    put("/.claude-plugin/marketplace.json", marketplaceOf(Object.entries(entries).map(([name, source]) => ({ name, source }))));
    const packument = (more: object = {}, dist: object = {}): object => ({
      name: "@ann/words",
      version: "1.2.0",
      ...more,
      dist: { tarball: `${server.url}/words.tgz`, integrity, ...dist },
    });
    using store = temporaryStore();
    const catalogue = await opened(`${server.url}/`, store, { network: { offline: false, ca: authority.ca } });
    const refusal = (name: string): Promise<string> => laterRefusalOf(catalogue.offers(`ann/${name}`, signal));
    const { entry } = await admitted(await onlyOffer(catalogue, "ann/words"));
    expect([entry.integrity, entry.resolved]).toEqual([`sha256-${hash("sha256", archive, "base64")}`, `${server.url}/words.tgz`]);
    const refusals = await Promise.all(
      ["other", "bare", "gone", "disk", "zip", "folder", "range", "home", "odd", "command", "pip", "local", "hub", "none"].map(async (name) => [
        name,
        await refusal(name),
      ]),
    );
    expect(Object.fromEntries(refusals)).toEqual({
      other: "E_ARCHIVE_DIGEST",
      bare: "E_FOREIGN",
      gone: "E_NOT_PUBLISHED",
      disk: "E_URL_SCHEME",
      zip: "E_FOREIGN",
      folder: "E_FOREIGN",
      range: "E_FOREIGN",
      home: "E_FOREIGN",
      odd: "E_FOREIGN",
      command: "E_FOREIGN",
      pip: "E_FOREIGN",
      local: "E_FOREIGN",
      hub: "E_FOREIGN",
      none: "E_FOREIGN",
    });
    const npm = async (document: object): Promise<string> => {
      put("/npm/@ann%2fwords/1.2.0", document);
      return refusal("npm");
    };
    // The plugin of the archive is called words, and the entry npm.
    expect(await npm(packument())).toBe("E_NAME_MISMATCH");
    expect(await npm(packument({ name: "@ann/other" }))).toBe("E_NAME_MISMATCH");
    expect(await npm(packument({}, { integrity: `sha512-${hash("sha512", "x", "base64")}` }))).toBe("E_ARCHIVE_DIGEST");
    expect(await npm(packument({}, { integrity: "sha1-xx" }))).toBe("E_FOREIGN");
    expect(await npm({ name: "@ann/words" })).toBe("E_FOREIGN");
    put("/.claude-plugin/marketplace.json", marketplaceOf([{ name: "words", source: entries.npm }]));
    put("/npm/@ann%2fwords/1.2.0", packument());
    const again = await opened(`${server.url}/`, store, { network: { offline: false, ca: authority.ca } });
    expect((await onlyOffer(again, "ann/words")).resolved).toBe(`${registry}@ann/words@1.2.0`);
  });

  test.each([
    [
      "E_ID_CLASH",
      marketplaceOf([
        { name: "words", source: "./a" },
        { name: "words", source: "./b" },
      ]),
    ],
    ["E_FOREIGN", text({ name: "anns" })],
    ["E_FOREIGN", text({ plugins: {} })],
    ["E_FOREIGN", marketplaceOf([null])],
    ["E_FOREIGN", marketplaceOf([{ source: "./a" }])],
    ["E_FOREIGN", marketplaceOf([], { metadata: { pluginRoot: "../.." } })],
    ["E_META_SYNTAX", "nothing"],
    ["E_META_TOO_LARGE", `"${"x".repeat(1024 * 1024)}"`],
  ])("%s: a document that is not one", async (code, document) => {
    using folder = temporaryFolder({ ".claude-plugin/marketplace.json": document });
    using store = temporaryStore();
    const refusal = await laterRefusalOf(opened(pathToFileURL(folder.path).href, store));
    expect(code === "E_META_TOO_LARGE" ? refusal.endsWith("TOO_LARGE") : refusal === code).toBe(true);
  });

  test("a folder that is none of its own is never read", async () => {
    using secret = folderOf(wordsPlugin, "secret");
    using folder = temporaryFolder({
      "market/.claude-plugin/marketplace.json": marketplaceOf([
        { name: "up", source: "./%2e%2e/secret" },
        { name: "linked", source: "./linked" },
        { name: "under", source: "./linked/skills" },
        { name: "gone", source: "./gone" },
        { name: "file", source: "./.claude-plugin/marketplace.json" },
      ]),
      ...inFolder(wordsPlugin, "secret"),
    });
    symlinkSync(join(secret.path, "secret"), join(folder.path, "market/linked"));
    using store = temporaryStore();
    const catalogue = await opened(pathToFileURL(join(folder.path, "market")).href, store);
    const refusals = await Promise.all(catalogue.names.map(async (name) => [name, await laterRefusalOf(catalogue.offers(name, signal))]));
    expect(Object.fromEntries(refusals)).toEqual({
      "ann/up": "E_FOREIGN",
      "ann/linked": "PATH_OUTSIDE",
      "ann/under": "PATH_OUTSIDE",
      "ann/gone": "E_FOREIGN",
      "ann/file": "E_FOREIGN",
    });
  });

  test("what is installed keeps saying what is not active and where it came from", async () => {
    using folder = temporaryFolder({
      ".claude-plugin/marketplace.json": marketplaceOf([{ name: "guard", source: "./guard" }]),
      ...inFolder(guardPlugin, "guard"),
    });
    using store = temporaryStore();
    const offer = await onlyOffer(await opened(pathToFileURL(folder.path).href, store), "ann/guard");
    const step = {
      name: offer.name,
      version: offer.version,
      publisher: "x",
      marketplace: offer.marketplace,
      action: "add" as const,
      tier: offer.tier,
      permissions: offer.permissions,
      dependencies: {},
    };
    await install([sourceOf({ offer, step, requestedBy: ["user"] }, await offer.fetch(signal))], { store: store.at, now }, signal);
    const { manifest, lock } = openStore(store.at).get("ann/guard") ?? {};
    expect([lock?.foreign, lock?.resolved, manifest]).toMatchObject([
      "claude-plugin",
      "./guard",
      {
        "x-source": { format: "claude-plugin", from: "./guard" },
        "x-inactive": [/programs/, /hooks/].map((pattern) => expect.stringMatching(pattern) as string),
      },
    ]);
  });

  test("a marketplace without a document, without a scope, or out of reach", async () => {
    using folder = temporaryFolder({ ".claude-plugin/marketplace.json": marketplaceOf([]) });
    using empty = temporaryFolder();
    using store = temporaryStore();
    const url = pathToFileURL(folder.path).href;
    const { context } = await contextOf(store);
    expect(await laterRefusalOf(opened(pathToFileURL(empty.path).href, store))).toBe("E_NOT_PUBLISHED");
    expect(await laterRefusalOf(openClaudeMarketplace(knownOf(url, { scopes: [] }), openTransport(url, context.network), context))).toBe("E_FOREIGN");
    expect(await laterRefusalOf(opened("https://host.example/x.git", store, { network: { offline: true } }))).toBe("NETWORK_OFFLINE");
    expect(await laterRefusalOf(opened(`${url}/x.git`, store, { network: { offline: false, environment: { PATH: empty.path } } }))).toBe("PROGRAM_NOT_FOUND");
  });

  test("is never anything but opened or refused with a ClawError, whatever its document says", async () => {
    const document = {
      name: "a",
      metadata: { pluginRoot: "./p" },
      plugins: [
        { name: "words", source: { source: "npm", package: "x" }, keywords: ["a"] },
        { name: "b", source: "./b", version: "1.0.0" },
      ],
    };
    using store = temporaryStore();
    const { context } = await contextOf(store);
    await fc.assert(
      fc.asyncProperty(almost(document), (bytes) =>
        endsWell(async () => {
          const transport = {
            base: "https://host.example/",
            get: async (path: string) => (path === ".claude-plugin/marketplace.json" ? Buffer.from(bytes) : undefined),
          };
          const catalogue = await openClaudeMarketplace(knownOf("https://host.example/"), transport, { ...context, network: { offline: true } });
          for (const name of catalogue.names) await endsWell(() => catalogue.offers(name, signal));
        }),
      ),
      { numRuns: 400 },
    );
  });
});
