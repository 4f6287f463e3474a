import type { LockEntry, Manifest } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import type { Offer } from "../src/client/catalogue.ts";
import { type Agreed, differencesOf, needsConsent } from "../src/client/difference.ts";
import type { OidcPublisher } from "../src/signature/policy.ts";
import { acmes, keyPublisher, otherPem, ours, pem, version } from "./small-catalogue.ts";

const workflow = "https://github.com/acme/x/.github/workflows/release.yml";
const oidc: OidcPublisher = { kind: "oidc", issuer: "https://token.actions.githubusercontent.com", workflow, repositoryId: "1234" };
const oidcName = `oidc:${oidc.issuer}#${workflow}`;

const manifest: Manifest = { name: "acme/x", version: "1.0.0", engines: { claw: "^1.0.0" }, permissions: {}, content: { skills: ["./skills/*/SKILL.md"] } };
const entry: LockEntry = {
  version: "1.0.0",
  marketplace: acmes,
  resolved: "acme/x/x-1.0.0.tgz",
  integrity: "sha256-",
  tree: "ct1-",
  publisher: keyPublisher,
  signature: { mode: "key" },
  engines: { claw: "^1.0.0" },
  requested: { net: ["https://a.x.example"] },
  tier: "declarative",
  dependencies: { "acme/y": "1.0.0" },
  requestedBy: ["user"],
  files: {},
};
const offer = version("acme/x", "1.1.0", { permissions: { net: ["https://a.x.example"] }, dependencies: { "acme/y": "^1.0.0" } });
const differences = (offered: Partial<Offer>, locked: Partial<LockEntry> = {}, has: Partial<Manifest> = {}): readonly string[] => {
  const agreed: Agreed = { entry: { ...entry, ...locked }, manifest: { ...manifest, ...has } };
  return differencesOf(agreed, { ...offer, ...offered }).map(({ kind, text }) => `${kind}: ${text}`);
};

describe("an update", () => {
  test("that asks for nothing new is no different", () => {
    expect(differences({})).toEqual([]);
    expect(differences({ dependencies: {}, contributes: [] })).toEqual([]);
  });

  test("may do so in every way that needs consent", () => {
    const permissions = { net: ["https://*.x.example"], secrets: ["aws"] };
    const all: Partial<Offer> = {
      version: "2.0.0",
      marketplace: ours,
      permissions,
      dependencies: { "acme/y": "^1.0.0", "acme/z": "^1.0.0" },
      contributes: ["skills", "tool"],
      tier: "trusted",
      native: true,
      publishers: [{ kind: "key", pem: otherPem }],
    };
    const told = differencesOf({ entry, manifest }, { ...offer, ...all });
    expect(told.map(({ kind }) => kind)).toEqual(["publisher", "marketplace", "native", "tier", "permission", "wider", "dependency", "contribution", "major"]);
    expect(told.every(needsConsent)).toBe(true);
    expect(told.map(({ text }) => text).slice(1)).toEqual([
      `comes from \`${ours}\`, and until now from \`${acmes}\``,
      "ships programs of its own now",
      "holds code now, which runs in claw's own process",
      "new: read your secret `aws`",
      "wider: reach `https://*.x.example` on the network (until now: reach `https://a.x.example` on the network)",
      "depends on acme/z now",
      "provides `tool` now",
      "is a new major version, 2.0.0 after 1.0.0",
    ]);
  });

  test("that asks for less is told and needs no consent", () => {
    const told = differencesOf({ entry, manifest }, { ...offer, permissions: {} });
    expect([told, told.some(needsConsent)]).toEqual([[{ kind: "gone", text: "no longer: reach `https://a.x.example` on the network" }], false]);
  });

  test("by another publisher names both", () => {
    const [told] = differences({ publishers: [oidc] });
    expect(told).toBe(`publisher: signed by \`${workflow}\`, says \`${oidc.issuer}\`, and until now by the key \`${keyPublisher.slice("key:".length)}\``);
    expect(differences({ publishers: [] })[0]).toMatch(/^publisher: signed by nobody, /);
    expect(differences({ publishers: [] }, { publisher: "unsigned:https://other.example" })[0]).toBe(
      "publisher: signed by nobody, as before, so whoever keeps that marketplace can have changed it",
    );
    expect(
      differences({
        publishers: [
          { kind: "key", pem: otherPem },
          { kind: "key", pem },
        ],
      }),
    ).toEqual([]);
  });

  test("that loses its provenance, from keyless to a key, says so even if that key was always allowed", () => {
    const keyless: Partial<LockEntry> = { publisher: oidcName, signature: { mode: "keyless" }, repositoryId: "1234" };
    expect(differences({ publishers: [oidc] }, keyless)).toEqual([]);
    expect(differences({ publishers: [{ kind: "key", pem }] }, keyless).map((text) => text.split(":")[0])).toEqual(["publisher", "provenance"]);
  });

  test("from a repository of the same name and another number says so", () => {
    const keyless: Partial<LockEntry> = { publisher: oidcName, signature: { mode: "keyless" }, repositoryId: "1234" };
    expect(differences({ publishers: [{ ...oidc, repositoryId: "999" }] }, keyless)).toEqual([
      "repository: is built in another repository of the same name, number 999 instead of 1234",
    ]);
    const { repositoryId: _repositoryId, ...anyNumber } = oidc;
    expect([differences({ publishers: [anyNumber] }, keyless), differences({ publishers: [{ ...oidc, repositoryId: "999" }, oidc] }, keyless)]).toEqual([
      [],
      [],
    ]);
  });

  test("that goes on shipping programs or code is no different in that", () => {
    expect(differences({ native: true, tier: "trusted" }, { tier: "trusted" }, { permissions: { native: true } })).toEqual([]);
    expect(differences({ native: true }, {}, { content: { bin: ["./bin/x"], skills: ["./s"] } })).toEqual([]);
    expect(differences({ contributes: ["hooks", "skills", "tool"] }, {}, { provides: { tool: {} }, hooks: {} })).toEqual([]);
  });

  test("never shows an author's escape sequences", () => {
    const evil = "\u001b[2J";
    const told = differences({ contributes: [evil], dependencies: { [evil]: "^1" }, marketplace: evil });
    expect(told.join("")).not.toMatch(/\p{Cc}/u);
    expect(told).toHaveLength(3);
  });
});
