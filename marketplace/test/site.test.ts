import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeSite } from "../src/site/write-site.ts";
import { fileOf } from "./archive-forgery.ts";
import { type MarketplaceFolder, marketplaceFolder } from "./marketplace-folder.ts";
import { filesOf, manifestOf, newKey } from "./package-source.ts";
import { isBalanced, textOf } from "./page-markup.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const now = new Date("2026-11-23T08:00:00Z");
const never = new AbortController().signal;

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith(".claw") && statSync(join(folder, path)).isFile())
    .sort();
const digestsBelow = (folder: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    filesBelow(folder).map((path) => [
      path,
      createHash("sha256")
        .update(readFileSync(join(folder, path)))
        .digest("hex"),
    ]),
  );

const sharedFiles = ["index.html", "marketplace.html", "site-search.json", "site.css", "site.js", "site.json", "site.svg"];

async function published(): Promise<MarketplaceFolder> {
  const marketplace = await marketplaceFolder({ now: new Date("2026-11-22T08:00:00Z") });
  const manifest = manifestOf("acme/bedrock", "1.4.0", { permissions: { net: ["https://sts.amazonaws.com"] } });
  marketplace.publish("acme/bedrock", "1.3.0", { published: { yanked: { date: "2026-11-01", reason: "it lost replies" } } });
  marketplace.publish("acme/bedrock", "1.4.0", {
    manifest: { permissions: { net: ["https://sts.amazonaws.com"] } },
    files: [...filesOf(manifest).filter(({ path }) => path !== "README.md"), fileOf("README.md", "# Bedrock\n\nModels on **Amazon** Bedrock.\n")],
  });
  marketplace.publish("acme/other", "1.0.0", { manifest: { dependencies: { "acme/bedrock": "^1.4.0" } } });
  await marketplace.release();
  return marketplace;
}

describe("a marketplace's folder becomes a site", () => {
  test("with a page for each extension, from its signed documents and its newest package", async () => {
    using marketplace = await published();
    using out = temporaryFolder();
    expect(await writeSite(marketplace.path, out.path, { now }, never)).toEqual({ extensions: 2, written: 8, unchanged: 0, removed: 0, problems: [] });
    expect(filesBelow(out.path)).toEqual(["acme/bedrock/index.html", "acme/other/index.html", ...sharedFiles]);
    const page = readFileSync(join(out.path, "acme/bedrock/index.html"), "utf8");
    expect([isBalanced(page), page.includes("<p>Models on <strong>Amazon</strong> Bedrock.</p>")]).toEqual([true, true]);
    for (const needle of ["reach https://sts.amazonaws.com on the network", "That was verified when this page was made.", "it lost replies", "key, verified"])
      expect(textOf(page)).toContain(needle);
    expect(readFileSync(join(out.path, "acme/other/index.html"), "utf8")).toContain('<a href="../../acme/bedrock/index.html">acme/bedrock</a>');
    expect(textOf(readFileSync(join(out.path, "marketplace.html"), "utf8"))).toContain(
      `claw ext marketplace add ${marketplace.id} --root ${marketplace.fingerprint}`,
    );
  });

  test("the same each time, and nothing is written that is there already", async () => {
    using marketplace = await published();
    using one = temporaryFolder();
    using other = temporaryFolder();
    await writeSite(marketplace.path, one.path, { now }, never);
    await writeSite(marketplace.path, other.path, { now }, never);
    const before = digestsBelow(one.path);
    expect(digestsBelow(other.path)).toEqual(before);
    expect(await writeSite(marketplace.path, one.path, { now }, never)).toMatchObject({ written: 0, unchanged: 8 });
    writeFileSync(join(one.path, "acme/other/index.html"), "half a pa");
    expect(await writeSite(marketplace.path, one.path, { now }, never)).toMatchObject({ written: 1, unchanged: 7 });
    expect(digestsBelow(one.path)).toEqual(before);
  });

  test("in that folder itself, none of whose documents is touched", async () => {
    using marketplace = await published();
    const before = digestsBelow(marketplace.path);
    await writeSite(marketplace.path, marketplace.path, { now }, never);
    const after = digestsBelow(marketplace.path);
    expect(after).toMatchObject(before);
    expect(Object.keys(after).filter((path) => !(path in before))).toEqual(["acme/bedrock/index.html", "acme/other/index.html", ...sharedFiles]);
  });

  test("without the pages of extensions that are gone, and with all that is somebody else's", async () => {
    using marketplace = await published();
    using out = temporaryFolder({ "acme/other/notes.txt": "mine", "gone/x/index.html": "mine" });
    await writeSite(marketplace.path, out.path, { now }, never);
    await marketplace.release(new Date("2026-11-22T09:00:00Z"), (index) => ({
      ...index,
      extensions: { "acme/bedrock": index.extensions["acme/bedrock"] ?? { latest: "", manifest: { size: 0, sha256: "" } } },
      removed: { "acme/other": { date: "2026-11-22", reason: "it was empty" } },
    }));
    expect(await writeSite(marketplace.path, out.path, { now }, never)).toMatchObject({ extensions: 1, removed: 1 });
    expect(filesBelow(out.path)).toEqual(["acme/bedrock/index.html", "acme/other/notes.txt", "gone/x/index.html", ...sharedFiles]);
    expect(textOf(readFileSync(join(out.path, "marketplace.html"), "utf8"))).toContain("acme/other was removed on 2026-11-22 – it was empty");
  });

  test("though an earlier run was killed before it was done", async () => {
    using marketplace = await published();
    using out = temporaryFolder();
    const controller = new AbortController();
    const aborted = writeSite(marketplace.path, out.path, { now }, controller.signal);
    controller.abort(new Error("killed"));
    await expect(aborted).rejects.toThrow("killed");
    mkdirSync(join(out.path, "acme/bedrock"), { recursive: true });
    writeFileSync(join(out.path, "site.json"), '["acme/bedrock/index.html","../../evil","root.json"]');
    writeFileSync(join(out.path, "acme/bedrock/index.html"), "half");
    expect(await writeSite(marketplace.path, out.path, { now }, never)).toMatchObject({ written: 8, removed: 0 });
  });
});

