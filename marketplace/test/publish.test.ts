import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { MarketplaceIndex, MarketplaceManifest } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { keySigner } from "../src/author/package-signer.ts";
import { packExtension } from "../src/author/pack.ts";
import { publishTo } from "../src/author/publish.ts";
import { manifestPathOf } from "../src/documents/pins.ts";
import { indexMarketplace } from "../src/operator/index-marketplace.ts";
import { keySigners } from "../src/operator/init.ts";
import { verifyMarketplace } from "../src/operator/verify-marketplace.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { cleanManifest, folderOf, never, newKey, type TestMarketplace, testMarketplace } from "./extension-folder.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const jsonIn = <T>(folder: string, path: string): T => JSON.parse(readFileSync(join(folder, path), "utf8")) as T;
const indexIn = ({ folder }: TestMarketplace): MarketplaceIndex => jsonIn(folder, "index.json");
const problemsIn = async ({ folder, now }: TestMarketplace): Promise<readonly string[]> =>
  (await verifyMarketplace(folder, now, never)).problems.map(({ file, code }) => `${file}: ${code}`);

test("what is published is what the documents say, and another machine would take it", async () => {
  using here = await testMarketplace();
  using folder = temporaryFolder(folderOf({ ...cleanManifest(), displayName: "Count", repository: "https://github.com/acme/count" }));
  const report = await publishTo(here.folder, [{ folder: folder.path }], here.publishing, never);
  const { integrity, tree, archive } = await packExtension(folder.path, {}, never);
  expect(report).toEqual({
    packages: [{ name: "acme/count", version: "1.0.0", integrity, tree, publisher: expect.stringMatching(/^key:sha256-/), outcome: "published" }],
    indexVersion: 2,
  });
  const index = indexIn(here);
  const pin = index.extensions["acme/count"]?.manifest;
  expect(index).toMatchObject({
    version: 2,
    issued: "2026-11-22T08:00:00Z",
    expires: "2026-12-06T08:00:00Z",
    extensions: { "acme/count": { latest: "1.0.0" } },
  });
  const manifest = jsonIn<MarketplaceManifest>(here.folder, manifestPathOf("acme/count", pin ?? { size: 0, sha256: "" }));
  expect(manifest).toEqual({
    kind: "claw.manifest/1",
    name: "acme/count",
    description: "Counts things",
    displayName: "Count",
    license: "MIT",
    repository: "https://github.com/acme/count",
    versions: {
      "1.0.0": {
        published: "2026-11-22T08:00:00Z",
        tarball: "count-1.0.0.tgz",
        size: archive.length,
        sha256: integrity.slice("sha256-".length),
        tree,
        signature: "count-1.0.0.tgz.sigstore.json",
        engines: { claw: "^1.0.0" },
        permissions: {},
        contributes: ["view"],
        tier: "trusted",
        native: false,
      },
    },
  });
  expect(readFileSync(join(here.folder, "acme/count/manifest.json"), "utf8")).toBe(
    readFileSync(join(here.folder, manifestPathOf("acme/count", pin ?? { size: 0, sha256: "" })), "utf8"),
  );
  expect(await problemsIn(here)).toEqual([]);
});

test("several folders are one index, and text alone is declarative", async () => {
  using here = await testMarketplace();
  using code = temporaryFolder(folderOf());
  using text = temporaryFolder({
    "extension.json": JSON.stringify({
      ...cleanManifest("acme/words"),
      main: undefined,
      provides: undefined,
      content: { skills: ["./skills/a/SKILL.md"] },
      permissions: { prompt: true },
    }),
    "skills/a/SKILL.md": "# A\n",
    "README.md": "# It\n",
  });
  expect(await publishTo(here.folder, [{ folder: code.path }, { folder: text.path }], here.publishing, never)).toMatchObject({
    indexVersion: 2,
    packages: [{}, {}],
  });
  expect(jsonIn<MarketplaceManifest>(here.folder, "acme/words/manifest.json").versions["1.0.0"]).toMatchObject({
    tier: "declarative",
    contributes: ["skills"],
  });
  expect(await laterRefusalOf(publishTo(here.folder, [{ folder: code.path }, { folder: code.path }], here.publishing, never))).toBe("E_ID_CLASH");
  expect(await problemsIn(here)).toEqual([]);
});

