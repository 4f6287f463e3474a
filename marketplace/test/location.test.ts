import { describe, expect, test } from "vitest";
import { laterRefusalOf } from "./refusal.ts";
import { chosen, dependent, refused, resolved } from "./resolution.ts";
import { acmes, catalogueOf, known, ours, version } from "./small-catalogue.ts";

describe("a name", () => {
  const claws = known(catalogueOf([version("claw/bedrock", "1.0.0"), version("tools/shared", "1.0.0")], { id: ours, aliases: { bedrock: "claw/bedrock" } }), {
    isDefault: true,
    scopes: ["claw"],
  });
  const offers = [version("acme/bedrock", "2.0.0"), version("claw/bedrock", "9.0.0"), version("claw/evil", "1.0.0"), version("tools/shared", "2.0.0")];
  const acme = known(catalogueOf(offers, { aliases: { nova: "acme/bedrock" } }));

  test("that is short means what one marketplace says", async () => {
    expect([await chosen([claws, acme], ["bedrock"]), await chosen([claws, acme], ["nova@2"])]).toEqual([["claw/bedrock@1.0.0"], ["acme/bedrock@2.0.0"]]);
  });

  test("that is short and means two things is an error, whatever the order", async () => {
    const other = known(catalogueOf(offers, { aliases: { bedrock: "acme/bedrock" } }));
    const message = `E_AMBIGUOUS bedrock means acme/bedrock in ${acmes} and claw/bedrock in ${ours}`;
    expect([await refused([claws, other], ["bedrock"]), await refused([other, claws], ["bedrock"])]).toEqual([message, message]);
    const agreeing = known(catalogueOf(offers, { aliases: { bedrock: "claw/bedrock" } }));
    expect(await chosen([claws, agreeing], ["bedrock"])).toEqual(["claw/bedrock@1.0.0"]);
  });

  test("that nobody knows is refused with those that are close", async () => {
    await expect(resolved([claws, acme], ["acme/bedrok"])).rejects.toMatchObject({
      code: "E_NAME_UNKNOWN",
      data: { name: "acme/bedrok", suggestions: ["acme/bedrock"] },
    });
    await expect(resolved([claws, acme], ["bedrok"])).rejects.toMatchObject({
      code: "E_NAME_UNKNOWN",
      data: { suggestions: ["acme/bedrock", "claw/bedrock"] },
    });
    await expect(resolved([claws], ["somewhere/else-entirely"])).rejects.toMatchObject({
      code: "E_NAME_UNKNOWN",
      data: { suggestions: [] },
      fix: "claw ext search",
    });
  });

  test("of scope claw comes from the default marketplace alone", async () => {
    expect(await chosen([acme, claws], ["claw/bedrock"])).toEqual(["claw/bedrock@1.0.0"]);
    expect(await laterRefusalOf(chosen([acme, claws], ["claw/evil"]))).toBe("E_NAME_UNKNOWN");
    expect(await laterRefusalOf(chosen([acme], ["claw/evil"]))).toBe("E_NAME_UNKNOWN");
    expect(await laterRefusalOf(chosen([acme, claws], ["claw/evil"], { from: acmes }))).toBe("E_NAME_RESERVED");
  });

  test("of a scope that two offer and none claims is an error, and never the newest", async () => {
    const message = `E_AMBIGUOUS tools/shared is offered by ${acmes} and by ${ours}, and none of them owns scope tools`;
    expect([await refused([claws, acme], ["tools/shared"]), await refused([acme, claws], ["tools/shared"])]).toEqual([message, message]);
    expect(await chosen([claws, acme], ["tools/shared"], { from: ours })).toEqual(["tools/shared@1.0.0"]);
  });

  test("of a claimed scope comes from the one that claims it, and nobody else is even asked", async () => {
    const asked: string[] = [];
    const other = known(
      catalogueOf([version("tools/shared", "9.0.0"), version("tools/only-here", "1.0.0")], { id: "https://other.example", asked: (name) => asked.push(name) }),
    );
    const owner = { ...acme, scopes: ["tools"] };
    expect(await chosen([other, claws, owner], ["tools/shared"])).toEqual(["tools/shared@2.0.0"]);
    expect(await laterRefusalOf(chosen([other, owner], ["tools/only-here"]))).toBe("E_NAME_UNKNOWN");
    expect(await laterRefusalOf(chosen([other, owner], ["tools/shared"], { from: "https://other.example" }))).toBe("E_MARKETPLACE_CLAIMED");
    expect(await laterRefusalOf(chosen([owner, { ...other, scopes: ["tools"] }], ["tools/shared"]))).toBe("E_AMBIGUOUS");
    expect(asked).toEqual([]);
  });

  test("that is installed stays with its marketplace", async () => {
    const installed = [{ name: "tools/shared", version: "0.1.0", marketplace: ours, dependencies: {} }];
    expect(await chosen([acme, claws], ["tools/shared"], { installed, more: { update: true } })).toEqual(["tools/shared@1.0.0"]);
    expect(await laterRefusalOf(chosen([acme], ["tools/shared"], { installed, more: { update: true } }))).toBe("E_MARKETPLACE_UNKNOWN");
    expect(await laterRefusalOf(chosen([acme, claws], ["tools/shared"], { from: "https://nobody.example" }))).toBe("E_MARKETPLACE_UNKNOWN");
  });

  test("of a dependency is looked up where what depends on it came from", async () => {
    const app = known(catalogueOf([dependent("acme/app", "1.0.0", { "tools/shared": ">=1", "claw/bedrock": "^1" }), version("tools/shared", "2.0.0")]));
    expect(await chosen([claws, app], ["acme/app"])).toEqual(["claw/bedrock@1.0.0", "tools/shared@2.0.0", "acme/app@1.0.0"]);
    expect(await chosen([{ ...claws, scopes: ["claw", "tools"] }, app], ["acme/app"])).toEqual(["claw/bedrock@1.0.0", "tools/shared@1.0.0", "acme/app@1.0.0"]);
    const poor = known(catalogueOf([dependent("acme/app", "1.0.0", { "tools/shared": ">=1" })]));
    expect(await laterRefusalOf(chosen([claws, poor], ["acme/app"]))).toBe("E_NAME_UNKNOWN");
  });
});
