import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commitGrants, commitTrust, grantKeyOf, openStore, type StoreLocation } from "@claw/kernel/host";
import { install, publisherOfKey, type PackageSource } from "@claw/marketplace";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundledExtensions, checkout, packaged, type Checkout } from "./checkout.ts";

/**
 * One path, no back door (house.md b): claw's own extensions are built, packed, signed, installed, checked and loaded by the code that does it
 * for a stranger's, and nothing but trust.json sets them apart.
 */

const signal = new AbortController().signal;
const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const claws = newKey();
const strangers = newKey();
const publisherOf = (key: KeyObject): string => publisherOfKey(createPublicKey(key));
const sources = mkdtempSync(join(tmpdir(), "claw-extensions-"));
let folders: readonly string[] = [];
const pristine = checkout();

const signedWith = (key: KeyObject): Promise<readonly PackageSource[]> => Promise.all(folders.map((folder) => packaged(folder, key, signal)));
const trust = (at: StoreLocation, ...keys: readonly KeyObject[]): Promise<void> =>
  commitTrust(at, () => ({ publishers: Object.fromEntries(keys.map((key) => [publisherOf(key), { tier: "trusted" }])), revoked: [] }), signal);
const add = (at: StoreLocation, packages: readonly PackageSource[]) => install(packages, { store: at, now: new Date() }, signal);

/** A checkout of its own, with what the pristine one has installed. */
function fresh(): Checkout {
  const made = checkout();
  cpSync(pristine.bundled.folder, made.bundled.folder, { recursive: true });
  return made;
}

interface Doctor {
  readonly extensions: readonly { readonly name: string; readonly origin: string }[];
  readonly heldBack: readonly { readonly extension: string; readonly why: string }[];
  readonly owners: unknown;
}
const doctor = async (made: Checkout): Promise<Doctor> => JSON.parse((await made.claw("doctor", "--json")).stdout) as Doctor;
/** An extension's own verb: it runs only if its code was loaded. */
const listing = ["session", "list"] as const;
const lister = (made: Checkout) => {
  const store = openStore(made.bundled);
  const name = store.names.find((each) => Object.hasOwn(store.get(each)?.manifest.provides?.["command"] ?? {}, listing[0]));
  const extension = name === undefined ? undefined : store.get(name);
  if (extension === undefined) throw new Error("no extension has the verb");
  return extension;
};

beforeAll(async () => {
  folders = await bundledExtensions(sources, signal);
  await trust(pristine.bundled, claws);
  await add(pristine.bundled, await signedWith(claws));
}, 60_000);

afterAll(() => {
  pristine[Symbol.dispose]();
  rmSync(sources, { recursive: true, force: true });
});

test("claw's extensions come out of their packages and run", async () => {
  const { names } = openStore(pristine.bundled);
  expect(names.length).toBe(folders.length);
  expect(await pristine.loadAll()).toEqual(Object.fromEntries(names.map((name) => [name, 1])));
  const plan = await doctor(pristine);
  expect([plan.extensions.filter(({ origin }) => origin !== "bundled"), plan.heldBack.filter(({ extension }) => names.includes(extension))]).toEqual([[], []]);
  expect((await pristine.claw(...listing)).code).toBe(0);
});

describe("a byte flipped in a bundled package is refused", () => {
  test("in its code, when it is needed", async () => {
    using made = fresh();
    const { name, folder } = lister(made);
    const main = join(folder, "dist/index.mjs");
    chmodSync(main, 0o644);
    const bytes = readFileSync(main);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(main, bytes);
    expect((await made.loadAll())[name]).toBe("E_LOAD_INTEGRITY");
    const { code, stderr } = await made.claw(...listing);
    expect([code, stderr]).toEqual([
      8,
      `error: ${name}: dist/index.mjs is not what was installed\nfix: install it again; in a checkout, npm run build\ncode: E_LOAD_INTEGRITY\n`,
    ]);
  });

  test("in what is read of it at start", async () => {
    using made = fresh();
    const index = join(made.bundled.folder, "index-1.json");
    const bytes = readFileSync(index);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(index, bytes);
    const { code, stderr } = await made.claw(...listing);
    expect([code, stderr]).toEqual([11, expect.stringContaining("code: E_LOCK_INTEGRITY")]);
  });
});

