import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { extensionPage } from "../src/site/extension-page.ts";
import type { ExtensionFacts, MarketplaceFacts, VersionFacts } from "../src/site/facts.ts";
import { indexPage, listedOf, searchText } from "../src/site/index-page.ts";
import { marketplacePage } from "../src/site/marketplace-page.ts";
import { writeSite } from "../src/site/write-site.ts";
import { fileOf } from "./archive-forgery.ts";
import { type MarketplaceFolder, marketplaceFolder } from "./marketplace-folder.ts";
import { filesOf, manifestOf, newKey } from "./package-source.ts";
import { isBalanced, skeletonOf, tagsOf, textOf } from "./page-markup.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const now = new Date("2026-11-23T08:00:00Z");
const never = new AbortController().signal;

/** Everything on a page that somebody else writes, made of one text. */
function factsFrom(text: string): { readonly extension: ExtensionFacts; readonly marketplace: MarketplaceFacts } {
  const publisher = { kind: "oidc", issuer: text, workflow: text, refs: [text], repositoryId: text, ownerId: text } as const;
  const version: VersionFacts = {
    version: "1.0.0",
    published: "2026-11-20T08:00:00Z",
    tarball: text,
    size: 12345,
    sha256: "x",
    tree: "ct1-x",
    signature: text,
    engines: { claw: text },
    permissions: {
      net: [text],
      env: [text],
      exec: [
        {
          cmd: text,
          args: [text],
        },
      ],
      fs: { read: [text] },
    } as VersionFacts["permissions"],
    dependencies: { "acme/b": text },
    contributes: [text],
    yanked: {
      date: text,
      reason: text,
    },
    revoked: {
      name: "acme/a",
      severity: "malicious",
      reason: text,
    },
    signed: {
      state: "verified",
      by: {
        publisher: `oidc:${text}#${text}`,
        mode: "keyless",
        identity: text,
        logIndex: text,
      },
    },
  };
  const extension: ExtensionFacts = {
    name: "acme/a",
    displayName: text,
    description: text,
    license: text,
    repository: text,
    deprecated: text,
    aliases: [text],
    keywords: [text],
    publishers: [
      publisher,
      {
        kind: "oidc",
        issuer: text,
        san: text,
      },
    ],
    isLogged: true,
    latest: "1.0.0",
    versions: [
      version,
      {
        ...version,
        version: "0.9.0",
        signed: {
          state: "refused",
          why: text,
        },
      },
    ],
    readme: undefined,
    provides: [[text, text, text]],
    problems: [text],
  };
  const role = { threshold: 1, keys: {} };
  const marketplace: MarketplaceFacts = {
    id: `https://x.example/${text}`,
    root: {
      kind: "claw.root/1",
      marketplace: text,
      version: 1,
      expires: "2027-11-20T08:00:00Z",
      roles: {
        root: role,
        index: role,
      },
      signatures: [],
    },
    fingerprint: "sha256:x",
    indexVersion: 1,
    issued: "2026-11-20T08:00:00Z",
    expires: "2026-11-27T08:00:00Z",
    hasExpired: false,
    count: 1,
    scopes: [
      {
        scope: "acme",
        publishers: [publisher],
        isLogged: true,
      },
    ],
    removed: [
      {
        name: "acme/c",
        date: text,
        reason: text,
      },
    ],
    revoked: [
      {
        name: "acme/a",
        versions: text,
        severity: "malicious",
        reason: text,
      },
      {
        tree: text,
        severity: "vulnerable",
      },
    ],
    mirrors: [text],
  };
  return { extension, marketplace };
}

function pagesFrom(text: string): Readonly<Record<string, string>> {
  const { extension, marketplace } = factsFrom(text);
  return {
    extension: extensionPage(extension, { marketplace, base: undefined, known: new Set(["acme/a", "acme/b"]) }),
    index: indexPage([listedOf(extension)], marketplace, undefined),
    marketplace: marketplacePage(marketplace, undefined),
  };
}

