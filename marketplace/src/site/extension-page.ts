import { permissionWords } from "../client/permission-words.ts";
import type { ExtensionFacts, MarketplaceFacts, VersionFacts } from "./facts.ts";
import { type Html, html, joined, outward } from "./html.ts";
import { markdown } from "./markdown.ts";
import { assets, command, counted, factList, page, pageOf, sizeWords, timeHtml } from "./page.ts";
import { publishersHtml } from "./publisher-html.ts";
import { codeIn, dependenciesHtml, revocationWords, signatureKind, signatureWords } from "./version-words.ts";

export interface ExtensionPageOptions {
  readonly marketplace: MarketplaceFacts;
  readonly base: string | undefined;
  /** Names that have a page here. */
  readonly known: ReadonlySet<string>;
}

/** The page of one extension. */
export function extensionPage(extension: ExtensionFacts, { marketplace, base, known }: ExtensionPageOptions): string {
  const { name, displayName, description, latest, versions, readme, aliases } = extension;
  const newest = versions.find(({ version }) => version === latest);
  const main = html`<article>
    <header class="title">
      <h1>${name}</h1>
      ${displayName === undefined ? undefined : html`<p class="display" dir="auto">${displayName}</p>`}
      <p class="lead" dir="auto">${description ?? "No description."}</p>
      ${noticesOf(extension, newest)}
    </header>
    <div class="columns">
      <div class="about">
        <section aria-labelledby="add">
          <h2 id="add">Add it</h2>
          ${command(`claw ext add ${name}`)}
          <p>
            ${aliases.length === 0 ? undefined : html`Here <code>${aliases.join(", ")}</code> means it too. `}From another marketplace than the one that came
            with claw, <a href="../../${assets.marketplace}#add">add the marketplace</a> first.
          </p>
        </section>
        <section aria-labelledby="asks">
          <h2 id="asks">What it asks for</h2>
          ${newest === undefined ? html`<p>Not known.</p>` : permissionsHtml(newest)}
        </section>
        <section aria-labelledby="who">
          <h2 id="who">Who publishes it</h2>
          ${publishersHtml(extension.publishers)} ${newest === undefined ? undefined : html`<p>${signatureWords(newest)}</p>`}
          <p class="quiet">
            A signature says who, not that it is safe.${extension.isLogged ? " Every signature of its scope must be in the transparency log." : undefined}
          </p>
        </section>
      </div>
      <aside aria-label="Details">${newest === undefined ? undefined : detailsHtml(extension, newest, known)}</aside>
      <div class="more">
        ${providesHtml(extension)}
        ${
          readme === undefined
            ? html`<section aria-labelledby="readme">
                <h2 id="readme">Readme</h2>
                <p>It has none.</p>
              </section>`
            : html`<section class="readme" dir="auto" aria-labelledby="readme">
                <h2 id="readme">Readme</h2>
                ${markdown(readme)}
              </section>`
        }
      </div>
    </div>
    <section aria-labelledby="versions">
      <h2 id="versions">Versions</h2>
      <ol class="versions" reversed>
        ${versions.map((version) => versionHtml(version, extension, known))}
      </ol>
    </section>
  </article>`;
  const title = `${name} – claw extensions`;
  return page({ title, description: description ?? name, path: pageOf(name), base, marketplace }, main);
}

/** What somebody has to know before anything else. */
function noticesOf({ deprecated, problems, latest }: ExtensionFacts, newest: VersionFacts | undefined): Html | undefined {
  const notices: Html[] = [
    ...(newest?.revoked === undefined ? [] : [html`<p class="notice bad"><strong>${latest} was revoked.</strong> ${revocationWords(newest)}</p>`]),
    ...(deprecated === undefined ? [] : [html`<p class="notice"><strong>Deprecated.</strong> <span dir="auto">${deprecated}</span></p>`]),
    ...(newest?.yanked ? [html`<p class="notice"><strong>${latest} was yanked.</strong> <span dir="auto">${newest.yanked.reason}</span></p>`] : []),
    ...problems.map((problem) => html`<p class="notice bad"><strong>Something is wrong with it.</strong> ${problem}</p>`),
  ];
  return notices.length === 0 ? undefined : html`<div class="notices">${notices}</div>`;
}

