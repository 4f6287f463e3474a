import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClawError, type ErrorCode } from "../src/errors.ts";
import { linedJson, linesOf } from "../src/package/lined-json.ts";
import { commit, readGeneration } from "../src/package/lock.ts";
import type { StoreLocation } from "../src/package/seal.ts";
import { openStore } from "../src/package/store.ts";
import { commitTrust, readTrust } from "../src/package/trust.ts";
import { entryOf, manifestOf, signal, temporaryStore } from "./package-folder.ts";

const codeOf = (work: () => unknown): ErrorCode | "nothing" => {
  try {
    work();
    return "nothing";
  } catch (error) {
    if (ClawError.is(error)) return error.code;
    throw error;
  }
};

const add = (at: StoreLocation, name: string) =>
  commit(
    at,
    ({ extensions, manifests }) => ({ extensions: { ...extensions, [name]: entryOf() }, manifests: { ...manifests, [name]: manifestOf(name) } }),
    signal(),
  );

describe("a store's lock", () => {
  test("holds what was committed, generation by generation, one extension a line", async () => {
    using store = temporaryStore();
    const { generation, extensions, manifests } = readGeneration(store.user);
    expect([generation, extensions.names(), manifests.names()]).toEqual([0, [], []]);
    await add(store.user, "acme/b");
    await add(store.user, "acme/a");
    const opened = openStore(store.user);
    expect([opened.generation, opened.names]).toEqual([2, ["acme/a", "acme/b"]]);
    expect(opened.get("acme/a")?.lock).toEqual(entryOf());
    expect(opened.get("acme/b")?.manifest).toEqual(manifestOf("acme/b"));
    expect(opened.get("acme/c")).toBeUndefined();
    const text = readFileSync(join(store.user.folder, "claw.lock"), "utf8");
    expect(text.split("\n").filter((line) => line.startsWith('"acme/')).length).toBe(2);
    expect(Object.keys(JSON.parse(text) as object)).toEqual(["lockfileVersion", "generation", "index", "extensions", "seal"]);
  });

  test("is readable by its owner alone, and so is the key of its seal", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    expect([
      statSync(join(store.user.folder, "claw.lock")).mode & 0o777,
      statSync(store.user.sealKeyFile).mode & 0o777,
      statSync(store.user.folder).mode & 0o777,
    ]).toEqual([0o600, 0o600, 0o700]);
  });

  test("leaves no trace of its own making", async () => {
    using store = temporaryStore();
    for (const name of ["acme/a", "acme/b", "acme/c", "acme/d"]) await add(store.user, name);
    expect(readdirSync(store.user.folder).sort()).toEqual(["claw.lock", "index-2.json", "index-3.json", "index-4.json", "staging"]);
    expect(readdirSync(join(store.user.folder, "staging"))).toEqual([]);
  });

  test("stays as it is when a change answers nothing", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    const before = readFileSync(join(store.user.folder, "claw.lock"), "utf8");
    await commit(store.user, () => undefined, signal());
    expect(readFileSync(join(store.user.folder, "claw.lock"), "utf8")).toBe(before);
  });

  test("stays as it is when a change fails, and the next one goes on", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    await expect(
      commit(
        store.user,
        () => {
          throw new Error("no");
        },
        signal(),
      ),
    ).rejects.toThrow("no");
    await add(store.user, "acme/b");
    expect(openStore(store.user).names).toEqual(["acme/a", "acme/b"]);
  });

  test("is refused whatever byte of it is changed", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    const path = join(store.user.folder, "claw.lock");
    const bytes = readFileSync(path);
    const accepted = [...bytes.keys()].filter((at) => {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x01;
      writeFileSync(path, flipped);
      return codeOf(() => readGeneration(store.user)) !== "E_SEAL";
    });
    expect(accepted).toEqual([]);
  });

  test("is refused cut off anywhere, with anything appended, and without a seal", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    const path = join(store.user.folder, "claw.lock");
    const text = readFileSync(path, "utf8");
    const unsealed = `${text.slice(0, text.lastIndexOf(',"seal"'))}}\n`;
    const texts = [...Array.from({ length: text.length }, (_, length) => text.slice(0, length)), `${text} `, `${text}\n`, unsealed];
    expect(new Set(texts.map((each) => (writeFileSync(path, each), codeOf(() => readGeneration(store.user)))))).toEqual(new Set(["E_SEAL"]));
  });

  test("is refused when its key is gone, short, or another", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    writeFileSync(store.user.sealKeyFile, Buffer.alloc(32, 1));
    expect(codeOf(() => openStore(store.user))).toBe("E_SEAL");
    writeFileSync(store.user.sealKeyFile, "");
    expect(codeOf(() => openStore(store.user))).toBe("E_SEAL");
    rmSync(store.user.sealKeyFile);
    expect(codeOf(() => openStore(store.user))).toBe("E_SEAL");
  });

  test("is refused in the place of another sealed document", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    await commitTrust(store.user, () => ({ publishers: { "key:sha256-x": { tier: "trusted" } }, revoked: [] }), signal());
    writeFileSync(join(store.user.folder, "trust.json"), readFileSync(join(store.user.folder, "claw.lock")));
    expect(codeOf(() => readTrust(store.user))).toBe("E_SEAL");
  });

  test("vouches for the index of manifests, byte by byte", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    const path = join(store.user.folder, "index-1.json");
    const bytes = readFileSync(path);
    const accepted = [...bytes.keys()].filter((at) => {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x01;
      writeFileSync(path, flipped);
      return codeOf(() => openStore(store.user)) !== "E_LOCK_INTEGRITY";
    });
    expect(accepted).toEqual([]);
    rmSync(path);
    expect(codeOf(() => openStore(store.user))).toBe("E_LOCK_INTEGRITY");
  });

  test("survives an index that was written for a commit that never came", async () => {
    using store = temporaryStore();
    await add(store.user, "acme/a");
    writeFileSync(join(store.user.folder, "index-2.json"), "half of");
    expect(openStore(store.user).names).toEqual(["acme/a"]);
    await add(store.user, "acme/b");
    expect(openStore(store.user).names).toEqual(["acme/a", "acme/b"]);
  });

  test("of the program has no seal and no key, and a damaged one is refused", async () => {
    using store = temporaryStore();
    await add(store.bundled, "acme/a");
    expect(openStore(store.bundled).names).toEqual(["acme/a"]);
    expect(existsSync(store.user.sealKeyFile)).toBe(false);
    for (const text of ["", "{}", "[]", '{"lockfileVersion":2,"generation":1,"index":"x","extensions":{\n}}']) {
      writeFileSync(join(store.bundled.folder, "claw.lock"), text);
      expect(
        codeOf(() => openStore(store.bundled)),
        text,
      ).toBe("E_LOCK_INTEGRITY");
    }
  });
});