describe("a site is not written", () => {
  test("when it is only asked what would be", async () => {
    using marketplace = await published();
    using out = temporaryFolder({ "site.json": '["gone/x/index.html"]', "gone/x/index.html": "old" });
    expect(await writeSite(marketplace.path, out.path, { now, dryRun: true }, never)).toMatchObject({ extensions: 2, written: 8, unchanged: 0, removed: 1 });
    expect(filesBelow(out.path)).toEqual(["gone/x/index.html", "site.json"]);
  });

  test("over what somebody else wrote", async () => {
    using marketplace = await published();
    using out = temporaryFolder({ "index.html": "my own page" });
    expect(await laterRefusalOf(writeSite(marketplace.path, out.path, { now }, never))).toBe("PATH_UNWRITABLE");
    expect([readFileSync(join(out.path, "index.html"), "utf8"), filesBelow(out.path)]).toEqual(["my own page", ["index.html"]]);
  });

  test("through a link that leads out of its folder", async () => {
    using marketplace = await published();
    using elsewhere = temporaryFolder();
    using out = temporaryFolder();
    symlinkSync(elsewhere.path, join(out.path, "acme"));
    expect(await laterRefusalOf(writeSite(marketplace.path, out.path, { now }, never))).toBe("PATH_OUTSIDE");
    expect(readdirSync(elsewhere.path)).toEqual([]);
  });

  test("and nothing is removed outside of it, whatever the record of the last run says", async () => {
    using marketplace = await published();
    using outer = temporaryFolder({ "evil/x/index.html": "keep", "keep.txt": "keep", "site/root.json": "keep" });
    const out = join(outer.path, "site");
    writeFileSync(join(out, "site.json"), '["../keep.txt","../evil/x/index.html","evil/x/index.html","root.json","__proto__/x/index.html"]');
    symlinkSync(join(outer.path, "evil"), join(out, "evil"));
    await writeSite(marketplace.path, out, { now }, never);
    expect(["keep.txt", "evil/x/index.html", "site/root.json"].map((path) => existsSync(join(outer.path, path)))).toEqual([true, true, true]);
  });

  test("of documents that are not signed as they have to be", async () => {
    using marketplace = await published();
    using out = temporaryFolder();
    const index = readFileSync(join(marketplace.path, "index.json"), "utf8");
    marketplace.write("index.json", index.replace(/"version":\d+/, '"version":99'));
    expect(await laterRefusalOf(writeSite(marketplace.path, out.path, { now }, never))).toBe("E_SIG_THRESHOLD");
    rmSync(join(marketplace.path, "index.json"));
    expect(await laterRefusalOf(writeSite(marketplace.path, out.path, { now }, never))).toBe("E_NOT_PUBLISHED");
    expect(filesBelow(out.path)).toEqual([]);
  });
});

describe("a page says so, and shows nothing of the package, when", () => {
  const pageAfter = async (spoil: (marketplace: MarketplaceFolder) => Promise<void> | void): Promise<readonly [problems: readonly string[], text: string]> => {
    using marketplace = await published();
    using out = temporaryFolder();
    await spoil(marketplace);
    const { problems } = await writeSite(marketplace.path, out.path, { now }, never);
    return [problems, textOf(readFileSync(join(out.path, "acme/bedrock/index.html"), "utf8"))];
  };

  test.for<readonly [what: string, code: string, spoil: (marketplace: MarketplaceFolder) => Promise<void> | void]>([
    ["the archive is another one", "E_ARCHIVE_DIGEST", (marketplace) => marketplace.write("acme/bedrock/bedrock-1.4.0.tgz", "other")],
    ["the archive is missing", "E_ARCHIVE_DIGEST", (marketplace) => rmSync(join(marketplace.path, "acme/bedrock/bedrock-1.4.0.tgz"))],
    ["the signature is missing", "E_SIG_MISSING", (marketplace) => rmSync(join(marketplace.path, "acme/bedrock/bedrock-1.4.0.tgz.sigstore.json"))],
    [
      "somebody else signed it",
      "E_SIG_UNKNOWN_KEY",
      async (marketplace) => {
        marketplace.publish("acme/bedrock", "1.4.0", { key: newKey() });
        await marketplace.release();
      },
    ],
    [
      "its archive is said to be outside of the marketplace",
      "E_URL_HOST",
      async (marketplace) => {
        marketplace.publish("acme/bedrock", "1.4.0", { published: { tarball: "../../../../../../../etc/passwd" } });
        await marketplace.release();
      },
    ],
    [
      "its list of versions is another one",
      "E_MANIFEST_DIGEST",
      (marketplace) => {
        for (const path of filesBelow(marketplace.path)) if (/^acme\/bedrock\/manifest\..+\.json$/.test(path)) marketplace.write(path, "{}");
      },
    ],
  ])("%s", async ([, code, spoil]) => {
    const [problems, text] = await pageAfter(spoil);
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^acme/bedrock: .*\\(${code}\\)$`))]);
    expect([text.includes("Something is wrong with it."), text.includes(code), text.includes("Models on Amazon Bedrock")]).toEqual([true, true, false]);
  });
});
