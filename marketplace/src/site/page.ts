import type { MarketplaceFacts } from "./facts.ts";
import { type Html, html, linkable } from "./html.ts";

/** The files that all pages share, in the root of the site. A dot in each name: no scope of extensions has one. */
export const assets = {
  style: "site.css",
  script: "site.js",
  icon: "site.svg",
  search: "site-search.json",
  record: "site.json",
  index: "index.html",
  marketplace: "marketplace.html",
} as const;

export const pageOf = (name: string): string => `${name}/index.html`;

export interface PageOptions {
  readonly title: string;
  readonly description: string;
  /** The page's own path in the site. */
  readonly path: string;
  /** Where the site is served, for its one address; links never need it. */
  readonly base: string | undefined;
  readonly marketplace: MarketplaceFacts;
  readonly script?: boolean;
}

/** Nothing is fetched from elsewhere, nothing runs but the one script, and whatever an author wrote is no part of either. */
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'";

/** A whole page. All links are relative, so that it works in a folder and below any address. */
export function page({ title, description, path, base, marketplace, script = false }: PageOptions, main: Html): string {
  const up = "../".repeat(path.split("/").length - 1);
  const canonical = base === undefined ? undefined : linkable(`${base.replace(/\/$/, "")}/${path.replace(/(^|\/)index\.html$/, "$1")}`);
  const here = (file: string): Html | undefined => (file === path ? html` aria-current="page"` : undefined);
  const whole = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <meta name="description" content="${description}" />
        <title>${title}</title>
        <link rel="icon" href="${up}${assets.icon}" type="image/svg+xml" />
        <link rel="stylesheet" href="${up}${assets.style}" />
        ${canonical === undefined ? undefined : html`<link rel="canonical" href="${canonical.href}" /> `}${script ? html`<script src="${up}${assets.script}" defer></script> ` : undefined}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <a class="home" href="${up}${assets.index}"><span aria-hidden="true" class="mark">❯</span> claw extensions</a>
          <nav aria-label="Site">
            <a href="${up}${assets.index}" ${here(assets.index)}>All extensions</a>
            <a href="${up}${assets.marketplace}" ${here(assets.marketplace)}>This marketplace</a>
          </nav>
        </header>
        <main id="main" tabindex="-1">${main}</main>
        <footer>
          <p>Index ${marketplace.indexVersion} of <code>${marketplace.id}</code>, issued ${timeHtml(marketplace.issued)}.</p>
          <p>
            A signature says who, not that it is safe. These pages are not signed themselves: what claw installs is checked against the signed index, and not
            against them.
          </p>
        </footer>
      </body>
    </html>`;
  return `${whole.markup}\n`;
}

/** A day for people, with the instant for programs. */
export const timeHtml = (time: string): Html => html`<time datetime="${time}">${time.slice(0, 10)}</time>`;

/** What is known under which title. What is not known is left out. */
export const factList = (rows: readonly (readonly [title: string, what: Html | string | undefined])[]): Html =>
  html`<dl class="facts">
    ${rows.flatMap(([title, what]) =>
      what === undefined
        ? []
        : [
            html`<div>
              <dt>${title}</dt>
              <dd dir="auto">${what}</dd>
            </div>`,
          ],
    )}
  </dl>`;

/** A command that a reader copies. */
export const command = (text: string): Html => html`<pre class="command" tabindex="0"><code>${text}</code></pre>`;

/** An argument as a shell reads it back. */
export const argument = (text: string): string => (/^[\w@%+=:,./~-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export function sizeWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

export const counted = (count: number, one: string, many = `${one}s`): string => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
