import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { carryOut } from "../src/client/carry-out.ts";
import type { ClientContext } from "../src/client/context.ts";
import { planRemoval, removeExtensions } from "../src/client/remove.ts";
import { why } from "../src/client/why.ts";
import { contextOf, plannedOf, planOf, signal, simpleOffer, tellingHooks } from "./offered-packages.ts";
import { newKey, temporaryStore, type TemporaryStore } from "./package-source.ts";
import { laterRefusalOf, refusalOf } from "./refusal.ts";

const key = newKey();
const workspace = "0123456789abcdef";

interface Wanted {
  readonly name: string;
  readonly needs?: Readonly<Record<string, string>>;
  readonly by?: readonly string[];
  readonly version?: string;
  readonly project?: string;
}

async function withInstalled(store: TemporaryStore, all: readonly Wanted[]): Promise<ClientContext> {
  const { context } = await contextOf(store);
  for (const { name, needs = {}, by = ["user"], version = "1.0.0", project } of all) {
    const chosen = Object.fromEntries(Object.keys(needs).map((each) => [each, "1.0.0"]));
    const planned = plannedOf(simpleOffer(name, version, key, { dependencies: needs }), key, { requestedBy: by }, { dependencies: chosen });
    await carryOut(planOf([planned], project), { context, hooks: tellingHooks().hooks, by: "prompt" }, signal);
  }
  return context;
}

/** acme/a needs acme/b, which needs acme/c; the person asked for the first only. */
const chain: readonly Wanted[] = [
  { name: "acme/c", by: ["acme/b"] },
  { name: "acme/b", needs: { "acme/c": "^1.0.0" }, by: ["acme/a"] },
  { name: "acme/a", needs: { "acme/b": "^1.0.0" } },
];

describe("a removal", () => {
  test("takes extensions out of the lock, in one generation, with the events of each", async () => {
    using store = temporaryStore();
    const context = await withInstalled(store, [{ name: "acme/a" }, { name: "acme/b" }, { name: "acme/c" }]);
    const { generation } = openStore(store.at);
    const { hooks, told, events } = tellingHooks();
    const { unneeded } = await removeExtensions(["acme/a", "acme/b"], { context, hooks }, signal);
    const opened = openStore(store.at);
    expect([opened.names, opened.generation, unneeded]).toEqual([["acme/c"], generation + 1, []]);
    expect(told).toEqual(["Pre remove acme/a 1.0.0", "Pre remove acme/b 1.0.0", "Post remove acme/b 1.0.0", "Post remove acme/a 1.0.0"]);
    expect(events[0]?.plan.map(({ name, from, action }) => [name, from, action])).toEqual([
      ["acme/a", "1.0.0", "remove"],
      ["acme/b", "1.0.0", "remove"],
    ]);
  });

  test("blocked by a guard removes nothing", async () => {
    using store = temporaryStore();
    const context = await withInstalled(store, [{ name: "acme/a" }]);
    expect(await laterRefusalOf(removeExtensions(["acme/a"], { context, hooks: tellingHooks(() => true).hooks, purge: true }, signal))).toBe("PLUGIN_BLOCKED");
    expect(openStore(store.at).names).toEqual(["acme/a"]);
  });

  test("is refused while something that stays needs it", async () => {
    using store = temporaryStore();
    const context = await withInstalled(store, chain);
    expect(refusalOf(() => planRemoval(["acme/c"], { context }))).toBe("E_DEPENDED_ON");
    expect(refusalOf(() => planRemoval(["acme/c", "acme/b"], { context }))).toBe("E_DEPENDED_ON");
    expect(planRemoval(["acme/c", "acme/b", "acme/a"], { context }).steps.map(({ name }) => name)).toEqual(["acme/c", "acme/b", "acme/a"]);
    expect(refusalOf(() => planRemoval(["acme/z"], { context }))).toBe("E_NOT_INSTALLED");
  });

  test("names what nobody needs any more, and takes it along when asked to", async () => {
    using store = temporaryStore();
    const context = await withInstalled(store, [...chain, { name: "acme/d", by: ["user", "acme/a"] }]);
    expect(planRemoval(["acme/a"], { context }).unneeded).toEqual(["acme/b", "acme/c"]);
    await removeExtensions(["acme/a"], { context, hooks: tellingHooks().hooks, prune: true }, signal);
    expect(openStore(store.at).names).toEqual(["acme/d"]);
  });

  test("keeps what extensions keep, unless it is purged and no project has them", async () => {
    using store = temporaryStore();
    const context = await withInstalled(store, [{ name: "acme/a" }, { name: "acme/b" }, { name: "acme/b", project: workspace }, { name: "acme/c" }]);
    const data = (name: string): string => join(store.at.folder, "data", name);
    for (const name of ["acme/a", "acme/b", "acme/c"]) mkdirSync(data(name), { recursive: true });
    await removeExtensions(["acme/c"], { context, hooks: tellingHooks().hooks }, signal);
    await removeExtensions(["acme/a", "acme/b"], { context, hooks: tellingHooks().hooks, purge: true }, signal);
    expect(["acme/a", "acme/b", "acme/c"].map((name) => existsSync(data(name)))).toEqual([false, true, true]);
  });

  test("from a project leaves the person's own, and falls back on it", async () => {
    using store = temporaryStore();
    const context = await withInstalled(store, [
      { name: "acme/a" },
      { name: "acme/a", version: "1.1.0", project: workspace },
      { name: "acme/b", needs: { "acme/a": "^1.0.0" }, project: workspace },
      { name: "acme/e", needs: { "acme/a": "^1.1.0" }, project: workspace },
    ]);
    expect(refusalOf(() => planRemoval(["acme/a"], { context }))).toBe("accepted");
    expect(refusalOf(() => planRemoval(["acme/a"], { context, workspace }))).toBe("E_DEPENDED_ON");
    await removeExtensions(["acme/e"], { context, hooks: tellingHooks().hooks, workspace }, signal);
    await removeExtensions(["acme/a"], { context, hooks: tellingHooks().hooks, workspace }, signal);
    expect(refusalOf(() => planRemoval(["acme/a"], { context }))).toBe("E_DEPENDED_ON");
    const opened = openStore(store.at);
    expect([opened.names, opened.namesIn(workspace)]).toEqual([["acme/a"], ["acme/b"]]);
  });
});

describe("why something is installed", () => {
  test("is who asked for it, what needs it and which profile chooses it", async () => {
    using store = temporaryStore();
    const context = await withInstalled(store, [
      ...chain,
      { name: "acme/d", needs: { "acme/c": "^1.0.0" } },
      { name: "acme/c", project: workspace, by: ["project"] },
    ]);
    expect(why("acme/c", context, { default: ["acme/a"], mine: ["acme/a", "acme/c"] })).toEqual({
      name: "acme/c",
      installed: [
        { version: "1.0.0", store: "user" },
        { version: "1.0.0", store: "user", workspace },
      ],
      requestedBy: ["project"],
      chains: [
        ["acme/d", "acme/c"],
        ["acme/a", "acme/b", "acme/c"],
      ],
      profiles: ["mine"],
    });
    expect(why("claw/own", context, {})).toMatchObject({ installed: [{ store: "bundled" }], requestedBy: ["claw"], chains: [] });
    expect(refusalOf(() => why("acme/z", context, {}))).toBe("E_NOT_INSTALLED");
  });
});
