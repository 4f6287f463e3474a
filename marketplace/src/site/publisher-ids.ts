import { ClawError } from "@claw/kernel/host";
import { keyIdOf, publicKeyOf } from "../signature/keys.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import type { Publisher } from "./facts.ts";

export type PublisherReader = (policy: PublisherPolicy) => readonly Publisher[];

/** Tells keys by their ids. Thousands of extensions have few publishers, and reading a key takes longer than all else on a page. */
export function publisherReader(): PublisherReader {
  const ids = new Map<string, string | undefined>();
  const idOf = (pem: string): string | undefined => {
    if (!ids.has(pem)) ids.set(pem, readableId(pem));
    return ids.get(pem);
  };
  return (policy) => policy.map((one) => (one.kind === "oidc" ? one : { kind: "key", id: idOf(one.pem), notAfter: one.notAfter }));
}

function readableId(pem: string): string | undefined {
  try {
    return keyIdOf(publicKeyOf(pem));
  } catch (error) {
    if (ClawError.is(error)) return undefined;
    throw error;
  }
}
