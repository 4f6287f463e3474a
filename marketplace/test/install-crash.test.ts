import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commitGrants, commitTrust, combineTrust, grantKeyOf, openStore, readGrants, readTrust, type Store } from "@claw/kernel/host";
import { rolldown } from "rolldown";
import { beforeAll, expect, test } from "vitest";
import { isTrusted } from "../src/client/consent-record.ts";
import { isIntact } from "../src/client/package-folder.ts";
import { fileOf } from "./archive-forgery.ts";
import type { ProgramInput, WrittenOffer } from "./install-program.ts";
import { bundledStore, offerOf, publisherOf, signal } from "./offered-packages.ts";
import { filesOf, manifestOf, newKey, sourceOf, temporaryStore, type TemporaryStore } from "./package-source.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const key = newKey();
const publisher = publisherOf(key);
const program = temporaryFolder();

// As one file it starts five times as fast: most of what is killed is then the install and not the start of a process.
beforeAll(async () => {
  const bundle = await rolldown({
    input: join(import.meta.dirname, "install-program.ts"),
    platform: "node",
    resolve: { conditionNames: ["source", "import", "node"] },
  });
  await bundle.write({ dir: program.path, format: "esm", entryFileNames: "install.mjs", chunkFileNames: "[name].mjs" });
  return () => program[Symbol.dispose]();
});

interface StartOptions {
  readonly rounds?: number;
  /** No file may grow beyond: the disk is full for whoever writes more. */
  readonly maxKilobytes?: number;
}

function start(
  { at }: TemporaryStore,
  { location }: Store,
  plans: readonly (readonly string[])[],
  { rounds = 1, maxKilobytes = 0 }: StartOptions = {},
): ChildProcess {
  const input: ProgramInput = { at, bundled: location.folder, rounds, plans };
  const argv = [join(program.path, "install.mjs"), JSON.stringify(input)];
  return maxKilobytes === 0 ? spawn(process.execPath, argv) : spawn("bash", ["-c", `ulimit -f ${maxKilobytes}; exec "$@"`, "bash", process.execPath, ...argv]);
}

async function outputOf(child: ChildProcess): Promise<readonly string[]> {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (bytes: Buffer) => (output += bytes.toString()));
  await once(child, "close");
  return output.trim().split("\n");
}

interface Published {
  /** How many more files, and how large each is. */
  readonly files?: readonly [count: number, bytes: number];
  readonly manifest?: Readonly<Record<string, unknown>>;
}

/** Writes a package to the disk, signed, with what a marketplace would say of it. */
function published({ root }: TemporaryStore, name: string, version: string, { files: [count, bytes] = [3, 20_000], manifest = {} }: Published = {}): string {
  const more = Array.from({ length: count }, (_, index) => fileOf(`dist/part/${index}/x.mjs`, `// ${version} ${"x".repeat(bytes)}`));
  const view = { view: { [name.replace(/[/-]/g, "_")]: { description: "Counts" } } };
  const files = [...filesOf(manifestOf(name, version, { provides: view, ...manifest }), `export default "${name} ${version}";\n`), ...more];
  const { archive, bundle } = sourceOf(files, key);
  const { fetch: _, ...offer } = offerOf(files, key);
  const path = join(root, `${name.replace("/", "+")}-${version}.tgz`);
  writeFileSync(path, archive);
  writeFileSync(`${path}.sigstore.json`, bundle ?? "");
  writeFileSync(`${path}.json`, JSON.stringify({ ...offer, publisher } satisfies WrittenOffer));
  return path;
}

/** Opens the store as a start of claw does, and checks every file of every package that its lock names, and that the person agreed to it. */
async function checked(store: TemporaryStore): Promise<readonly string[]> {
  const opened = openStore(store.at);
  const trust = combineTrust(readTrust(store.at));
  const grants = readGrants(store.at);
  const installed = await Promise.all(
    opened.names.map(async (name) => {
      const extension = opened.get(name);
      if (extension === undefined) throw new Error(`${name} is in the lock and cannot be read`);
      expect(await isIntact(extension.folder, extension.files), name).toBe(true);
      expect([isTrusted({ name, entry: extension.lock }, trust), Object.hasOwn(grants, grantKeyOf(name, extension.lock))], name).toEqual([true, true]);
      return `${name} ${extension.version}`;
    }),
  );
  return installed.sort();
}