describe("opening a store", () => {
  test("says that the program is not built when its own extensions are missing", () => {
    using store = temporaryStore();
    expect(codeOf(() => openStore(store.bundled))).toBe("E_LOCK_INTEGRITY");
  });

  test("is fine where nothing was ever installed", () => {
    using store = temporaryStore();
    expect(openStore(store.user).names).toEqual([]);
  });

  test("refuses a folder that others may write to", () => {
    using store = temporaryStore();
    mkdirSync(store.user.folder);
    for (const mode of [0o770, 0o777, 0o702]) {
      chmodSync(store.user.folder, mode);
      expect(
        codeOf(() => openStore(store.user)),
        mode.toString(8),
      ).toBe("E_STORE_UNSAFE");
    }
    chmodSync(store.user.folder, 0o755);
    expect(openStore(store.user).names).toEqual([]);
  });

  test("tells where the files and the main file are", async () => {
    using store = temporaryStore();
    await commit(
      store.user,
      () => ({
        extensions: { "acme/a": entryOf({ tree: `ct1-${Buffer.alloc(32, 0xff).toString("base64")}` }) },
        manifests: { "acme/a": manifestOf("acme/a") },
      }),
      signal(),
    );
    const extension = openStore(store.user).get("acme/a");
    const folder = join(store.user.folder, "store/acme+a@1.0.0-________________");
    expect([extension?.folder, extension?.main, extension?.store, extension?.tier]).toEqual([folder, `file://${folder}/dist/index.mjs`, "user", "trusted"]);
  });

  test("refuses a lock whose index lacks a manifest", async () => {
    using store = temporaryStore();
    await commit(store.user, () => ({ extensions: { "acme/a": entryOf() }, manifests: {} }), signal());
    expect(codeOf(() => openStore(store.user).get("acme/a"))).toBe("E_LOCK_INTEGRITY");
  });
});

test("a record with a property a line reads back as it was, and nothing else reads", () => {
  for (const record of [{}, { a: 1 }, { "b/c": { text: 'line\nbreak\u2028"quote",\n' }, a: [1, 2] }]) {
    const lines = linesOf(linedJson(record), "x");
    expect(Object.fromEntries(lines.names().map((name) => [name, JSON.parse(lines.get(name) ?? "") as unknown]))).toEqual(record);
    expect(lines.get("no/such")).toBeUndefined();
    expect(JSON.parse(linedJson(record))).toEqual(record);
  }
  for (const text of ["", "{}", "{\n", '{\n"a":1', '{\n"a":1,\n}x', "{\nx\n}"])
    expect(
      codeOf(() => linesOf(text, "x")),
      text,
    ).toBe("E_LOCK_INTEGRITY");
});
