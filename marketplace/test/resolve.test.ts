import { inRange } from "@claw/kernel/host";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Offer } from "../src/client/catalogue.ts";
import type { InstalledPackage } from "../src/client/pick.ts";
import { requestOf } from "../src/names.ts";
import { byVersion, satisfies } from "../src/versions.ts";
import { laterRefusalOf } from "./refusal.ts";
import { chosen, dependent, one, refused, resolved, rules } from "./resolution.ts";
import { acmes, catalogueOf, known, ours, version } from "./small-catalogue.ts";

describe("the version that is chosen", () => {
  const many = one(["1.0.0", "1.10.0", "1.9.0", "2.0.0-beta.1", "0.9.0"].map((number) => version("acme/x", number)));

  test.each([
    ["acme/x", "1.10.0"],
    ["acme/x@*", "1.10.0"],
    ["acme/x@<1.10", "1.9.0"],
    ["acme/x@1.0.0", "1.0.0"],
    ["acme/x@~0.9", "0.9.0"],
    ["acme/x@^2.0.0-beta.0", "2.0.0-beta.1"],
    ["acme/x@2.0.0-beta.1", "2.0.0-beta.1"],
  ])("for %s is %s", async (text, number) => {
    expect(await chosen(many, [text])).toEqual([`acme/x@${number}`]);
  });

  test("is told with who wanted it, what it depends on and how old it is", async () => {
    const offer = dependent("acme/x", "1.0.0", { "acme/y": "^1" }, { published: "2026-11-12T00:00:00Z" });
    const { packages, kept } = await resolved(one([offer, version("acme/y", "1.2.0")]), ["acme/x"]);
    expect({ packages: packages.map(({ offer: { name }, ...rest }) => ({ name, ...rest })), kept }).toEqual({
      packages: [
        { name: "acme/y", requestedBy: ["acme/x"], dependencies: {}, warnings: [], ageHours: 7800, minAgeHours: 72 },
        { name: "acme/x", requestedBy: ["user"], dependencies: { "acme/y": "1.2.0" }, warnings: [], ageHours: 240, minAgeHours: 72 },
      ],
      kept: [],
    });
  });

  test.each<[string, Partial<Offer>, string]>([
    ["yanked", { yanked: { date: "2026-11-01", reason: "broken \u001b[2J" } }, "was yanked (broken \\x1b[2J)"],
    ["for a newer claw", { engines: { claw: "^2.0.0" } }, "needs claw ^2.0.0, this is 1.2.0"],
    ["too young", { published: "2026-11-21T12:00:00Z" }, "is only 12 hours old, and a new one waits 72 hours (--fresh with the exact version takes it now)"],
    [
      "from the future",
      { published: "2027-01-01T00:00:00Z" },
      "says it comes from the future, and a new one waits 72 hours (--fresh with the exact version takes it now)",
    ],
    [
      "of an age that cannot be read",
      { published: "yesterday" },
      "is less than an hour old, and a new one waits 72 hours (--fresh with the exact version takes it now)",
    ],
  ])("is not one that is %s", async (_what, more, why) => {
    expect(await chosen(one([version("acme/x", "1.0.0"), version("acme/x", "1.1.0", more)]), ["acme/x"])).toEqual(["acme/x@1.0.0"]);
    expect(await refused(one([version("acme/x", "1.1.0", more)]), ["acme/x@^1.1"])).toBe(
      `E_NO_VERSION no version of acme/x can be had for \`^1.1\`: 1.1.0 ${why}`,
    );
  });

  test.each([
    ["a range", { name: "acme/x", versions: "<1.2.0" }],
    ["its contents", { tree: version("acme/x", "1.1.0").tree ?? "" }],
    ["its name", { name: "acme/x" }],
    ["a range that nobody can read", { name: "acme/x", versions: "nonsense" }],
  ])("is not one that is revoked by %s", async (_what, revoked) => {
    const catalogues = one([version("acme/x", "1.1.0")], { revoked: [{ ...revoked, severity: "malicious", reason: "steals" }] });
    expect(await refused(catalogues, ["acme/x"])).toBe("E_NO_VERSION no version of acme/x can be had: 1.1.0 was revoked (malicious: steals)");
    expect(await refused(catalogues, ["acme/x@1.1.0"])).toBe("E_REVOKED acme/x 1.1.0 was revoked (malicious: steals)");
  });

  test("is not a prerelease of what is revoked up to its release", async () => {
    const catalogues = one([version("acme/x", "1.1.0-beta.1")], { revoked: [{ name: "acme/x", versions: "<1.2.0", severity: "malicious" }] });
    expect(await laterRefusalOf(chosen(catalogues, ["acme/x@1.1.0-beta.1"]))).toBe("E_REVOKED");
  });

  test("may have a weakness, which is told", async () => {
    const catalogues = one([version("acme/x", "1.1.0")], { revoked: [{ name: "acme/x", severity: "vulnerable", reason: "CVE-1" }] });
    expect((await resolved(catalogues, ["acme/x"])).packages[0]?.warnings).toEqual(["1.1.0 has a known weakness (vulnerable: CVE-1)"]);
  });

  test("may be yanked or young when it is named exactly and asked for fresh, which is told", async () => {
    const young = { published: "2026-11-21T12:00:00Z", yanked: { date: "2026-11-22", reason: "oops" }, deprecated: "use acme/y" };
    const catalogues = one([version("acme/x", "1.4.0", young)]);
    expect((await resolved(catalogues, ["acme/x@=1.4.0"], { more: { fresh: true } })).packages[0]?.warnings).toEqual([
      "1.4.0 was yanked (oops)",
      "it is deprecated: use acme/y",
      "it is only 12 hours old",
    ]);
    expect(await laterRefusalOf(chosen(catalogues, ["acme/x@1.4.0"]))).toBe("E_NO_VERSION");
    const onlyYoung = one([version("acme/x", "1.4.0", { published: "2026-11-21T12:00:00Z" })]);
    expect(await laterRefusalOf(chosen(onlyYoung, ["acme/x@^1.4.0"], { more: { fresh: true } }))).toBe("E_NO_VERSION");
    expect(await chosen(onlyYoung, ["acme/x@1.4.0"], { more: { fresh: true } })).toEqual(["acme/x@1.4.0"]);
  });

  test("is as old as this machine knows it when it was installed before", async () => {
    const catalogues = one([version("acme/x", "1.1.0", { firstSeen: "2026-11-21T12:00:00Z" })]);
    const installed = [{ name: "acme/x", version: "1.0.0", marketplace: acmes, dependencies: {} }];
    expect(await chosen(catalogues, ["acme/x"])).toEqual(["acme/x@1.1.0"]);
    expect((await resolved(catalogues, ["acme/x"], { installed, more: { update: true } })).kept).toEqual(["acme/x"]);
  });

  test("has no age where the marketplace tells none, and says so", async () => {
    const { published: _published, ...ageless } = version("acme/x", "1.0.0", { publishers: [] });
    expect((await resolved(one([ageless]), ["acme/x"])).packages[0]?.warnings).toEqual(["when it was published is not known", "nobody signs it"]);
    expect(await refused(one([ageless]), ["acme/x"], { rules: { ...rules, policyAgeHours: 1 } })).toBe(
      "E_POLICY acme/x 1.0.0: the administrator's policy wants 1 hour since it was published, and it has no known age",
    );
  });

  test("waits as long as an administrator says, asked for fresh or not", async () => {
    const catalogues = one([version("acme/x", "1.0.0", { published: "2026-11-15T00:00:00Z" })]);
    const slow = { rules: { ...rules, policyAgeHours: 200 }, more: { fresh: true } };
    expect(await refused(catalogues, ["acme/x@1.0.0"], slow)).toBe(
      "E_POLICY acme/x 1.0.0: the administrator's policy wants 200 hours since it was published, and it has 168 hours",
    );
  });

  test("waits as long as the person said of its marketplace", async () => {
    const offers = catalogueOf([version("acme/x", "1.0.0", { published: "2026-11-21T12:00:00Z" })]);
    expect(await chosen([known(offers, { cooldown: 10 })], ["acme/x"])).toEqual(["acme/x@1.0.0"]);
    expect(await laterRefusalOf(chosen([known(offers, { cooldown: 13 })], ["acme/x"]))).toBe("E_NO_VERSION");
  });

  test("does not wait when it is claw's own from the default marketplace", async () => {
    const young = version("claw/x", "1.0.0", { published: "2026-11-21T23:00:00Z" });
    expect(await chosen([known(catalogueOf([young], { id: ours }), { isDefault: true })], ["claw/x"])).toEqual(["claw/x@1.0.0"]);
    const ownOnes = [known(catalogueOf([young], { id: ours }), { isDefault: true })];
    expect((await resolved(ownOnes, ["claw/x"])).packages[0]?.warnings).toEqual([]);
  });

  test("is the next one when an administrator refuses the highest, and a refusal when it is the only one", async () => {
    const refusal = ({ version: number }: Offer) => (number === "1.1.0" ? { policy: "blocked", text: "the administrator's policy blocks it" } : undefined);
    const catalogues = one([version("acme/x", "1.0.0"), version("acme/x", "1.1.0")]);
    expect(await chosen(catalogues, ["acme/x"], { rules: { ...rules, refusal } })).toEqual(["acme/x@1.0.0"]);
    expect(await refused(catalogues, ["acme/x@^1.1"], { rules: { ...rules, refusal } })).toBe("E_POLICY acme/x 1.1.0: the administrator's policy blocks it");
  });

  test("is said to be missing with the highest there is, and with five reasons at the most", async () => {
    expect(await refused(many, ["acme/x@^3"])).toBe("E_NO_VERSION no version of acme/x can be had for `^3`: the highest is 2.0.0-beta.1");
    const yanked = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "1.4.0", "1.5.0", "1.6.0"].map((number) =>
      version("acme/x", number, { yanked: { date: "d", reason: "r" } }),
    );
    expect(await refused(one(yanked), ["acme/x"])).toMatch(/can be had: 1\.6\.0 was yanked \(r\); .*1\.2\.0 was yanked \(r\); 2 more$/);
  });

  test.each(["acme/x@latest", "acme/x@^^1"])("is nobody's guess: %s is refused", async (text) => {
    expect(await laterRefusalOf(chosen(many, [text]))).toBe("E_VERSION");
  });

  test("is never one whose version or name is not what it should be", async () => {
    expect(await laterRefusalOf(chosen(one([version("acme/x", "1.0.0+a"), version("acme/x", "v1.0.0")]), ["acme/x"]))).toBe("E_NO_VERSION");
    const catalogue = catalogueOf([version("acme/x", "1.0.0")]);
    const lying = { ...catalogue, offers: async () => ({ name: "acme/x", versions: [version("acme/other", "1.0.0")] }) };
    expect(await laterRefusalOf(chosen([known(lying)], ["acme/x"]))).toBe("E_NAME_MISMATCH");
  });
});

