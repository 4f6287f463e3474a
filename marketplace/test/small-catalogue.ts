import { createPublicKey } from "node:crypto";
import { ClawError } from "@claw/kernel/host";
import type { Catalogue, Offer } from "../src/client/catalogue.ts";
import type { KnownCatalogue } from "../src/client/known-catalogue.ts";
import { publisherOfKey } from "../src/signature/keys.ts";
import { newKey } from "./package-source.ts";

export const ours = "https://ext.claw.example";
export const acmes = "https://ext.acme.example";
export const key = newKey();
export const pem = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
export const keyPublisher = publisherOfKey(createPublicKey(key));
export const otherKey = newKey();
export const otherPem = createPublicKey(otherKey).export({ type: "spki", format: "pem" }).toString();
export const otherPublisher = publisherOfKey(createPublicKey(otherKey));

/** A version that is old enough, declarative, asks for nothing and needs nothing. */
export const version = (name: string, number: string, more: Partial<Offer> = {}): Offer => ({
  name,
  version: number,
  marketplace: acmes,
  resolved: `${name}/${number}.tgz`,
  published: "2026-01-01T00:00:00Z",
  tree: `ct1-${Buffer.alloc(32, `${name}@${number}`).toString("base64")}`,
  engines: { claw: "^1.0.0" },
  permissions: {},
  dependencies: {},
  contributes: ["skills"],
  tier: "declarative",
  native: false,
  publishers: [{ kind: "key", pem }],
  fetch: () => Promise.reject(new ClawError("NETWORK_OFFLINE", "there is nothing to fetch", { host: "none" })),
  ...more,
});

export interface CatalogueOptions extends Partial<Pick<Catalogue, "revoked">> {
  readonly id?: string;
  readonly aliases?: Readonly<Record<string, string>>;
  /** Name to why it should not be used any more. */
  readonly deprecated?: Readonly<Record<string, string>>;
  /** Told of every name that it is asked for. */
  readonly asked?: (name: string) => void;
}

/** A marketplace in memory. */
export function catalogueOf(versions: readonly Offer[], { id = acmes, aliases = {}, deprecated = {}, revoked = [], asked }: CatalogueOptions = {}): Catalogue {
  const names = [...new Set(versions.map(({ name }) => name))];
  return {
    id,
    names,
    revoked,
    alias: (short) => (Object.hasOwn(aliases, short) ? aliases[short] : undefined),
    search: async () => Object.fromEntries(names.map((name) => [name, ["", []]])),
    offers: async (name) => {
      asked?.(name);
      const why = deprecated[name];
      const own = versions.filter((each) => each.name === name).map((each) => ({ ...each, marketplace: id }));
      return own.length === 0 ? undefined : { name, versions: own, ...(why === undefined ? {} : { deprecated: why }) };
    },
  };
}

export const known = (catalogue: Catalogue, more: Partial<KnownCatalogue> = {}): KnownCatalogue => ({ catalogue, scopes: [], isDefault: false, ...more });