test("the same bytes again change nothing; others under the same version are refused", async () => {
  using here = await testMarketplace();
  using folder = temporaryFolder(folderOf());
  await publishTo(here.folder, [{ folder: folder.path }], here.publishing, never);
  const before = readFileSync(join(here.folder, "index.json"), "utf8");
  expect(await publishTo(here.folder, [{ folder: folder.path }], here.publishing, never)).toMatchObject({
    indexVersion: 2,
    packages: [{ outcome: "unchanged" }],
  });
  expect(readFileSync(join(here.folder, "index.json"), "utf8")).toBe(before);
  writeFileSync(join(folder.path, "README.md"), "# Other\n");
  expect(await laterRefusalOf(publishTo(here.folder, [{ folder: folder.path }], here.publishing, never))).toBe("E_PUBLISHED");
  writeFileSync(join(folder.path, "extension.json"), JSON.stringify(cleanManifest("acme/count", "1.1.0")));
  await publishTo(here.folder, [{ folder: folder.path }], here.publishing, never);
  expect(indexIn(here)).toMatchObject({ version: 3, previous: expect.stringMatching(/^sha256-/), extensions: { "acme/count": { latest: "1.1.0" } } });
  expect(await problemsIn(here)).toEqual([]);
});

describe("is refused before anything is written:", () => {
  const refused = async (
    files: Readonly<Record<string, string>>,
    change: (here: TestMarketplace) => Partial<TestMarketplace["publishing"]> = () => ({}),
  ): Promise<string> => {
    using here = await testMarketplace();
    using folder = temporaryFolder(files);
    const code = await laterRefusalOf(publishTo(here.folder, [{ folder: folder.path }], { ...here.publishing, ...change(here) }, never));
    expect(readdirSync(here.folder).sort()).toEqual([".claw", "1.root.json", "history", "index.json", "root.json", expect.stringMatching(/^search\./)]);
    return code;
  };

  test("what the check finds", async () => {
    expect(await refused(folderOf({ ...cleanManifest(), uses: ["http"] }))).toBe("E_LINT");
  });
  test("a scope in which nobody may publish", async () => {
    expect(await refused(folderOf(cleanManifest("other/count")))).toBe("E_POLICY_EMPTY");
  });
  test("a signature of somebody who may not", async () => {
    expect(await refused(folderOf(), () => ({ signer: keySigner(newKey()) }))).toBe("E_SIG_UNKNOWN_KEY");
  });
  test("an index that somebody signs who may not", async () => {
    expect(await refused(folderOf(), () => ({ indexSigners: keySigners([newKey()]) }))).toBe("E_SIG_THRESHOLD");
  });
  test("an index that would be good for longer than the root allows", async () => {
    expect(await refused(folderOf(), () => ({ days: 15 }))).toBe("USAGE");
  });
  test("what is only tried", async () => {
    expect(await refused(folderOf(), () => ({ dryRun: true }))).toBe("accepted");
  });
});

test("who publishes nothing of his own and signs nothing is told so", async () => {
  using here = await testMarketplace();
  using folder = temporaryFolder(folderOf());
  expect(await laterRefusalOf(publishTo(here.folder, [{ folder: folder.path }], { now: here.now }, never))).toBe("E_SIG_MISSING");
  expect(await laterRefusalOf(publishTo(folder.path, [{ folder: folder.path }], here.publishing, never))).toBe("E_NOT_PUBLISHED");
});

test("a signature that was made before is taken, for these bytes and no others", async () => {
  using here = await testMarketplace();
  using folder = temporaryFolder(folderOf());
  const { archive } = await packExtension(folder.path, {}, never);
  const bundle = Buffer.from(signArtifact(archive, here.acme));
  writeFileSync(join(folder.path, "README.md"), "# Other\n");
  const publish = (): Promise<unknown> =>
    publishTo(here.folder, [{ folder: folder.path, bundle }], { now: here.now, indexSigners: keySigners([here.indexKey]) }, never);
  expect(await laterRefusalOf(publish())).toBe("E_SIG_DIGEST");
  writeFileSync(join(folder.path, "README.md"), "# It\n");
  expect(await laterRefusalOf(publish())).toBe("accepted");
  expect(await problemsIn(here)).toEqual([]);
});

test("an attestation is published beside the signature, and verified", async () => {
  using here = await testMarketplace();
  using folder = temporaryFolder(folderOf());
  const attest = { builder: "https://ci.acme.example", source: "https://github.com/acme/count", ref: "refs/tags/v1.0.0", commit: "0".repeat(40) };
  await publishTo(here.folder, [{ folder: folder.path }], { ...here.publishing, attest }, never);
  expect(jsonIn<MarketplaceManifest>(here.folder, "acme/count/manifest.json").versions["1.0.0"]?.provenance).toBe("count-1.0.0.tgz.provenance.sigstore.json");
  expect(await problemsIn(here)).toEqual([]);
  writeFileSync(join(here.folder, "acme/count/count-1.0.0.tgz.provenance.sigstore.json"), "{}");
  expect(await problemsIn(here)).toEqual(["acme/count/count-1.0.0.tgz: E_SIG_BUNDLE"]);
});