describe("what is installed", () => {
  const there = (name: string, number: string, more: Partial<InstalledPackage> = {}): InstalledPackage => ({
    name,
    version: number,
    marketplace: acmes,
    dependencies: {},
    ...more,
  });
  const catalogues = one([
    dependent("acme/a", "1.1.0", { "acme/c": "^1.0.0" }),
    dependent("acme/b", "1.0.0", { "acme/c": "^2.0.0" }),
    ...["1.0.0", "1.4.0", "2.0.0"].map((number) => version("acme/c", number)),
  ]);

  test("is kept when it fits", async () => {
    const installed = [there("acme/a", "1.0.0"), there("acme/c", "1.0.0")];
    expect(await resolved(catalogues, ["acme/a"], { installed })).toEqual({ packages: [], kept: ["acme/a"] });
    expect(await chosen(catalogues, ["acme/a"], { installed, more: { update: true } })).toEqual(["acme/a@1.1.0"]);
    expect((await resolved(catalogues, ["acme/a@1.1.0"], { installed })).packages[0]?.dependencies).toEqual({ "acme/c": "1.0.0" });
  });

  test("gives way to what is asked for exactly, older or newer", async () => {
    expect(await chosen(catalogues, ["acme/c@1.4.0"], { installed: [there("acme/c", "2.0.0")] })).toEqual(["acme/c@1.4.0"]);
    expect(await chosen(catalogues, ["acme/c@^2"], { installed: [there("acme/c", "1.0.0")] })).toEqual(["acme/c@2.0.0"]);
  });

  test("is not taken from under what depends on it", async () => {
    const installed = [there("acme/a", "1.0.0", { dependencies: { "acme/c": "^1.0.0" } }), there("acme/c", "1.0.0")];
    expect(await refused(catalogues, ["acme/b"], { installed })).toBe(
      "E_DEP_CONFLICT no version of acme/c is right for everybody: acme/a wants ^1.0.0, acme/b wants ^2.0.0",
    );
    expect(await chosen(catalogues, ["acme/c"], { installed, more: { update: true } })).toEqual(["acme/c@1.4.0"]);
  });

  test("is never brought up to date by an older version", async () => {
    expect(await resolved(catalogues, ["acme/c"], { installed: [there("acme/c", "3.0.0")], more: { update: true } })).toEqual({
      packages: [],
      kept: ["acme/c"],
    });
  });

  test("is not kept when it is revoked, or from elsewhere than was asked", async () => {
    expect(await chosen(catalogues, ["acme/c"], { installed: [there("acme/c", "1.0.0", { revoked: true })] })).toEqual(["acme/c@2.0.0"]);
    expect(await chosen(catalogues, ["acme/c"], { installed: [there("acme/c", "1.0.0", { marketplace: ours })], from: acmes })).toEqual(["acme/c@2.0.0"]);
  });

  test("and may stay does when there is nothing to be had for it", async () => {
    const installed = [there("gone/x", "1.0.0"), there("gone/y", "1.0.0", { marketplace: "https://gone.example" })];
    const more = { update: true, optional: true };
    expect(await resolved(catalogues, ["gone/x", "gone/y"], { installed, more })).toEqual({ packages: [], kept: ["gone/x", "gone/y"] });
    expect(await laterRefusalOf(resolved(catalogues, ["gone/x"], { installed, more: { update: true } }))).toBe("E_NAME_UNKNOWN");
  });

  test("needs no marketplace when it fits", async () => {
    expect(await resolved([], ["acme/c"], { installed: [there("acme/c", "1.0.0")] })).toEqual({ packages: [], kept: ["acme/c"] });
  });
});

