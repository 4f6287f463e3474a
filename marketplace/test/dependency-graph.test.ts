import { describe, expect, test } from "vitest";
import type { Offer } from "../src/client/catalogue.ts";
import { laterRefusalOf } from "./refusal.ts";
import { chosen, dependent, one, refused, resolved } from "./resolution.ts";
import { catalogueOf, known, version } from "./small-catalogue.ts";

describe("dependencies", () => {
  test("have one version that is right for everybody", async () => {
    const offers = [
      dependent("acme/a", "1.0.0", { "acme/c": "^1.0.0" }),
      dependent("acme/b", "1.0.0", { "acme/c": "<1.5.0" }),
      ...["1.0.0", "1.4.0", "1.6.0", "2.0.0"].map((number) => version("acme/c", number)),
    ];
    expect(await chosen(one(offers), ["acme/a", "acme/b"])).toEqual(["acme/c@1.4.0", "acme/a@1.0.0", "acme/b@1.0.0"]);
  });

  test("are resolved again when what wanted them is another version after all", async () => {
    const offers = [
      dependent("acme/a", "2.0.0", { "acme/c": "^2.0.0" }),
      dependent("acme/a", "1.0.0", { "acme/c": "^1.0.0" }),
      dependent("acme/b", "1.0.0", { "acme/a": "^1.0.0", "acme/c": "^1.0.0" }),
      version("acme/c", "1.0.0"),
      version("acme/c", "2.0.0"),
    ];
    expect(await chosen(one(offers), ["acme/a", "acme/b"])).toEqual(["acme/c@1.0.0", "acme/a@1.0.0", "acme/b@1.0.0"]);
  });

  test("that exclude one another are told with who wants what", async () => {
    const offers = [
      dependent("acme/a", "1.0.0", { "acme/c": "^1.0.0" }),
      dependent("acme/b", "1.0.0", { "acme/c": "^2.0.0" }),
      version("acme/c", "1.0.0"),
      version("acme/c", "2.0.0"),
    ];
    const message = "E_DEP_CONFLICT no version of acme/c is right for everybody: acme/a wants ^1.0.0, acme/b wants ^2.0.0";
    expect([await refused(one(offers), ["acme/a", "acme/b"]), await refused(one(offers), ["acme/b", "acme/a"])]).toEqual([message, message]);
    expect(await refused(one(offers), ["acme/a", "acme/c@2.0.0"])).toBe(
      "E_DEP_CONFLICT no version of acme/c is right for everybody: acme/a wants ^1.0.0, you want 2.0.0",
    );
  });

  test("that exclude one another in turn are a conflict and not a hang", async () => {
    const offers = [
      dependent("acme/a", "2.0.0", { "acme/b": "^1.0.0" }),
      version("acme/a", "1.0.0"),
      version("acme/b", "1.0.0"),
      dependent("acme/b", "2.0.0", { "acme/a": "^2.0.0" }),
      dependent("acme/b", "1.1.0", { "acme/a": "^1.0.0" }),
    ];
    expect(await refused(one(offers), ["acme/a", "acme/b"])).toMatch(/^E_DEP_CONFLICT no version of acme\/[ab] is right for everybody: /);
  });

  test("on themselves are told with the whole way round, from the first name on", async () => {
    const offers = [
      dependent("acme/b", "1.0.0", { "acme/c": "^1" }),
      dependent("acme/c", "1.0.0", { "acme/a": "^1" }),
      dependent("acme/a", "1.0.0", { "acme/b": "^1" }),
    ];
    const cycle = ["acme/a", "acme/b", "acme/c", "acme/a"];
    await expect(resolved(one([...offers, dependent("acme/0", "1.0.0", { "acme/c": "^1" })]), ["acme/0"])).rejects.toMatchObject({
      code: "E_DEP_CYCLE",
      data: { cycle },
    });
    for (const name of ["acme/a", "acme/b", "acme/c"])
      await expect(resolved(one(offers), [name])).rejects.toMatchObject({ code: "E_DEP_CYCLE", data: { cycle } });
    await expect(resolved(one([dependent("acme/a", "1.0.0", { "acme/a": "^1" })]), ["acme/a"])).rejects.toMatchObject({
      code: "E_DEP_CYCLE",
      data: { cycle: ["acme/a", "acme/a"] },
    });
  });

  const chain = (length: number): readonly Offer[] =>
    Array.from({ length: length + 1 }, (_, index) => dependent(`acme/n${index}`, "1.0.0", index === length ? {} : { [`acme/n${index + 1}`]: "^1" }));
  const fan = (count: number): readonly Offer[] => [
    dependent("acme/all", "1.0.0", Object.fromEntries(Array.from({ length: count }, (_, index) => [`acme/n${index}`, "^1"]))),
    ...Array.from({ length: count }, (_, index) => version(`acme/n${index}`, "1.0.0")),
  ];

  test("go 8 deep and to 64 packages, and no further", async () => {
    expect([(await chosen(one(chain(8)), ["acme/n0"])).length, (await chosen(one(fan(63)), ["acme/all"])).length]).toEqual([9, 64]);
    expect([await laterRefusalOf(chosen(one(chain(9)), ["acme/n0"])), await laterRefusalOf(chosen(one(fan(64)), ["acme/all"]))]).toEqual([
      "E_DEP_LIMIT",
      "E_DEP_LIMIT",
    ]);
  });

  test("of a chain without an end are not followed for ever", async () => {
    const asked: string[] = [];
    const catalogue = catalogueOf(chain(500), { asked: (name) => asked.push(name) });
    expect([await laterRefusalOf(chosen([known(catalogue)], ["acme/n0"])), asked.length < 12]).toEqual(["E_DEP_LIMIT", true]);
  });

  test.each(["*", "", " * "])("on any version whatever (%j) are refused", async (range) => {
    expect(await laterRefusalOf(chosen(one([dependent("acme/a", "1.0.0", { "acme/b": range }), version("acme/b", "1.0.0")]), ["acme/a"]))).toBe("E_VERSION");
  });

  test("that cannot be had say which", async () => {
    expect(await refused(one([dependent("acme/a", "1.0.0", { "acme/b": "^2" }), version("acme/b", "1.0.0")]), ["acme/a"])).toBe(
      "E_NO_VERSION no version of acme/b can be had for `^2`: the highest is 1.0.0",
    );
  });
});
