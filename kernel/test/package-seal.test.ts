import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClawError } from "../src/errors.ts";
import { commit } from "../src/package/lock.ts";
import { reseal } from "../src/package/reseal.ts";
import { unsealed } from "../src/package/seal.ts";
import { openStore } from "../src/package/store.ts";
import { commitTrust, readTrust } from "../src/package/trust.ts";
import { entryOf, manifestOf, signal, temporaryStore } from "./package-folder.ts";

const publisher = "key:sha256-x";
const trusted = { publishers: { [publisher]: { tier: "trusted" } }, revoked: [] } as const;
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "accepted",
    (error: unknown) => (ClawError.is(error) ? error.code : "another error"),
  );

describe("a document whose seal does not hold", () => {
  test("is shown as it stands and sealed again once a person has seen it", async () => {
    using store = temporaryStore();
    const path = join(store.user.folder, "trust.json");
    await commitTrust(store.user, () => trusted, signal());
    expect(unsealed(store.user, "trust.json")).toBeUndefined();
    writeFileSync(path, readFileSync(path, "utf8").replace("trusted", "isolated"));
    const seen = unsealed(store.user, "trust.json") ?? "";
    expect(JSON.parse(seen)).toEqual({ ...trusted, publishers: { [publisher]: { tier: "isolated" } } });
    await reseal(store.user, "trust.json", seen, signal());
    expect(readTrust(store.user).publishers).toEqual({ [publisher]: { tier: "isolated" } });
  });

  test("is sealed with a new key when the old one is lost, the lock with everything in it", async () => {
    using store = temporaryStore();
    await commit(store.user, () => ({ extensions: { "acme/a": entryOf() }, manifests: { "acme/a": manifestOf("acme/a") } }), signal());
    rmSync(store.user.sealKeyFile);
    await reseal(store.user, "claw.lock", unsealed(store.user, "claw.lock") ?? "", signal());
    expect(openStore(store.user).get("acme/a")?.lock).toEqual(entryOf());
  });

  test("may be laid out as a person likes: it is written as claw reads it", async () => {
    using store = temporaryStore();
    await commit(store.user, () => ({ extensions: { "acme/a": entryOf() }, manifests: { "acme/a": manifestOf("acme/a") } }), signal());
    const path = join(store.user.folder, "claw.lock");
    const resealed = (text: string): Promise<string> => {
      writeFileSync(path, text);
      return codeOf(reseal(store.user, "claw.lock", unsealed(store.user, "claw.lock") ?? "", signal()));
    };
    expect(await resealed(JSON.stringify(JSON.parse(readFileSync(path, "utf8")), undefined, 2))).toBe("accepted");
    expect(openStore(store.user).get("acme/a")?.lock).toEqual(entryOf());
    expect(await resealed("{}")).toBe("E_LOCK_INTEGRITY");
  });

  test("stays unsealed when it was changed again meanwhile, or is no document at all", async () => {
    using store = temporaryStore();
    const path = join(store.user.folder, "trust.json");
    await commitTrust(store.user, () => trusted, signal());
    writeFileSync(path, '{"publishers":{},"revoked":[]}');
    const seen = unsealed(store.user, "trust.json") ?? "";
    writeFileSync(path, '{"publishers":{"key:sha256-y":{"tier":"trusted"}},"revoked":[]}');
    expect(await codeOf(reseal(store.user, "trust.json", seen, signal()))).toBe("E_LOCK_INTEGRITY");
    writeFileSync(path, "[1]\n");
    expect(await codeOf(reseal(store.user, "trust.json", "[1]", signal()))).toBe("E_LOCK_INTEGRITY");
    writeFileSync(path, "half of");
    expect(await codeOf(reseal(store.user, "trust.json", "half of", signal()))).toBe("E_META_SYNTAX");
    expect(unsealed(store.user, "other.json")).toBeUndefined();
  });
});
