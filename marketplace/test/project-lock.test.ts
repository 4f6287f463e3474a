import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { openStore, type ProjectLock } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import type { Catalogue, Offer } from "../src/client/catalogue.ts";
import type { ClientContext } from "../src/client/context.ts";
import { planLocked } from "../src/client/locked-plan.ts";
import { lockDrift, projectLockOf, projectLockPath, readProjectLock, writeProjectLock } from "../src/client/project-lock.ts";
import { catalogueOf, contextOf, marketplace, plannedOf, planOf, publisherOf, signal, simpleOffer, tellingHooks, type ToldHooks } from "./offered-packages.ts";
import { newKey, temporaryStore, type TemporaryStore } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const key = newKey();
const workspace = "0123456789abcdef";

async function withInstalled(
  store: TemporaryStore,
  offers: readonly Offer[],
  project: string | undefined,
  dependencies: Readonly<Record<string, string>> = {},
): Promise<ClientContext> {
  const { context } = await contextOf(store);
  for (const offer of offers) {
    const planned = plannedOf(offer, key, { requestedBy: ["project"] }, { dependencies: Object.keys(offer.dependencies).length === 0 ? {} : dependencies });
    await carryOut(planOf([planned], project), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);
  }
  return context;
}

const needed = simpleOffer("acme/b", "1.0.0", key);
const main = simpleOffer("acme/a", "1.2.0", key, { dependencies: { "acme/b": "^1.0.0" }, permissions: { env: ["HOME"] } });

async function lockOf(offers: readonly Offer[] = [needed, main]): Promise<ProjectLock> {
  using store = temporaryStore();
  await withInstalled(store, offers, workspace, { "acme/b": "1.0.0" });
  return projectLockOf(openStore(store.at), workspace);
}

describe("a project's lock", () => {
  test("says what is the same on every machine, sorted, and comes back as it was written", async () => {
    using project = temporaryFolder();
    const lock = await lockOf();
    expect(lock).toEqual({
      lockfileVersion: 1,
      extensions: {
        "acme/a": {
          version: "1.2.0",
          marketplace,
          resolved: "acme/a/a-1.2.0.tgz",
          integrity: main.integrity,
          tree: main.tree,
          publisher: publisherOf(key),
          signature: { mode: "key" },
          engines: { claw: "^1.0.0" },
          requested: { env: ["HOME"] },
          dependencies: { "acme/b": "1.0.0" },
        },
        "acme/b": expect.objectContaining({ version: "1.0.0", dependencies: {} }) as unknown,
      },
    });
    await writeProjectLock(project.path, lock);
    const text = readFileSync(projectLockPath(project.path), "utf8");
    expect(await readProjectLock(project.path)).toEqual(lock);
    const { extensions } = lock;
    await writeProjectLock(project.path, { extensions: Object.fromEntries(Object.entries(extensions).reverse()), lockfileVersion: 1 });
    expect([readFileSync(projectLockPath(project.path), "utf8"), readdirSync(join(project.path, ".claw"))]).toEqual([text, ["claw.lock"]]);
  });

  test("has of the person's own what the settings name and what that needs", async () => {
    using store = temporaryStore();
    await withInstalled(store, [needed, main, simpleOffer("acme/c", "1.0.0", key)], undefined, { "acme/b": "1.0.0" });
    await withInstalled(store, [simpleOffer("acme/b", "1.0.1", key)], workspace);
    const store2 = openStore(store.at);
    const versions = (lock: ProjectLock) => Object.entries(lock.extensions).map(([name, { version }]) => `${name} ${version}`);
    expect(versions(projectLockOf(store2, workspace, ["acme/a", "claw/own"]))).toEqual(["acme/a 1.2.0", "acme/b 1.0.1"]);
    expect(versions(projectLockOf(store2, undefined, store2.names))).toEqual(["acme/a 1.2.0", "acme/b 1.0.0", "acme/c 1.0.0"]);
  });

  test.for<readonly [what: string, code: string, text: string]>([
    ["is no JSON", "E_META_SYNTAX", "{"],
    ["names something twice", "E_META_DUPKEY", '{"lockfileVersion":1,"lockfileVersion":1,"extensions":{}}'],
    ["reaches for a prototype", "E_META_PROTO", '{"lockfileVersion":1,"extensions":{"__proto__":{}}}'],
    ["is of another version", "E_META_SCHEMA", '{"lockfileVersion":2,"extensions":{}}'],
    ["grants a tier", "E_META_SCHEMA", '{"lockfileVersion":1,"extensions":{"acme/a":{"tier":"trusted"}}}'],
    ["has a name that is a path", "E_META_SCHEMA", '{"lockfileVersion":1,"extensions":{"../../a":{}}}'],
    ["is too large", "E_META_TOO_LARGE", " ".repeat(1024 * 1024 + 1)],
  ])("is refused when it %s", async ([, code, text]) => {
    using project = temporaryFolder({ ".claw/claw.lock": text });
    expect(await laterRefusalOf(readProjectLock(project.path))).toBe(code);
  });

  test("is read and written in the project and nowhere else, and nothing waits for it", async () => {
    using project = temporaryFolder({ "elsewhere/secret": '{"lockfileVersion":1,"extensions":{}}' });
    expect(await readProjectLock(project.path)).toBeUndefined();
    mkdirSync(join(project.path, "linked/.claw"), { recursive: true });
    symlinkSync(join(project.path, "elsewhere/secret"), join(project.path, "linked/.claw/claw.lock"));
    expect(await laterRefusalOf(readProjectLock(join(project.path, "linked")))).toBe("PATH_UNREADABLE");
    mkdirSync(join(project.path, "led"));
    symlinkSync(join(project.path, "elsewhere"), join(project.path, "led/.claw"));
    expect(await laterRefusalOf(writeProjectLock(join(project.path, "led"), await lockOf()))).toBe("PATH_OUTSIDE");
    expect(existsSync(join(project.path, "elsewhere/claw.lock"))).toBe(false);
    mkdirSync(join(project.path, "piped/.claw"), { recursive: true });
    execFileSync("mkfifo", [join(project.path, "piped/.claw/claw.lock")]);
    expect(await laterRefusalOf(readProjectLock(join(project.path, "piped")))).toBe("PATH_UNREADABLE");
  });

  test("drifts from settings that ask for something else, and from itself", async () => {
    using store = temporaryStore();
    const { bundled } = (await contextOf(store)).context;
    const lock = await lockOf();
    const { "acme/b": _, ...rest } = lock.extensions;
    expect(lockDrift(lock, { "acme/a": "^1.0.0", "claw/own": "^1.0.0" }, bundled)).toEqual([]);
    expect(lockDrift({ ...lock, extensions: rest }, { "acme/a": "^2.0.0", "acme/c": "^1.0.0" }, bundled)).toEqual([
      "acme/a ^2.0.0 is asked for, and the lock has 1.2.0",
      "acme/c ^1.0.0 is asked for, and the lock has none",
      "acme/a was resolved with acme/b 1.0.0, and the lock has none",
    ]);
  });
});

