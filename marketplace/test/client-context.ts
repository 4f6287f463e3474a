import { join } from "node:path";
import type { Store, Trust } from "@claw/kernel/host";
import type { ClientContext } from "../src/client/context.ts";
import { type TemporaryStore, temporaryStore } from "./package-source.ts";

export interface ContextOptions extends Partial<ClientContext> {
  /** The default marketplace that the program's trust.json names. */
  readonly marketplace?: Trust["marketplace"];
  /** What comes with the program. */
  readonly names?: readonly string[];
}

/** A person's store and what a command works with, until the test is over. The clock stands still. */
export interface TestContext extends Disposable {
  readonly store: TemporaryStore;
  /** The same store with something else. */
  with(options?: ContextOptions): ClientContext;
}

export function testContext(): TestContext {
  const store = temporaryStore();
  return {
    store,
    with: ({ marketplace, names = ["claw/bedrock"], ...more } = {}) => ({
      store: store.at,
      bundled: bundledStore({ publishers: {}, revoked: [], ...(marketplace === undefined ? {} : { marketplace }) }, names),
      cache: join(store.root, "cache"),
      version: "1.0.0",
      platform: "linux",
      now: () => new Date("2026-11-22T12:00:00Z"),
      policy: {},
      network: { offline: false, timeoutMs: 2000 },
      credentials: async () => ({}),
      progress: () => undefined,
      ...more,
    }),
    [Symbol.dispose]: () => store[Symbol.dispose](),
  };
}

const bundledStore = (trust: Trust, names: readonly string[]): Store => ({
  location: { kind: "bundled", folder: "" },
  generation: 1,
  names,
  trust,
  workspaces: [],
  namesIn: () => [],
  get: () => undefined,
});
