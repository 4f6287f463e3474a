import { publisherOfIdentity } from "../signature/identity.ts";
import { publicKeyOf, publisherOfKey } from "../signature/keys.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import type { Offer } from "./catalogue.ts";
import { quoted } from "./quoted.ts";

/** How the lock names whoever may have signed an offer; nobody is named after the marketplace. */
export const publisherNames = ({ publishers, marketplace }: Pick<Offer, "publishers" | "marketplace">): readonly string[] =>
  publishers.length === 0 ? [`unsigned:${marketplace}`] : [...new Set(publishers.map(nameOf))];

const nameOf = (publisher: PublisherPolicy[number]): string =>
  publisher.kind === "key" ? publisherOfKey(publicKeyOf(publisher.pem)) : publisherOfIdentity(publisher);

/** Who a publisher is, in words. */
export function publisherWords(publisher: string): string {
  if (publisher.startsWith("unsigned:")) return "nobody";
  if (publisher.startsWith("key:")) return `the key ${quoted(publisher.slice("key:".length))}`;
  const [, issuer = "", name = publisher] = /^oidc:(.*?)#(.*)$/s.exec(publisher) ?? [];
  return `${quoted(name)}, says ${quoted(issuer)}`;
}