test("without the index's key a package waits, and the operator takes it in after the same checks", async () => {
  using here = await testMarketplace();
  using folder = temporaryFolder(folderOf());
  const { signer } = here.publishing;
  const waits = await publishTo(here.folder, [{ folder: folder.path }], { ...(signer === undefined ? {} : { signer }), now: here.now }, never);
  expect(waits).toMatchObject({ packages: [{ outcome: "incoming" }] });
  expect(indexIn(here).extensions).toEqual({});
  writeFileSync(join(here.folder, "incoming/acme/count/9.9.9.tgz"), "no archive");
  const signing = { signers: keySigners([here.indexKey]), now: here.now, incoming: true };
  expect((await indexMarketplace(here.folder, signing, never)).incoming).toEqual([
    { path: "incoming/acme/count/1.0.0.tgz", name: "acme/count", accepted: true },
    { path: "incoming/acme/count/9.9.9.tgz", name: "acme/count", accepted: false, why: expect.stringContaining("E_SIG_MISSING") },
  ]);
  expect(indexIn(here).extensions).toMatchObject({ "acme/count": { latest: "1.0.0" } });
  expect(readdirSync(join(here.folder, "incoming/acme/count"))).toEqual(["9.9.9.tgz"]);
  expect(await problemsIn(here)).toEqual([]);
});

/** Publishes folders in a process of its own, one after another, and says when it begins and when it is done. */
const program = `
  import { createPrivateKey } from "node:crypto";
  import { readFileSync } from "node:fs";
  import { publishTo } from "file://${join(import.meta.dirname, "../src/author/publish.ts")}";
  import { keySigner } from "file://${join(import.meta.dirname, "../src/author/package-signer.ts")}";
  import { keySigners } from "file://${join(import.meta.dirname, "../src/operator/init.ts")}";
  const { marketplace, keys, now, folders } = JSON.parse(process.argv[1]);
  const [acme, index] = keys.map((pem) => createPrivateKey(pem));
  console.log("ready");
  for (const folder of folders) await publishTo(marketplace, [{ folder }], { signer: keySigner(acme), indexSigners: keySigners([index]), now: new Date(now) }, new AbortController().signal);
  console.log("done");`;

function start({ folder: marketplace, acme, indexKey, now }: TestMarketplace, folders: readonly string[]): ChildProcess {
  const keys = [acme, indexKey].map((key) => key.export({ type: "pkcs8", format: "pem" }));
  return spawn(
    process.execPath,
    ["--conditions=claw-source", "--input-type=module-typescript", "-e", program, "--", JSON.stringify({ marketplace, keys, now, folders })],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.on("data", (bytes: Buffer) => (output += bytes.toString()));
  await once(child, "close");
  return output.trim().split("\n").join(" ");
}

/** A folder with the sources of several extensions. */
function sources(names: readonly string[]): ReturnType<typeof temporaryFolder> & { readonly folders: readonly string[] } {
  const files = names.flatMap((name) =>
    Object.entries(folderOf(cleanManifest(`acme/${name}`), { "dist/data.txt": name.repeat(20_000) })).map(([path, text]) => [`${name}/${path}`, text] as const),
  );
  const made = temporaryFolder(Object.fromEntries(files));
  return { path: made.path, folders: names.map((name) => join(made.path, name)), [Symbol.dispose]: () => made[Symbol.dispose]() };
}

test("two who publish at once lose nothing of one another", { timeout: 60_000 }, async () => {
  using here = await testMarketplace();
  using made = sources(["a", "b", "c", "d", "e", "f"]);
  const halves = [made.folders.slice(0, 3), made.folders.slice(3)];
  expect(await Promise.all(halves.map((each) => outputOf(start(here, each))))).toEqual(["ready done", "ready done"]);
  expect(Object.keys(indexIn(here).extensions)).toEqual(["a", "b", "c", "d", "e", "f"].map((name) => `acme/${name}`));
  expect(indexIn(here).version).toBe(7);
  expect(await problemsIn(here)).toEqual([]);
});

test("killed at any moment, a publish leaves no index that names what is not there, and the next one goes on", { timeout: 120_000 }, async () => {
  using here = await testMarketplace();
  const names = Array.from({ length: 60 }, (_, number) => `x${number}`);
  using made = sources(names);
  let rest = made.folders;
  for (let kill = 0; kill < 12; kill += 1) {
    const child = start(here, rest);
    await once(child.stdout ?? child, "data");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 250));
    child.kill("SIGKILL");
    await once(child, "close");
    expect(await problemsIn(here)).toEqual([]);
    const published = new Set(Object.keys(indexIn(here).extensions).map((name) => name.slice("acme/".length)));
    rest = made.folders.filter((folder) => !published.has(folder.slice(made.path.length + 1)));
  }
  const left = rest.slice(0, 2);
  expect(await outputOf(start(here, left))).toBe("ready done");
  expect(await problemsIn(here)).toEqual([]);
  for (const folder of left) expect(existsSync(join(here.folder, "acme", folder.slice(made.path.length + 1), "manifest.json"))).toBe(true);
});
