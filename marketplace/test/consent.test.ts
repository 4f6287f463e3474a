import { grantKeyOf, type Trust } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import type { Offer } from "../src/client/catalogue.ts";
import { type ConsentFlags, consentRefusal, coveredBy, unmetAsks } from "../src/client/consent.ts";
import type { InstallPlan } from "../src/client/plan.ts";
import { type TemporaryStore, temporaryStore } from "./package-source.ts";
import { here, nobody, plan, put, update } from "./planning-place.ts";
import { keyPublisher, otherPem, otherPublisher, version } from "./small-catalogue.ts";

describe("consent", () => {
  const offer = version("acme/x", "1.0.0", { permissions: { net: ["https://x.example"] }, tier: "trusted" });
  const command = ["claw", "ext", "add", "acme/x@>=1 <2"];
  const [pinned] = [{ extensions: { pins: { "acme/x": offer.tree ?? "" } } }];
  const planned = async (store: TemporaryStore, offers: readonly Offer[] = [offer], texts: readonly string[] = ["acme/x"]): Promise<InstallPlan> =>
    plan(await here(store), texts, offers, { allowUnsigned: true });
  const covers = ({ packages }: InstallPlan, flags: Partial<ConsentFlags>): readonly string[] =>
    packages.flatMap((each) => each.asks.map((ask) => `${ask.kind}: ${coveredBy(ask, each, { ...nobody, ...flags }) ?? "nobody"}`));

  test("comes from a grant, a typed name, an administrator's pin or the program's trust", async () => {
    using store = temporaryStore();
    const made = await planned(store);
    const grants = {
      [grantKeyOf("acme/x", { publisher: keyPublisher, requested: offer.permissions })]: { granted: offer.permissions, at: "", by: "prompt" as const },
    };
    const bundledTrust: Trust = { publishers: { [keyPublisher]: { tier: "trusted" } }, revoked: [] };
    expect([
      covers(made, {}),
      covers(made, { yes: true }),
      covers(made, { grants }),
      covers(made, { trust: ["acme/x"] }),
      covers(made, { trust: ["acme/y"], policy: pinned ?? {} }),
      covers(made, { yes: true, policy: pinned ?? {} }),
      covers(made, { yes: true, bundledTrust }),
    ]).toEqual([
      ["trust: nobody", "permissions: nobody"],
      ["trust: nobody", "permissions: nobody"],
      ["trust: nobody", "permissions: grant"],
      ["trust: flag", "permissions: flag"],
      ["trust: nobody", "permissions: nobody"],
      ["trust: policy", "permissions: policy"],
      ["trust: policy", "permissions: policy"],
    ]);
  });

  test("given for other permissions or another publisher is none", async () => {
    using store = temporaryStore();
    const made = await planned(store);
    const grantFor = (publisher: string, requested: Readonly<Record<string, unknown>>) => ({
      [grantKeyOf("acme/x", { publisher, requested })]: { granted: {}, at: "", by: "prompt" as const },
    });
    expect(
      [covers(made, { grants: grantFor(otherPublisher, offer.permissions) }), covers(made, { grants: grantFor(keyPublisher, {}) })]
        .flat()
        .filter((text) => text.startsWith("permissions")),
    ).toEqual(["permissions: nobody", "permissions: nobody"]);
  });

  test("typed for a name never follows it to another publisher", async () => {
    using store = temporaryStore();
    await put(store, [offer]);
    const made = await update(
      await here(store),
      ["acme/x"],
      [version("acme/x", "1.1.0", { ...offer, version: "1.1.0", publishers: [{ kind: "key", pem: otherPem }] })],
    );
    const flags = { ...nobody, yes: true, trust: ["acme/x"] };
    const unmet = unmetAsks(made, flags);
    expect(unmet.map(({ ask }) => ask.kind)).toEqual(["publisher"]);
    expect(consentRefusal(unmet, ["claw", "ext", "update", "acme/x", "--trust", "acme/x"])).toMatchObject({
      code: "E_CONSENT_REQUIRED",
      fix: "claw ext remove acme/x && claw ext add acme/x --trust acme/x",
    });
    // What was installed from a place that only the command names is had from there alone.
    const legacy = ["claw", "plugin", "install", "--marketplace", "https://old.example", "x", "--trust", "acme/x"];
    expect(consentRefusal(unmet, legacy).fix).toBe(`claw ext remove acme/x && ${legacy.join(" ")}`);
  });

  test("that is missing where nobody can be asked is refused with the command that gives it", async () => {
    using store = temporaryStore();
    const made = await planned(store);
    const refusal = consentRefusal(unmetAsks(made, nobody), command);
    expect(refusal).toMatchObject({ code: "E_CONSENT_REQUIRED", data: { what: "acme/x" }, fix: "claw ext add 'acme/x@>=1 <2' --trust acme/x" });
    expect(refusal.message).toMatch(/^nobody can be asked: acme\/x 1\.0\.0 runs in claw's own process/);
  });

  test("that policy would give asks for --yes and no more", async () => {
    using store = temporaryStore();
    const at = await here(store);
    const made = await plan(at, ["claw/extra", "acme/x"], [offer]);
    const flags = { ...nobody, bundledTrust: at.context.bundled.trust };
    expect([unmetAsks(made, flags).map(({ name, byYes }) => `${name} ${byYes}`), unmetAsks(made, { ...flags, yes: true }).map(({ name }) => name)]).toEqual(
      [["claw/extra true", "acme/x false", "acme/x false"].sort(), ["acme/x", "acme/x"]].map((list) => [...list].sort((a, b) => (a < b ? -1 : 1))),
    );
    const own = await plan(at, ["claw/extra"], []);
    expect(consentRefusal(unmetAsks(own, flags), ["claw", "ext", "add", "extra"]).fix).toBe("claw ext add extra --yes");
    expect(consentRefusal(unmetAsks(made, flags), ["claw", "ext", "add", "x"])).toMatchObject({
      fix: "claw ext add x --yes --trust acme/x",
      message: expect.stringMatching(/, and 1 other wants consent too$/),
    });
  });

  test("to a name that is like another has a code of its own", async () => {
    using store = temporaryStore();
    const made = await planned(store, [version("c1aw/openai", "1.0.0")], ["c1aw/openai"]);
    expect(consentRefusal(unmetAsks(made, nobody), ["claw", "ext", "add", "c1aw/openai"])).toMatchObject({
      code: "E_NAME_SIMILAR",
      data: { name: "c1aw/openai", similar: "claw/openai" },
      fix: "claw ext add c1aw/openai --trust c1aw/openai",
    });
    expect(unmetAsks(made, { ...nobody, trust: ["c1aw/openai"] })).toEqual([]);
  });
});
