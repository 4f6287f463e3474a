import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeSite } from "../../marketplace/src/site/write-site.ts";
import { fileOf } from "../../marketplace/test/archive-forgery.ts";
import { type MarketplaceFolder, marketplaceFolder } from "../../marketplace/test/marketplace-folder.ts";
import { type TemporaryFolder, temporaryFolder } from "../../marketplace/test/temporary-folder.ts";
import { browserOnPath, complaintsOf, openBrowser } from "./browser.ts";
import { focused, overflowing, paleText } from "./page-checks.ts";

const readme = `# Bedrock

Models on **Amazon** Bedrock, see [its page](https://aws.amazon.com/bedrock/).

| property | type | default | what it is for, in so many words that no phone shows them all in one line |
| --- | --- | --- | --- |
| \`region\` | text | \`"us-east-1"\` | ${"The region that is asked. ".repeat(6)} |

\`\`\`sh
export AWS_PROFILE=work      # ${"a comment that is longer than a page is wide ".repeat(4)}
\`\`\`
`;
const hostileReadme = `<script>alert("script")</script><img src=x onerror='alert("image")'>
[click](javascript:alert("link")) <a href="javascript:alert(1)" onclick="alert(2)">a</a>
<iframe src="https://evil.example/"></iframe> ![pixel](https://evil.example/pixel.png) <style>*{display:none}</style>
<meta http-equiv="refresh" content="0;url=https://evil.example/"> ${"W".repeat(400)}
`;

const program = browserOnPath();