test("with its publisher gone from trust.json claw starts with no extension at all, and says why", async () => {
  using made = fresh();
  await trust(made.bundled);
  const before = await doctor(pristine);
  const plan = await doctor(made);
  expect(plan.extensions).toEqual([]);
  const untrusted = plan.heldBack.filter(({ why }) => why.includes(`its publisher ${publisherOf(claws)} is not trusted`)).map(({ extension }) => extension);
  // Those for other platforms are left out of a plan without a word; nobody vouches for them any more either.
  const here = untrusted.filter((name) => !/-(?:linux|macos)$/.test(name) || before.extensions.some((one) => one.name === name));
  expect(here.sort()).toEqual(before.extensions.map(({ name }) => name).sort());
  const { code, stderr } = await made.claw("-p", "hello");
  expect([code, stderr]).toEqual([3, expect.stringContaining("is not trusted for tier trusted")]);
});

test("rebuilt and signed by somebody else, claw's extensions are refused until that one is trusted, and then work the same", async () => {
  using made = checkout();
  await trust(made.bundled, claws);
  await add(made.bundled, await signedWith(strangers));
  expect((await doctor(made)).extensions).toEqual([]);
  await trust(made.bundled, strangers);
  const [theirs, ours] = [await doctor(made), await doctor(pristine)];
  expect([theirs.extensions, theirs.heldBack, theirs.owners]).toEqual([ours.extensions, ours.heldBack, ours.owners]);
  expect(await made.claw(...listing)).toEqual(await pristine.claw(...listing));
});

test("a package in the person's own store takes the place of the bundled one of its name, by the same rules", async () => {
  using made = fresh();
  const { name } = lister(made);
  const source = (await signedWith(strangers)).find(({ resolved }) => resolved === `${name.split("/")[1] ?? ""}.tgz`);
  await add(made.user, source === undefined ? [] : [source]);
  const held = (await doctor(made)).heldBack.find(({ extension }) => extension === name);
  expect(held?.why).toContain(`its publisher ${publisherOf(strangers)} is not trusted`);
  await commitTrust(made.user, () => ({ publishers: { [publisherOf(strangers)]: { tier: "trusted", extensions: [name] } }, revoked: [] }), signal);
  expect((await doctor(made)).heldBack.find(({ extension }) => extension === name)?.why).toBe(`${name}: what it asks for is not granted`);
  const lock = openStore(made.user).get(name)?.lock;
  if (lock === undefined) throw new Error(`${name} is not installed`);
  await commitGrants(made.user, () => ({ [grantKeyOf(name, lock)]: { granted: lock.requested, at: "2026-11-22T00:00:00Z", by: "prompt" } }), signal);
  expect((await doctor(made)).extensions.find((each) => each.name === name)?.origin).toBe("user");
  expect((await made.claw(...listing)).code).toBe(0);
  await commitTrust(made.user, (trusted) => ({ ...trusted, revoked: [{ severity: "malicious", name }] }), signal);
  expect((await doctor(made)).heldBack.find(({ extension }) => extension === name)?.why).toContain("was revoked (malicious)");
});

test("a package whose signature is another's is not installed, whoever built it", async () => {
  using made = checkout();
  const [ours = [], theirs = []] = await Promise.all([signedWith(claws), signedWith(strangers)]);
  const swapped = ours.map((source, index) => ({ ...source, bundle: theirs[index]?.bundle }));
  await expect(add(made.bundled, swapped)).rejects.toMatchObject({ code: "E_SIG_UNKNOWN_KEY" });
});
