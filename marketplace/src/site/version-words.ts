import { publisherWords } from "../client/publishers.ts";
import type { SignatureState, VersionFacts } from "./facts.ts";
import { type Html, html, joined } from "./html.ts";
import { pageOf } from "./page.ts";

/** Words of claw's with quoted texts of the author's in backticks, out of which those cannot break. */
export const codeIn = (words: string): Html =>
  joined(
    words.split("`").map((part, index) => (index % 2 === 0 ? html`${part}` : html`<code>${part}</code>`)),
    "",
  );

/** Who signed a version, and how that is known. */
export function signatureWords({ version, signed }: VersionFacts): Html {
  switch (signed.state) {
    case "verified": {
      const { publisher, mode, identity, logIndex } = signed.by;
      const log = logIndex === undefined ? undefined : html` It is entry ${logIndex} of the transparency log.`;
      return html`Version ${version} is signed by
      ${identity === undefined ? codeIn(publisherWords(publisher)) : html`<code>${identity}</code>`}${modeWords[mode]}. That was verified when this page was
      made.${log}`;
    }
    case "read":
      return html`Version ${version} has a signature that was not verified${modeWords[signed.kind]}.`;
    case "refused":
      return html`<strong>The signature of version ${version} was not verified:</strong> ${signed.why}.`;
    default:
      return signed satisfies never;
  }
}

const modeWords = {
  key: "",
  keyless: ", keyless: a certificate named who it was for a few minutes, and a public log keeps it",
  attestation: ", in a statement of how it was built",
} as const;

export const signatureKind = (signed: SignatureState): string =>
  signed.state === "verified" ? `${signed.by.mode}, verified` : signed.state === "read" ? signed.kind : "not verified";

/** What it cannot do without, with links to those that have a page here. */
export function dependenciesHtml({ dependencies = {} }: VersionFacts, known: ReadonlySet<string>): Html {
  const rows = Object.entries(dependencies).map(
    ([name, range]) => html`${known.has(name) ? html`<a href="../../${pageOf(name)}">${name}</a>` : html`${name}`} <code>${range}</code>`,
  );
  return rows.length === 0 ? html`nothing else` : joined(rows, ", ");
}

const severities = {
  malicious: "It does harm. claw neither installs nor loads it.",
  "key-compromise": "Whoever signed it may not have been its publisher. claw neither installs nor loads it.",
  vulnerable: "It has a known weakness. claw warns of it.",
} as const;

export const revocationWords = ({ revoked }: VersionFacts): Html | undefined =>
  revoked === undefined
    ? undefined
    : html`${severities[revoked.severity]}${revoked.reason === undefined ? undefined : html` <span dir="auto">${revoked.reason}</span>`}`;
