import { describe, expect, test } from "vitest";
import { extensionPage } from "../src/site/extension-page.ts";
import type { ExtensionFacts, MarketplaceFacts, VersionFacts } from "../src/site/facts.ts";
import { indexPage, listedOf, searchText } from "../src/site/index-page.ts";
import { marketplacePage } from "../src/site/marketplace-page.ts";
import { isBalanced, skeletonOf, tagsOf, textOf } from "./page-markup.ts";

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