describe("what a stranger writes is text and nothing else on a page:", () => {
  const plain = Object.values(pagesFrom("text")).map(skeletonOf);

  test.for<readonly [what: string, text: string]>([
    ["a script", "<script>alert(1)</script>"],
    ["the end of an attribute", `"><img src=x onerror=alert(1)>`],
    ["the end of an attribute in single quotes", "' onmouseover='alert(1)"],
    ["the end of an element", "</code></p></main></body><h1>"],
    ["an entity", "&lt;script&gt;&#60;b&#62;&quot;"],
    ["an address of a script", "javascript:alert(1)"],
    ["an address of data", "data:text/html,<script>alert(1)</script>"],
    ["a comment and a template", "<!-- ${alert(1)} {{x}} -->"],
    ["Markdown", "[a](https://x.example) `**b**`"],
    ["an escape sequence", "\u001b[31m\u001b]8;;https://x.example\u0007"],
    ["marks of direction and what cannot be seen", "\u202egnp.exe\u2066\u200b\ufeff\u{e0041}\u3164"],
    ["half a character", "\ud800"],
  ])("%s", ([, text]) => {
    for (const [at, page] of Object.values(pagesFrom(text)).entries()) {
      expect(skeletonOf(page)).toEqual(plain[at]);
      expect([isBalanced(page), /[\p{Cf}\u0000-\u0008\u000b-\u001f\u007f-\u009f\u3164]/u.test(page), page.isWellFormed()]).toEqual([true, false, true]);
      const addresses = tagsOf(page).flatMap(({ attributes }) => ["href", "src", "action"].flatMap((name) => attributes[name] ?? []));
      expect(
        addresses.filter((address) => !/^(?:https:\/\/|(?:\.\.\/)*[a-z]|#)/.test(address) || /^(?:javascript|data|vbscript|file|http):/i.test(address)),
      ).toEqual([]);
    }
  });

  test("and what looks like another command is one argument", () => {
    const { marketplace } = factsFrom("$(touch${IFS}x);'y'");
    expect(textOf(marketplacePage(marketplace, undefined))).toContain(
      "claw ext marketplace add 'https://x.example/$(touch${IFS}x);'\\''y'\\''' --root sha256:x",
    );
  });

  test("in the file that the script reads too", () => {
    const { extension } = factsFrom("</script>\ud800");
    expect(JSON.parse(searchText([listedOf(extension)]))).toEqual({ "acme/a": expect.stringContaining("</script>\ufffd") });
  });
});

describe("a page", () => {
  test("allows nothing that is not its own", () => {
    for (const page of Object.values(pagesFrom("text"))) {
      const policy = tagsOf(page).find(({ attributes }) => attributes["http-equiv"] === "Content-Security-Policy")?.attributes["content"];
      expect(policy?.replaceAll("&#39;", "'")).toBe(
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'",
      );
      expect(
        tagsOf(page).filter(({ name, attributes }) => name === "style" || "style" in attributes || Object.keys(attributes).some((key) => key.startsWith("on"))),
      ).toEqual([]);
    }
  });

  test("has a language, a title, landmarks, one first heading, and no level left out", () => {
    for (const page of Object.values(pagesFrom("text"))) {
      const tags = tagsOf(page).map(({ name }) => name);
      expect(["main", "header", "footer", "nav", "title"].filter((name) => !tags.includes(name))).toEqual([]);
      const levels = tags.filter((name) => /^h[1-6]$/.test(name)).map((name) => Number(name[1]));
      expect([levels[0], levels.filter((level) => level === 1).length]).toEqual([1, 1]);
      expect(levels.every((level, at) => at === 0 || level <= (levels[at - 1] ?? 0) + 1)).toBe(true);
    }
  });

  test("says what somebody has to know before adding the extension", () => {
    const text = textOf(pagesFrom("words")["extension"] ?? "");
    for (const needle of [
      "claw ext add acme/a",
      "1.0.0 was revoked.",
      "Deprecated.",
      "1.0.0 was yanked.",
      "Its code runs in claw's own process, with all your rights.",
      "A signature says who, not that it is safe.",
      "reach words on the network",
      "run words words on this machine",
      "12 kB",
      "2026-11-20",
    ])
      expect(text).toContain(needle);
  });

  test("names its one address when there is one", () => {
    const { extension, marketplace } = factsFrom("x");
    const canonicalOf = (base: string | undefined): readonly string[] =>
      tagsOf(extensionPage(extension, { marketplace, base, known: new Set() })).flatMap(({ attributes }) =>
        attributes["rel"] === "canonical" ? [attributes["href"] ?? ""] : [],
      );
    expect([canonicalOf("https://x.example/ext/"), canonicalOf(undefined), canonicalOf("javascript:x")]).toEqual([["https://x.example/ext/acme/a/"], [], []]);
  });
});

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