describe.skipIf(program === undefined)("a marketplace's pages, in a browser,", () => {
  let browser: Browser;
  let marketplace: MarketplaceFolder;
  let out: TemporaryFolder;
  let server: Server;
  /** The folder itself, and a server that has it below a path. */
  let places: Readonly<Record<"folder" | "server", string>>;

  beforeAll(async () => {
    marketplace = await published();
    out = temporaryFolder();
    await writeSite(marketplace.path, out.path, { now: new Date("2026-11-23T08:00:00Z") }, new AbortController().signal);
    server = await serve(out.path, "/some/where/");
    places = { folder: `${pathToFileURL(out.path).href}/`, server: `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/` };
    browser = await openBrowser(program ?? "");
  });
  afterAll(async () => {
    await browser.close();
    server.close();
    out[Symbol.dispose]();
    marketplace[Symbol.dispose]();
  });

  /** A page of its own, closed afterwards; whatever went wrong on it fails the test. */
  async function visit(at: keyof typeof places, path: string, work: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    try {
      const page = await context.newPage();
      const complaints = complaintsOf(page, places[at]);
      await page.goto(places[at] + path);
      await work(page);
      expect(complaints).toEqual([]);
    } finally {
      await context.close();
    }
  }

  const pages = ["index.html", "marketplace.html", "acme/bedrock/index.html", "evil/readme/index.html"];
  const shown = (page: Page): Promise<readonly string[]> => page.locator("#extensions > li:visible h2").allTextContents();

  test.for(["folder", "server"] as const)("ask for nothing elsewhere, break no policy of theirs, and lead to each other: from a %s", async (at) => {
    await visit(at, "marketplace.html", async (page) => {
      for (const path of pages) {
        await page.goto(places[at] + path);
        expect(await page.locator("h1").count()).toBe(1);
      }
      await page.goto(`${places[at]}index.html`);
      await page.getByRole("link", { name: "acme/other" }).click();
      await page.getByRole("link", { name: "acme/bedrock" }).first().click();
      expect([page.url(), await page.locator("h1").textContent()]).toEqual([`${places[at]}acme/bedrock/index.html`, "acme/bedrock"]);
      await page.getByRole("link", { name: "add the marketplace" }).click();
      expect(await page.locator("pre.command").textContent()).toBe(`claw ext marketplace add ${marketplace.id} --root ${marketplace.fingerprint}`);
    });
  });

  test("let nothing of a README act", async () => {
    await visit("server", "evil/readme/index.html", async (page) => {
      const readmeOf = page.locator(".readme");
      expect(await readmeOf.locator("script, img, iframe, style, meta, [onclick], [onerror], a:not([href^='https://'])").count()).toBe(0);
      expect(await readmeOf.textContent()).toContain('<script>alert("script")</script>');
      await readmeOf.getByText("click", { exact: false }).first().click();
    });
  });

  test("narrow the list down to what is typed, and remember it", async () => {
    await visit("server", "index.html", async (page) => {
      expect(await page.locator("#count").textContent()).toBe("3 extensions");
      const known = page.waitForResponse(/site-search\.json$/);
      await page.getByRole("searchbox").fill("BED acme");
      await known;
      await page.keyboard.press("Enter");
      expect([await shown(page), await page.locator("#count").textContent(), page.url()]).toEqual([
        ["acme/bedrock"],
        "1 of 3 extensions",
        `${places.server}index.html?q=BED+acme`,
      ]);
      // Only the file that the script reads says what an extension provides.
      await page.getByRole("searchbox").fill("tally_words");
      await page.keyboard.press("Enter");
      await expect.poll(() => shown(page)).toEqual(["acme/other"]);
      await page.reload();
      await expect.poll(() => shown(page)).toEqual(["acme/other"]);
      await page.getByRole("searchbox").fill("nothing of the kind");
      expect([await shown(page), await page.locator("#none").isVisible()]).toEqual([[], true]);
      await page.getByRole("link", { name: "Show everything" }).click();
      expect(await shown(page)).toEqual(["acme/bedrock", "acme/other", "evil/readme"]);
    });
  });

  test("do so from a folder too", async () => {
    await visit("folder", "index.html?q=bed", async (page) => {
      expect(await shown(page)).toEqual(["acme/bedrock"]);
      await page.getByRole("searchbox").fill("other");
      await page.keyboard.press("Enter");
      expect(await shown(page)).toEqual(["acme/other"]);
    });
  });

  test.for(["folder", "server"] as const)("are whole without scripts: from a %s", async (at) => {
    const options = { javaScriptEnabled: false };
    await visit(
      at,
      "index.html",
      async (page) => {
        await page.getByRole("searchbox").fill("bedrock");
        await page.getByRole("button", { name: "Search" }).click();
        await page.waitForURL(/\?q=bedrock$/);
        expect(await shown(page)).toEqual(["acme/bedrock", "acme/other", "evil/readme"]);
        expect(await page.locator("noscript p").isVisible()).toBe(true);
      },
      options,
    );
    await visit(
      at,
      "acme/bedrock/index.html",
      async (page) => {
        await page.locator("summary", { hasText: "1.3.0" }).click();
        expect(await page.getByText("it lost replies").isVisible()).toBe(true);
        for (const needle of ["reach https://sts.amazonaws.com on the network", "Models on Amazon Bedrock", "claw ext add acme/bedrock"])
          expect(await page.locator("main").innerText()).toContain(needle);
      },
      options,
    );
  });

  test("can be read and used with a keyboard alone", async () => {
    const focus = (page: Page): Promise<string> => page.evaluate<string>(focused);
    await visit("server", "index.html", async (page) => {
      await page.keyboard.press("Tab");
      expect([await focus(page), await page.getByText("Skip to the content").isVisible()]).toEqual(["Skip to the content", true]);
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      expect(await focus(page)).toBe("q");
      await page.keyboard.type("bedrock");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      expect([await focus(page), await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")]).toEqual(["acme/bedrock", "solid"]);
      await page.keyboard.press("Enter");
      await page.waitForURL(/acme\/bedrock\/index\.html$/);
      for (let presses = 0; presses < 40 && !(await focus(page)).startsWith("1.4.0"); presses += 1) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      expect(await page.locator("details[open]").count()).toBe(1);
      // Whatever scrolls can be reached, so that it can be scrolled without a mouse.
      expect(await page.locator("pre:not([tabindex]), .scroll:not([tabindex])").count()).toBe(0);
    });
  });

  test.for(["light", "dark"] as const)("fit into every width, and every word stands out from its ground: in %s", async (colorScheme) => {
    for (const path of pages)
      await visit(
        "folder",
        path,
        async (page) => {
          await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))");
          for (const width of [320, 640, 1280]) {
            await page.setViewportSize({ width, height: 800 });
            expect({ path, width, wide: await page.evaluate(overflowing), pale: await page.evaluate(paleText) }).toEqual({ path, width, wide: [], pale: [] });
          }
        },
        { colorScheme },
      );
  });

  test.for([320, 1280])("are drawn at %i pixels", async (width) => {
    await visit(
      "folder",
      "acme/bedrock/index.html",
      async (page) => {
        const picture = await page.screenshot({ fullPage: true });
        // PNG: the size stands in its first chunk. A page without its style or its text would be far shorter.
        expect([picture.readUInt32BE(16), picture.readUInt32BE(20) > 1500]).toEqual([width, true]);
      },
      { viewport: { width, height: 800 } },
    );
  });

  test("fit when all letters are twice as large", async () => {
    await visit(
      "folder",
      "index.html",
      async (page) => {
        const client = await page.context().newCDPSession(page);
        await client.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
        for (const path of pages) {
          await page.goto(places.folder + path);
          expect([await page.evaluate("getComputedStyle(document.body).fontSize"), await page.evaluate(overflowing)]).toEqual(["32px", []]);
        }
      },
      { viewport: { width: 640, height: 800 } },
    );
  });
});