describe("installing exactly a lock", () => {
  interface Installed {
    readonly code: string;
    readonly told: readonly string[];
    readonly there: readonly string[];
  }

  async function installed(
    store: TemporaryStore,
    lock: ProjectLock,
    catalogues: readonly Catalogue[],
    wanted: Readonly<Record<string, string>> = {},
    hooks: ToldHooks = tellingHooks(),
  ): Promise<Installed> {
    const { context } = await contextOf(store);
    const work = async (): Promise<void> => {
      const { plan, removals, inspect } = await planLocked(lock, { workspace, wanted }, context, catalogues, signal);
      await carryOut(plan, { context, hooks: hooks.hooks, by: "flag", removals, inspect }, signal);
    };
    const code = await laterRefusalOf(work());
    const opened = openStore(store.at);
    return { code, told: hooks.told, there: opened.namesIn(workspace).map((name) => `${name} ${opened.get(name, workspace)?.version ?? ""}`) };
  }

  test("brings it, takes away what is not in it, and does nothing the second time", async () => {
    using store = temporaryStore();
    const lock = await lockOf();
    await withInstalled(store, [simpleOffer("acme/z", "1.0.0", key), simpleOffer("acme/b", "1.1.0", key)], workspace);
    const catalogue = catalogueOf([needed, main, simpleOffer("acme/a", "1.3.0", key), simpleOffer("acme/b", "1.1.0", key)]);
    const first = await installed(store, lock, [catalogue], { "acme/a": "^1.0.0" });
    expect([first.code, first.there]).toEqual(["accepted", ["acme/a 1.2.0", "acme/b 1.0.0"]]);
    expect(first.told.filter((each) => each.startsWith("Pre")).sort()).toEqual(["Pre add acme/a 1.2.0", "Pre remove acme/z 1.0.0", "Pre update acme/b 1.0.0"]);
    const { generation } = openStore(store.at);
    expect([(await installed(store, lock, [])).told, openStore(store.at).generation]).toEqual([[], generation]);
    expect(projectLockOf(openStore(store.at), workspace)).toEqual(lock);
  });

  test.for<readonly [what: string, drift: string, catalogues: () => readonly Catalogue[], wanted?: Readonly<Record<string, string>>]>([
    ["no known marketplace is the one it names", `acme/a is from ${marketplace}, which is not a known marketplace`, () => []],
    ["a version is not offered any more", `acme/a 1.2.0 is not offered by ${marketplace}`, () => [catalogueOf([needed])]],
    [
      "a version is offered with other contents",
      "acme/b: its tree is",
      () => [catalogueOf([main, simpleOffer("acme/b", "1.0.0", key, { description: "Another" })])],
    ],
    ["a version asks for more", "acme/a: its requested is", () => [catalogueOf([needed, { ...main, permissions: { env: ["HOME", "PATH"] } }])]],
    ["the settings ask for another version", "acme/a ^2.0.0 is asked for", () => [catalogueOf([needed, main])], { "acme/a": "^2.0.0" }],
  ])("is refused when %s, and nothing changes", async ([, drift, catalogues, wanted]) => {
    using store = temporaryStore();
    const { context } = await contextOf(store);
    const work = planLocked(await lockOf(), { workspace, wanted: wanted ?? {} }, context, catalogues(), signal);
    await expect(work).rejects.toMatchObject({ code: "E_LOCK_DRIFT", data: { drift: expect.arrayContaining([expect.stringContaining(drift)]) as unknown } });
    expect(openStore(store.at).namesIn(workspace)).toEqual([]);
  });

  test("is refused when another publisher has signed it than the lock says", async () => {
    using store = temporaryStore();
    const other = newKey();
    const lock = await lockOf([needed]);
    const { tree: _, integrity: __, ...resigned } = simpleOffer("acme/b", "1.0.0", other);
    expect((await installed(store, lock, [catalogueOf([resigned])])).code).toBe("E_LOCK_DRIFT");
    expect(openStore(store.at).generation).toBe(0);
  });
});
