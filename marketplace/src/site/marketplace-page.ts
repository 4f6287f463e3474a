import type { RevokedRange } from "@claw/kernel/host";
import type { MarketplaceFacts } from "./facts.ts";
import { type Html, html } from "./html.ts";
import { argument, assets, command, counted, factList, page, timeHtml } from "./page.ts";
import { publishersHtml } from "./publisher-html.ts";

/** How to add a marketplace, who signs what, and what was taken back. */
export function marketplacePage(marketplace: MarketplaceFacts, base: string | undefined): string {
  const { id, fingerprint, root, indexVersion, issued, expires, hasExpired, count, scopes, mirrors } = marketplace;
  const main = html`<header class="title">
      <h1>This marketplace</h1>
      <p class="lead"><code>${id}</code> offers ${counted(count, "extension")}.</p>
      ${
        hasExpired
          ? html`<div class="notices">
              <p class="notice bad"><strong>Its index has expired.</strong> claw does not install from it until its operator signs a new one.</p>
            </div>`
          : undefined
      }
    </header>
    <section aria-labelledby="add">
      <h2 id="add">Add it to claw</h2>
      ${command(`claw ext marketplace add ${argument(id)} --root ${fingerprint}`)}
      <p>
        Compare the fingerprint with one that its operator gave you in another way: a page that somebody changed would show another one here too. From then on
        claw checks everything against that root, and refuses what does not fit.
      </p>
    </section>
    <section aria-labelledby="root">
      <h2 id="root">Who signs it</h2>
      ${factList([
        ["Fingerprint", html`<code>${fingerprint}</code>`],
        ["Root", html`version ${root.version}, good until ${timeHtml(root.expires)}; ${roleWords(root.roles.root)}`],
        ["Index", html`version ${indexVersion}, issued ${timeHtml(issued)}, good until ${timeHtml(expires)}; ${roleWords(root.roles.index)}`],
        ["Mirrors", mirrors.length === 0 ? undefined : mirrors.join(", ")],
      ])}
    </section>
    <section aria-labelledby="scopes">
      <h2 id="scopes">Who may publish</h2>
      ${
        scopes.length === 0
          ? html`<p>Nobody yet.</p>`
          : html`<dl class="scopes">
              ${scopes.map(
                ({ scope, publishers, isLogged }) =>
                  html`<div>
                    <dt><code>${scope}/</code></dt>
                    <dd>${publishersHtml(publishers)}${isLogged ? html`<p class="quiet">Its signatures must be in the transparency log.</p>` : undefined}</dd>
                  </div>`,
              )}
            </dl>`
      }
    </section>
    ${withdrawn(marketplace)}`;
  return page({ title: "This marketplace – claw extensions", description: `How to add ${id} to claw`, path: assets.marketplace, base, marketplace }, main);
}

function roleWords({ threshold, keys, oidc = [] }: MarketplaceFacts["root"]["roles"]["root"]): string {
  const signers = Object.keys(keys).length + oidc.length;
  return `signed by ${threshold} of ${counted(signers, "signer")}`;
}

function withdrawn({ removed, revoked }: MarketplaceFacts): Html | undefined {
  if (removed.length + revoked.length === 0) return undefined;
  return html`<section aria-labelledby="gone">
    <h2 id="gone">Taken back</h2>
    <ul>
      ${revoked.map((one) => html`<li>${revokedWhat(one)}: ${one.severity}${one.reason === undefined ? undefined : html` – <span dir="auto">${one.reason}</span>`}</li>`)}${removed.map(
        ({ name, date, reason }) => html`<li>${name} was removed on ${date} – <span dir="auto">${reason}</span></li>`,
      )}
    </ul>
  </section>`;
}

const revokedWhat = ({ name, versions, tree }: RevokedRange): Html =>
  name === undefined ? html`<code>${tree ?? ""}</code>` : html`${name} ${versions === undefined ? "(every version)" : html`<code>${versions}</code>`}`;