describe("whatever the marketplace offers", () => {
  const numbers = fc
    .tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }), fc.constantFrom("", "-beta.1"))
    .map(([major, minor, pre]) => `${major}.${minor}.0${pre}`);
  const anyRange = fc.constantFrom("^1.0.0", ">=1", "<2.0.0", "1.x", "1.1.0", "2.0.0-beta.1", ">=0.1 <3");
  const seldom = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
    fc.constantFrom(...Array.from({ length: 8 * others.length }, () => usual), ...others);
  const names = ["acme/a", "acme/b", "acme/c", "acme/d", "acme/e"];
  // Only on later names, so that there are no cycles.
  const offer = fc.nat(names.length - 1).chain((index) =>
    fc
      .record({
        number: numbers,
        dependencies: index === names.length - 1 ? fc.constant({}) : fc.dictionary(fc.constantFrom(...names.slice(index + 1)), anyRange, { maxKeys: 1 }),
        engines: seldom("^1.0.0", "^2.0.0", ">=1.3"),
        yanked: seldom(false, true),
        young: seldom(false, true),
      })
      .map(({ number, dependencies, engines, yanked, young }) =>
        version(names[index] ?? "", number, {
          dependencies,
          engines: { claw: engines },
          ...(yanked ? { yanked: { date: "d", reason: "r" } } : {}),
          ...(young ? { published: "2026-11-21T12:00:00Z" } : {}),
        }),
      ),
  );
  const offered = fc.uniqueArray(offer, { selector: ({ name, version: number }) => `${name}@${number}`, minLength: 20, maxLength: 40 });
  const revoked = fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      versions: fc.constantFrom("<1.1.0", "2.0.0", ">=2"),
      severity: fc.constantFrom("malicious" as const, "key-compromise" as const, "vulnerable" as const),
    }),
    { maxLength: 2 },
  );
  const requests = fc.uniqueArray(
    fc.tuple(fc.constantFrom(...names), fc.option(anyRange)).map(([name, wanted]) => (wanted === null ? name : `${name}@${wanted}`)),
    { minLength: 1, maxLength: 3 },
  );

  test("nothing is chosen that a range, claw's version, a yank, a revocation or its age forbids", async () => {
    let chosenOnce = 0;
    await fc.assert(
      fc.asyncProperty(offered, revoked, requests, async (versions, bad, texts) => {
        const resolution = await resolved(one(versions, { revoked: bad }), texts).catch(() => undefined);
        if (resolution === undefined) return;
        const by = new Map(resolution.packages.map(({ offer: each }) => [each.name, each]));
        expect(by.size).toBe(resolution.packages.length);
        const wants = [
          ...texts.map((text) => requestOf(text)).map(({ name, range: wanted = "*" }) => ({ name, wanted })),
          ...[...by.values()].flatMap(({ dependencies }) => Object.entries(dependencies).map(([name, wanted]) => ({ name, wanted }))),
        ];
        for (const { name, wanted } of wants) expect(satisfies(by.get(name)?.version ?? "", wanted)).toBe(true);
        for (const each of by.values()) {
          chosenOnce += 1;
          expect(wants.some(({ name }) => name === each.name)).toBe(true);
          expect(inRange(rules.version, each.engines.claw)).toBe(true);
          expect(each.published).toBe("2026-01-01T00:00:00Z");
          if (each.yanked !== undefined) expect(wants.some(({ name, wanted }) => name === each.name && wanted === each.version)).toBe(true);
          for (const { name, versions: bounds, severity } of bad)
            if (name === each.name && severity !== "vulnerable")
              expect(byVersion(each.version, "1.1.0") < 0 ? bounds === "<1.1.0" : satisfies(each.version, bounds)).toBe(false);
        }
      }),
      { numRuns: 400 },
    );
    expect(chosenOnce).toBeGreaterThan(100);
  });

  test("the order of the requests and of the versions means nothing", async () => {
    await fc.assert(
      fc.asyncProperty(offered, requests, fc.nat(), async (versions, texts, turn) => {
        const outcome = async (list: readonly Offer[], asked: readonly string[]): Promise<unknown> =>
          resolved(one(list), asked).then(
            ({ packages, kept }) => ({
              packages: packages.map(({ offer: { name, version: number }, requestedBy, dependencies }) => ({ name, number, requestedBy, dependencies })),
              kept,
            }),
            ({ code, message }: { readonly code: string; readonly message: string }) => ({ code, message: message.replace(/more than \d+ packages/, "") }),
          );
        const turned = <T>(list: readonly T[]): readonly T[] => [...list.slice(turn % (list.length + 1)), ...list.slice(0, turn % (list.length + 1))].reverse();
        expect(await outcome(turned(versions), turned(texts))).toEqual(await outcome(versions, texts));
      }),
      { numRuns: 300 },
    );
  });
});
