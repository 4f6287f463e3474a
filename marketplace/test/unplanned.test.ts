import { openStore } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import type { Offer } from "../src/client/catalogue.ts";
import type { PlannedPackage } from "../src/client/plan.ts";
import { planInstall } from "../src/client/planning.ts";
import type { OidcPublisher, VerifiedSignature } from "../src/signature/policy.ts";
import { catalogueOf, contextOf, now, offerOf, plannedOf, planOf, signal, tellingHooks } from "./offered-packages.ts";
import { filesOf, manifestOf, newKey, temporaryStore, type TemporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";

const key = newKey();
const workflow = "https://github.com/acme/a/.github/workflows/release.yml";
const issuer = "https://token.actions.githubusercontent.com";
const publisher = `oidc:${issuer}#${workflow}`;
const hoursAgo = (hours: number): number => Math.floor(now.getTime() / 1000) - hours * 3600;

/** An offer that its publisher signed keyless, with what the certificate and the log say. */
function keyless(version: string, proved: Partial<VerifiedSignature> = {}, policy: Partial<OidcPublisher> = {}, more: Partial<Offer> = {}): Offer {
  const files = filesOf(manifestOf("acme/a", version));
  const signature = { publisher, mode: "keyless", repositoryId: "1234", integratedTime: hoursAgo(1000), ...proved } as const;
  return offerOf(files, key, {
    integrity: "sha256-of-theirs",
    publishers: [{ kind: "oidc", issuer, workflow, ...policy }],
    fetch: async () => ({ form: "mapped", files, integrity: "sha256-of-theirs", signature, inactive: [] }),
    ...more,
  });
}

const planned = (offer: Offer, more: Partial<PlannedPackage> = {}): PlannedPackage => plannedOf(offer, key, more, { publisher });

async function carried(store: TemporaryStore, plan: PlannedPackage): Promise<string> {
  const { context } = await contextOf(store);
  return laterRefusalOf(carryOut(planOf([plan]), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal));
}

describe("a signature that was logged too lately", () => {
  test("is refused, whatever its marketplace says of when it was published", async () => {
    using store = temporaryStore();
    const backdated = keyless("1.0.0", { integratedTime: hoursAgo(2) });
    expect(await carried(store, planned(backdated, { minAgeHours: 72 }))).toBe("E_NO_VERSION");
    expect(openStore(store.at).names).toEqual([]);
    expect(await carried(store, planned(keyless("1.0.0", { integratedTime: hoursAgo(72) }), { minAgeHours: 72 }))).toBe("accepted");
  });

  test("is taken where its version was named exactly and asked for fresh, unless an administrator says otherwise", async () => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const offers = [catalogueOf([keyless("1.0.0", {}, {}, { published: "2026-11-01T00:00:00Z" })])];
    const ageAsked = async (range: string, fresh: boolean, hours?: number): Promise<number | undefined> => {
      const policy = hours === undefined ? {} : { extensions: { minReleaseAgeHours: hours } };
      const plan = await planInstall([{ name: "acme/a", range }], { scope: "user", fresh }, { ...context, policy }, offers, signal);
      return plan.packages[0]?.minAgeHours;
    };
    expect(await Promise.all([ageAsked("1.0.0", true), ageAsked("1.0.0", false), ageAsked("^1.0.0", true)])).toEqual([undefined, 72, 72]);
    expect(await Promise.all([ageAsked("1.0.0", true, 200), ageAsked("1.0.0", false, 200), ageAsked("1.0.0", false, 10)])).toEqual([200, 200, 72]);
  });
});

describe("a repository of the same name under another number", () => {
  const before = { version: "1.0.0", publisher, repositoryId: "1234" } as PlannedPackage["installed"];

  test("is somebody else, and nobody was asked", async () => {
    using store = temporaryStore();
    expect(await carried(store, planned(keyless("1.1.0", { repositoryId: "666" }), { installed: before }))).toBe("E_CONSENT_REQUIRED");
    expect(openStore(store.at).names).toEqual([]);
  });

  test("is the one that the marketplace names, which the person was asked about", async () => {
    using store = temporaryStore();
    expect(await carried(store, planned(keyless("1.0.0")))).toBe("accepted");
    const { lock } = openStore(store.at).get("acme/a") ?? {};
    const moved = keyless("1.1.0", { repositoryId: "5678" }, { repositoryId: "5678" });
    expect(await carried(store, planned(moved, { installed: lock }))).toBe("accepted");
  });

  test("is the same where the number is, and where there was none to compare", async () => {
    using store = temporaryStore();
    expect(await carried(store, planned(keyless("1.0.0")))).toBe("accepted");
    const { lock } = openStore(store.at).get("acme/a") ?? {};
    expect(await carried(store, planned(keyless("1.1.0"), { installed: lock }))).toBe("accepted");
  });
});
