import { describe, expect, test } from "vitest";
import { ClawError } from "../src/errors.ts";
import { combineTrust, commitTrust, readTrust, revocationOf, tierOf, type Revocation, type Trust, type Trustable } from "../src/package/trust.ts";
import { signal, temporaryStore } from "./package-folder.ts";

const publisher = "key:sha256-acme";
const extension: Trustable = { name: "acme/a", version: "1.2.0", tree: "ct1-a", publisher, tier: "trusted" };
const trusting = (publishers: Trust["publishers"], revoked: readonly Revocation[] = []): Trust => ({ publishers, revoked });

/** The tier, or the code of the refusal. */
function outcome(of: Trustable, trust: Trust): string {
  try {
    return tierOf(of, trust);
  } catch (error) {
    if (ClawError.is(error)) return error.code;
    throw error;
  }
}

describe("the tier of an extension", () => {
  test.for<[string, Trust["publishers"], string]>([
    ["nobody is trusted", {}, "E_PUBLISHER_UNTRUSTED"],
    ["another is trusted", { "key:sha256-other": { tier: "trusted" } }, "E_PUBLISHER_UNTRUSTED"],
    ["its publisher is trusted as far", { [publisher]: { tier: "trusted" } }, "trusted"],
    ["its publisher is trusted less far", { [publisher]: { tier: "isolated" } }, "E_PUBLISHER_UNTRUSTED"],
    ["its publisher is trusted no longer", { [publisher]: { tier: "none" } }, "E_PUBLISHER_UNTRUSTED"],
    ["its publisher is trusted for it", { [publisher]: { tier: "trusted", extensions: ["acme/a"] } }, "trusted"],
    ["its publisher is trusted for another", { [publisher]: { tier: "trusted", extensions: ["acme/b"] } }, "E_PUBLISHER_UNTRUSTED"],
    ["its publisher has the name of an object's own property", {}, "E_PUBLISHER_UNTRUSTED"],
  ])("when %s", ([, publishers, expected]) => {
    expect(outcome(extension, trusting(publishers))).toBe(expected);
    expect(outcome({ ...extension, publisher: "constructor" }, trusting(publishers))).toBe("E_PUBLISHER_UNTRUSTED");
  });

  test("is never higher than the lock's", () => {
    expect(outcome({ ...extension, tier: "declarative" }, trusting({ [publisher]: { tier: "trusted" } }))).toBe("declarative");
  });

  test.for<[string, Revocation, string]>([
    ["by name", { severity: "malicious", name: "acme/a" }, "E_REVOKED"],
    ["by name and version", { severity: "key-compromise", name: "acme/a", versions: ["1.0.0", "1.2.0"] }, "E_REVOKED"],
    ["in another version", { severity: "malicious", name: "acme/a", versions: ["1.2.1"] }, "trusted"],
    ["by its contents", { severity: "malicious", tree: "ct1-a" }, "E_REVOKED"],
    ["with other contents", { severity: "malicious", tree: "ct1-b" }, "trusted"],
    ["for a weakness, which is a warning", { severity: "vulnerable", name: "acme/a" }, "trusted"],
    ["under another name", { severity: "malicious", name: "acme/b" }, "trusted"],
  ])("revoked %s", ([, revocation, expected]) => {
    expect(outcome(extension, trusting({ [publisher]: { tier: "trusted" } }, [revocation]))).toBe(expected);
  });

  test("is refused for the gravest of several revocations", () => {
    const weak: Revocation = { severity: "vulnerable", name: "acme/a" };
    const bad: Revocation = { severity: "malicious", tree: "ct1-a", reason: "it sends keys away" };
    expect(revocationOf(extension, trusting({}, [weak, bad]))).toEqual(bad);
    expect(() => tierOf(extension, trusting({}, [weak, bad]))).toThrow("acme/a 1.2.0 was revoked (malicious: it sends keys away)");
  });
});

test("what a person says of a publisher holds over what came with the program, and revocations add up", () => {
  const program = trusting({ [publisher]: { tier: "trusted" }, b: { tier: "trusted" } }, [{ severity: "malicious", tree: "ct1-x" }]);
  const person = trusting({ [publisher]: { tier: "none" } }, [{ severity: "malicious", tree: "ct1-y" }]);
  const both = combineTrust(program, person);
  expect(both).toEqual({
    publishers: { [publisher]: { tier: "none" }, b: { tier: "trusted" } },
    revoked: [
      { severity: "malicious", tree: "ct1-x" },
      { severity: "malicious", tree: "ct1-y" },
    ],
  });
  expect(outcome(extension, both)).toBe("E_PUBLISHER_UNTRUSTED");
});

test("trust.json reads back as it was committed, and nobody is trusted without one", async () => {
  using store = temporaryStore();
  expect(readTrust(store.user)).toEqual({ publishers: {}, revoked: [] });
  const trust = trusting({ [publisher]: { tier: "isolated", extensions: ["acme/a"], pem: "-----BEGIN PUBLIC KEY-----\n" } }, [
    { severity: "malicious", name: "acme/b" },
  ]);
  for (const at of [store.user, store.bundled]) {
    await commitTrust(at, () => trust, signal());
    expect(readTrust(at)).toEqual(trust);
  }
});
