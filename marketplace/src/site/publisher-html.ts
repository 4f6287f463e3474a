import type { Publisher } from "./facts.ts";
import { type Html, html, joined, outward } from "./html.ts";
import { timeHtml } from "./page.ts";

/** Who may publish, in words: any one of several is enough. */
export function publishersHtml(publishers: readonly Publisher[]): Html {
  const [only, ...others] = publishers;
  if (only === undefined) return html`<p>Nobody is named. claw adds it only for a person who allows what nobody signs.</p>`;
  if (others.length === 0) return html`<p>${publisherHtml(only)}</p>`;
  return html`<p>Any one of these:</p>
    <ul>
      ${publishers.map((publisher) => html`<li>${publisherHtml(publisher)}</li>`)}
    </ul>`;
}

function publisherHtml(publisher: Publisher): Html {
  if (publisher.kind === "key") {
    const { id, notAfter } = publisher;
    return html`Whoever holds the key <code>${keyName(id)}</code>${notAfter === undefined ? undefined : html`, until ${timeHtml(notAfter)}`}`;
  }
  const { issuer, workflow, san, refs, repositoryId, ownerId } = publisher;
  const numbers = [repositoryId === undefined ? "" : `repository ${repositoryId}`, ownerId === undefined ? "" : `owner ${ownerId}`].filter(
    (text) => text !== "",
  );
  return html`${workflow === undefined ? html`<code>${san ?? ""}</code>` : html`The workflow ${outward(workflow, workflow)}`}${
      refs === undefined
        ? undefined
        : html`, run for
          ${joined(
            refs.map((ref) => html`<code>${ref}</code>`),
            " or ",
          )}`
    }${numbers.length === 0 ? undefined : html` (${numbers.join(", ")})`},
    as <code>${issuer}</code> vouches`;
}

/** In a list: as short as it can be and still be told from others. */
export function publisherLine(publishers: readonly Publisher[]): string {
  const [only, ...others] = publishers.map((publisher) => {
    if (publisher.kind === "key") return `key ${keyName(publisher.id).slice(0, 19)}…`;
    const { workflow, san = "" } = publisher;
    return workflow === undefined ? san : workflow.replace(/^https:\/\//, "").replace(/\/\.github\/workflows\/.*$/, "");
  });
  if (only === undefined) return "nobody is named";
  return others.length === 0 ? only : `${only} and ${others.length} more`;
}

const keyName = (id: string | undefined): string => (id === undefined ? "(a key that cannot be read)" : `sha256-${id}`);