async function killedInstalls(kills: number): Promise<void> {
  using store = temporaryStore();
  const bundled = await bundledStore(store.root);
  const plans = ["1.0.0", "1.1.0", "1.2.0"].map((version) => ["acme/a", "acme/b"].map((name) => published(store, name, version)));
  for (let kill = 0; kill < kills; kill += 1) {
    const child = start(store, bundled, plans, { rounds: 1000 });
    await once(child.stdout ?? child, "data");
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
    child.kill("SIGKILL");
    await once(child, "close");
    const versions = (await checked(store)).map((each) => each.split(" ")[1]);
    expect(new Set(versions).size, versions.join()).toBeLessThanOrEqual(1);
    expect([0, 2]).toContain(versions.length);
  }
  expect(await outputOf(start(store, bundled, plans))).toEqual(["ready", "done"]);
  expect(await checked(store)).toEqual(["acme/a 1.2.0", "acme/b 1.2.0"]);
  expect(readdirSync(join(store.at.folder, "staging"))).toEqual([]);
  expect(readdirSync(store.at.folder).filter((name) => name.startsWith("commit"))).toEqual([]);
}

test("200 installs killed at any moment have happened or have not, and leave nothing in the way", { timeout: 120_000 }, async () => {
  await Promise.all([killedInstalls(100), killedInstalls(100)]);
});

test("six processes install twenty each at once, some of it the same, and all of it is there", { timeout: 60_000 }, async () => {
  using store = temporaryStore();
  const bundled = await bundledStore(store.root);
  const shared = published(store, "acme/shared", "1.0.0", { files: [1, 100] });
  const plans = ["a", "b", "c", "d", "e", "f"].map((letter) =>
    Array.from({ length: 20 }, (_, index) => {
      const own = published(store, `acme/${letter}${index}`, "1.0.0", { files: [1, 100] });
      return index % 5 === 0 ? [own, shared] : [own];
    }),
  );
  const said = await Promise.all(plans.map((each) => outputOf(start(store, bundled, each))));
  expect(said).toEqual(plans.map(() => ["ready", "done"]));
  expect((await checked(store)).length).toBe(121);
});

test("on a full disk an install fails and the old state stays, whichever file it is that does not fit", { timeout: 60_000 }, async () => {
  using store = temporaryStore();
  const bundled = await bundledStore(store.root);
  const many = Array.from({ length: 20 }, (_, index) =>
    published(store, `acme/many-${index}`, "1.0.0", { files: [40, 10], manifest: { "x-note": "x".repeat(900) } }),
  );
  expect(await outputOf(start(store, bundled, [many]))).toEqual(["ready", "done"]);
  const strangers = Array.from({ length: 100 }, (_, index) => `key:sha256-${Buffer.alloc(32, index).toString("base64")}`);
  await commitTrust(
    store.at,
    (trust) => ({ ...trust, publishers: { ...trust.publishers, ...Object.fromEntries(strangers.map((each) => [each, { tier: "trusted" }])) } }),
    signal,
  );
  const grant = { granted: {}, at: "2026-11-22T00:00:00Z", by: "flag" } as const;
  await commitGrants(
    store.at,
    (grants) => ({ ...grants, ...Object.fromEntries(strangers.slice(0, 60).map((each) => [`acme/x|${each}|${each}`, grant])) }),
    signal,
  );
  const kilobytes = (document: string): number => Math.floor(statSync(join(store.at.folder, document)).size / 1024);
  const index = readdirSync(store.at.folder).find((name) => name.startsWith("index-")) ?? "";
  // An install writes them in this order, and each is larger than all before it: so it is the one that does not fit.
  const limits = ["trust.json", "grants.json", index, "claw.lock"].map((document) => kilobytes(document) - 1);
  expect(
    limits.every((limit, at) => limit > (limits[at - 1] ?? 2) + 2),
    limits.join(),
  ).toBe(true);
  const lock = readFileSync(join(store.at.folder, "claw.lock"), "utf8");
  const before = await checked(store);
  const large = published(store, "acme/large", "1.0.0", { files: [1, 60_000] });
  const refused = [[large, 20] as const, ...limits.map((limit, at) => [published(store, `acme/new-${at}`, "1.0.0", { files: [1, 10] }), limit] as const)];
  for (const [archive, maxKilobytes] of refused) {
    expect(await outputOf(start(store, bundled, [[archive]], { maxKilobytes })), `${maxKilobytes}`).toEqual(["ready", "PATH_UNWRITABLE", "done"]);
    expect(readFileSync(join(store.at.folder, "claw.lock"), "utf8")).toBe(lock);
    expect(await checked(store)).toEqual(before);
  }
  expect(Object.keys(readGrants(store.at)).filter((name) => name.startsWith("acme/new")).length).toBe(2);
  expect(await outputOf(start(store, bundled, [refused.map(([archive]) => archive)]))).toEqual(["ready", "done"]);
  expect((await checked(store)).length).toBe(before.length + refused.length);
  expect(readdirSync(join(store.at.folder, "staging"))).toEqual([]);
});