async function published(): Promise<MarketplaceFolder> {
  const folder = await marketplaceFolder({ now: new Date("2026-11-22T08:00:00Z") });
  const manifest = { permissions: { net: ["https://sts.amazonaws.com"], exec: [{ cmd: "aws", args: ["sso", "login", "**"] }], conversation: "read" } };
  const add = (name: string, version: string, text: string, more: Readonly<Record<string, unknown>>, about = {}): void => {
    const extension = { name, version, engines: { claw: "^1.0.0" }, main: "./dist/index.mjs", permissions: {}, ...more };
    const files = [fileOf("extension.json", JSON.stringify(extension)), fileOf("dist/index.mjs", "export default 1;\n"), fileOf("README.md", text)];
    folder.publish(name, version, { manifest: more, files, published: about });
  };
  add("acme/bedrock", "1.2.0", readme, manifest);
  add("acme/bedrock", "1.3.0", readme, manifest, { yanked: { date: "2026-11-01", reason: "it lost replies" } });
  add("acme/bedrock", "1.4.0", readme, manifest);
  add("acme/other", "1.0.0", "# Other\n", {
    dependencies: { "acme/bedrock": "^1.4.0" },
    provides: { tool: { tally_words: { description: "Counts", input: { type: "object" }, effect: "none" } } },
  });
  add("evil/readme", "1.0.0", hostileReadme, {});
  await folder.release(undefined, (index) => ({
    ...index,
    revoked: [{ name: "acme/bedrock", versions: "<1.3.0", severity: "vulnerable", reason: "it logged keys", date: "2026-11-10" }],
    extensions: {
      ...index.extensions,
      "evil/readme": { ...(index.extensions["evil/readme"] ?? { latest: "", manifest: { size: 0, sha256: "" } }), deprecated: "Nobody looks after it" },
    },
  }));
  return folder;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
};

/** The files of a folder below a path, as any static host has them. */
function serve(folder: string, below: string): Promise<Server> {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://x.example");
    const file = pathname.startsWith(below) ? join(folder, pathname.slice(below.length)) : undefined;
    void (file === undefined ? Promise.reject(new Error("outside")) : readFile(file)).then(
      (bytes) =>
        response.writeHead(200, { "content-type": types[extname(pathname)] ?? "application/octet-stream", "x-content-type-options": "nosniff" }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}