function permissionsHtml({ permissions, tier, native }: VersionFacts): Html {
  const words = permissionWords({ ...permissions });
  const runs =
    tier === "declarative"
      ? html`<p>It holds no code. What it brings is text and settings.</p>`
      : html`<p>
          <strong>Its code runs in claw's own process, with all your rights.</strong> Unless claw's own people publish it, you are asked to type its name before
          it is trusted with that.
        </p>`;
  return html`${runs} ${native === true ? html`<p><strong>It ships programs</strong>, which run outside of claw.</p>` : undefined}
  ${
    words.length === 0
      ? html`<p>It asks for nothing else.</p>`
      : html`<p>It may:</p>
          <ul class="asks">
            ${words.map((line) => html`<li>${codeIn(line)}</li>`)}
          </ul>`
  }`;
}

function providesHtml({ provides }: ExtensionFacts): Html | undefined {
  if (provides.length === 0) return undefined;
  return html`<section aria-labelledby="provides">
    <h2 id="provides">What it provides</h2>
    <dl class="provides">
      ${provides.map(
        ([slot, name, description]) =>
          html`<div>
            <dt><code>${name}</code> <span class="quiet">${slot}</span></dt>
            <dd dir="auto">${description}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}

function detailsHtml({ license, repository, keywords, versions }: ExtensionFacts, newest: VersionFacts, known: ReadonlySet<string>): Html {
  return factList([
    ["Latest", html`${newest.version}, ${timeHtml(newest.published)}`],
    ["Size", sizeWords(newest.size)],
    ["Tier", newest.tier ?? "trusted"],
    ["Signature", signatureKind(newest.signed)],
    ["Needs claw", html`<code>${newest.engines.claw}</code>`],
    ["Needs", dependenciesHtml(newest, known)],
    ["License", license],
    ["Source", repository === undefined ? undefined : outward(repository, repository.replace(/^https:\/\//, ""))],
    ["Keywords", keywords.length === 0 ? undefined : keywords.join(", ")],
    ["Versions", html`<a href="#versions">${counted(versions.length, "version")}</a>`],
  ]);
}

function versionHtml(version: VersionFacts, { name, latest }: ExtensionFacts, known: ReadonlySet<string>): Html {
  const { yanked, revoked, published, size, sha256, tree, signed, permissions, contributes = [] } = version;
  const words = permissionWords({ ...permissions });
  const badges = [
    ...(version.version === latest ? [html`<span class="badge good">latest</span>`] : []),
    ...(yanked ? [html`<span class="badge">yanked</span>`] : []),
    ...(revoked === undefined ? [] : [html`<span class="badge bad">revoked</span>`]),
    ...(signed.state === "refused" ? [html`<span class="badge bad">signature not verified</span>`] : []),
  ];
  const facts = factList([
    ["Revoked", revocationWords(version)],
    ["Yanked", yanked ? `${yanked.date}: ${yanked.reason}` : undefined],
    ["Signature", signed.state === "refused" ? `${signatureKind(signed)}: ${signed.why}` : signatureKind(signed)],
    ["SHA-256", html`<code>${sha256}</code>`],
    ["Tree", html`<code>${tree}</code>`],
    ["Tier", version.tier ?? "trusted"],
    ["Brings", contributes.length === 0 ? "not said" : contributes.join(", ")],
    ["Asks for", words.length === 0 ? "nothing" : joined(words.map(codeIn), "; ")],
    ["Needs", html`claw <code>${version.engines.claw}</code>; ${dependenciesHtml(version, known)}`],
    ["Add it", html`<code>claw ext add ${name}@${version.version}</code>`],
  ]);
  return html`<li>
    <details>
      <summary><span class="version">${version.version}</span> ${timeHtml(published)} <span>${sizeWords(size)}</span> ${joined(badges, " ")}</summary>
      ${facts}
    </details>
  </li>`;
}
