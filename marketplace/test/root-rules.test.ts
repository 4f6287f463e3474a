import type { KeyObject } from "node:crypto";
import type { MarketplaceRoot } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { signDocument, type Unsigned } from "../src/documents/envelope.ts";
import { documentText } from "../src/documents/read.ts";
import {
  checkOwnSignatures,
  fingerprintOf,
  followRoots,
  pinnedRoot,
  refuseExpiredRoot,
  type RootFetch,
  type TrustedRoot,
} from "../src/documents/root-rules.ts";
import { roleOf, signersOf } from "./marketplace-folder.ts";
import { newKey } from "./package-source.ts";
import { laterRefusalOf, refusalOf } from "./refusal.ts";

const now = new Date("2026-11-22T00:00:00Z");
const [a, b, c, other] = [newKey(), newKey(), newKey(), newKey()];

const rootOf = (version: number, keys: readonly KeyObject[], more: Partial<Unsigned<"root">> = {}, threshold = 1): Unsigned<"root"> => ({
  kind: "claw.root/1",
  marketplace: "https://ext.acme.example",
  version,
  expires: "2027-11-01T00:00:00Z",
  roles: { root: roleOf(keys, threshold), index: roleOf([a]) },
  ...more,
});
const signed = (root: Unsigned<"root">, ...keys: readonly KeyObject[]): Promise<MarketplaceRoot> => signDocument("root", root, signersOf(...keys));
const bytesOf = (root: MarketplaceRoot): Buffer => Buffer.from(documentText(root));
const trusted = (document: MarketplaceRoot): TrustedRoot => ({ document, fingerprint: fingerprintOf(bytesOf(document)) });
/** A chain as a server has it. */
const served =
  (...roots: readonly MarketplaceRoot[]): RootFetch =>
  async (version) => {
    const found = roots.find((root) => root.version === version);
    return found === undefined ? undefined : bytesOf(found);
  };
const follow = (first: MarketplaceRoot, ...next: readonly MarketplaceRoot[]): Promise<readonly number[]> =>
  followRoots(trusted(first), served(...next), now).then((reached) => reached.map(({ document }) => document.version));
/** A server that answers the question for the next root with this one. */
const refused = (first: MarketplaceRoot, next: MarketplaceRoot): Promise<string> =>
  laterRefusalOf(followRoots(trusted(first), async (version) => (version === first.version + 1 ? bytesOf(next) : undefined), now));

describe("a chain of roots", () => {
  test("is followed to its end, each signed by the one before it and by itself", async () => {
    const [one, two, three] = [await signed(rootOf(1, [a]), a), await signed(rootOf(2, [b]), a, b), await signed(rootOf(3, [c]), b, c)];
    expect(await follow(one, two, three)).toEqual([2, 3]);
    expect(await follow(two, two, three)).toEqual([3]);
    expect(await follow(three, two, three)).toEqual([]);
    expect((await followRoots(trusted(one), served(two), now))[0]?.fingerprint).toBe(fingerprintOf(bytesOf(two)));
  });

  test("needs the threshold of the old role and that of the new one", async () => {
    const one = await signed(rootOf(1, [a, b, c], {}, 2), a, b);
    const next = rootOf(2, [c, other], {}, 2);
    expect([
      await refused(one, await signed(next, a, b, c, other)),
      await refused(one, await signed(next, a, c, other)),
      await refused(one, await signed(next, c, other)),
      await refused(one, await signed(next, a, b)),
      await refused(one, await signed(next, a, b, c)),
      await refused(one, await signed(next)),
    ]).toEqual(["accepted", "accepted", "E_SIG_THRESHOLD", "E_SIG_THRESHOLD", "E_SIG_THRESHOLD", "E_SIG_THRESHOLD"]);
  });

  test("goes up by one", async () => {
    const two = await signed(rootOf(2, [a]), a);
    for (const version of [1, 2, 4]) expect(await refused(two, await signed(rootOf(version, [a]), a))).toBe("E_ROOT_VERSION");
  });

  test("is that of one marketplace", async () => {
    const one = await signed(rootOf(1, [a]), a);
    expect(await refused(one, await signed(rootOf(2, [a], { marketplace: "https://ext.other.example" }), a))).toBe("E_ROOT_MARKETPLACE");
  });

  test("may lead over roots that have expired to one that has not", async () => {
    const [one, two] = [await signed(rootOf(1, [a], { expires: "2026-01-01T00:00:00Z" }), a), await signed(rootOf(2, [a]), a)];
    expect(await follow(one, two)).toEqual([2]);
    expect([refusalOf(() => refuseExpiredRoot(one, now)), refusalOf(() => refuseExpiredRoot(two, now))]).toEqual(["E_ROOT_EXPIRED", "accepted"]);
    expect(refusalOf(() => refuseExpiredRoot(one, new Date("2026-01-01T00:00:00Z")))).toBe("E_ROOT_EXPIRED");
  });

  test("is not followed for ever", async () => {
    const first = await signed(rootOf(1, [a]), a);
    const asked: number[] = [];
    const endless: RootFetch = async (version) => {
      asked.push(version);
      return bytesOf(await signed(rootOf(version, [a]), a));
    };
    expect(await laterRefusalOf(followRoots(trusted(first), endless, now))).toBe("E_ROOT_VERSION");
    expect(asked.length).toBe(101);
  });

  test("a root that does not agree with itself is none to begin with", async () => {
    expect([
      await laterRefusalOf(checkOwnSignatures(await signed(rootOf(1, [a]), a), now)),
      await laterRefusalOf(checkOwnSignatures(await signed(rootOf(1, [a]), b), now)),
    ]).toEqual(["accepted", "E_SIG_THRESHOLD"]);
  });

  test("a root role without anybody in it is refused", async () => {
    const one = await signed(rootOf(1, [a]), a);
    expect(await refused(one, await signed(rootOf(2, []), a))).toBe("E_POLICY_EMPTY");
  });
});

describe("a pin", () => {
  test("finds the root that is published, or an older one of its chain", async () => {
    const [one, two, three] = [await signed(rootOf(1, [a]), a), await signed(rootOf(2, [a]), a), await signed(rootOf(3, [a]), a)];
    for (const root of [one, two, three]) {
      const found = await pinnedRoot(fingerprintOf(bytesOf(root)), bytesOf(three), served(one, two, three));
      expect(found).toEqual(trusted(root));
    }
  });

  test("that no root has is an unknown root, whatever the server makes up", async () => {
    const [one, two] = [await signed(rootOf(1, [a]), a), await signed(rootOf(2, [a]), a)];
    expect([
      await laterRefusalOf(pinnedRoot(`sha256:${"0".repeat(64)}`, bytesOf(two), served(one, two))),
      await laterRefusalOf(pinnedRoot(fingerprintOf(bytesOf(one)), bytesOf(two), served(two))),
    ]).toEqual(["E_ROOT_UNKNOWN", "E_ROOT_UNKNOWN"]);
    const asked: number[] = [];
    const far = await signed(rootOf(1_000_000, [a]), a);
    const counting: RootFetch = async (version) => void asked.push(version);
    expect([await laterRefusalOf(pinnedRoot(`sha256:${"0".repeat(64)}`, bytesOf(far), counting)), asked.length <= 101]).toEqual(["E_ROOT_UNKNOWN", true]);
  });

  test("is the digest of the file, as sha256sum prints it", () => {
    expect(fingerprintOf(Buffer.from("abc"))).toBe("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });
});
