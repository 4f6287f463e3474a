import type { ExtensionFacts, MarketplaceFacts } from "./facts.ts";
import { html } from "./html.ts";
import { assets, counted, page, pageOf, timeHtml } from "./page.ts";
import { publisherLine } from "./publisher-html.ts";

/** What a list says of an extension. */
export type Listed = Pick<ExtensionFacts, "name" | "displayName" | "description" | "keywords" | "latest" | "publishers" | "deprecated" | "problems"> & {
  readonly published: string | undefined;
  readonly tier: string;
  readonly isRevoked: boolean;
  readonly provides: readonly string[];
};

export function listedOf(extension: ExtensionFacts): Listed {
  const { name, displayName, description, keywords, latest, publishers, deprecated, problems, versions, provides } = extension;
  const newest = versions.find(({ version }) => version === latest);
  return {
    name,
    displayName,
    description,
    keywords,
    latest,
    publishers,
    deprecated,
    problems,
    published: newest?.published,
    tier: newest?.tier ?? "trusted",
    isRevoked: newest?.revoked !== undefined,
    provides: provides.map(([, entry]) => entry),
  };
}

/** Everything there is, and a field that narrows it down. Without the script the list stays whole, and is all there already. */
export function indexPage(extensions: readonly Listed[], marketplace: MarketplaceFacts, base: string | undefined): string {
  const main = html`<header class="title">
      <h1>Extensions</h1>
      <p class="lead">Everything that <code>${marketplace.id}</code> offers: what it does, who publishes it, and what it asks for.</p>
    </header>
    <form role="search" action="${assets.index}" method="get" class="search">
      <label for="q">Search</label>
      <div class="field">
        <input type="search" id="q" name="q" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="bedrock, shell, sessions …" /><button
          type="submit"
        >
          Search
        </button>
      </div>
      <noscript><p class="quiet">The list below is whole. Your browser's own search (Ctrl F) finds what you are looking for.</p></noscript>
    </form>
    <p id="count" role="status">${counted(extensions.length, "extension")}</p>
    <ul id="extensions" class="list">
      ${extensions.map(
        (one) =>
          html` <li data-name="${one.name}">
            <h2><a href="${pageOf(one.name)}">${one.name}</a></h2>
            ${stateOf(one)}
            <p dir="auto">${one.description ?? one.displayName ?? "No description."}</p>
            <p class="quiet">
              ${one.latest}${one.published === undefined ? undefined : html` · ${timeHtml(one.published)}`} ·
              ${publisherLine(one.publishers)}${one.tier === "declarative" ? " · no code" : undefined}
            </p>
          </li>`,
      )}
    </ul>
    <p id="none" hidden>Nothing here has all of these words. <a href="${assets.index}">Show everything</a>.</p>`;
  const description = `The extensions for claw that ${marketplace.id} offers`;
  return page({ title: "claw extensions", description, path: assets.index, base, marketplace, script: true }, main);
}

function stateOf({ deprecated, isRevoked, problems }: Listed) {
  if (isRevoked) return html` <span class="badge bad">revoked</span>`;
  if (problems.length > 0) return html` <span class="badge bad">something is wrong</span>`;
  return deprecated === undefined ? undefined : html` <span class="badge">deprecated</span>`;
}

/** What the script looks into: the words of each extension in lower case, more than its row shows. */
export const searchText = (extensions: readonly Listed[]): string =>
  `${JSON.stringify(
    Object.fromEntries(
      extensions.map((one) => [
        one.name,
        [one.name, one.displayName, one.description, ...one.keywords, ...one.provides, publisherLine(one.publishers)].join(" ").toLowerCase().toWellFormed(),
      ]),
    ),
  )}\n`;
