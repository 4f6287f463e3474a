import type { Trust } from "@claw/kernel/host";
import { publisherOfIdentity } from "../signature/identity.ts";
import { publicKeyOf, publisherOfKey } from "../signature/keys.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import type { Offer } from "./catalogue.ts";
import { isOwn } from "./policy.ts";
import { quoted } from "./quoted.ts";

/** How the lock names whoever may have signed an offer; nobody is named after the marketplace. */
export const publisherNames = ({ publishers, marketplace }: Pick<Offer, "publishers" | "marketplace">): readonly string[] =>
  publishers.length === 0 ? [`unsigned:${marketplace}`] : [...new Set(publishers.map(nameOf))];

const nameOf = (publisher: PublisherPolicy[number]): string =>
  publisher.kind === "key" ? publisherOfKey(publicKeyOf(publisher.pem)) : publisherOfIdentity(publisher);

/** Who may have signed an offer, in words. What the program's own trust covers is claw's. */
export const signerWords = (offer: Pick<Offer, "name" | "publishers" | "marketplace">, bundled: Trust): string =>
  publisherNames(offer)
    .map((each) => (isOwn(offer.name, each, bundled) ? `claw, by ${publisherWords(each)}` : publisherWords(each)))
    .join(" or ");

/** Who a publisher is, in words. */
export function publisherWords(publisher: string): string {
  if (publisher.startsWith("unsigned:")) return "nobody";
  if (publisher.startsWith("key:")) return `the key ${quoted(publisher.slice("key:".length))}`;
  const [, issuer = "", name = publisher] = /^oidc:(.*?)#(.*)$/s.exec(publisher) ?? [];
  return `${quoted(name)}, says ${quoted(issuer)}`;
}
