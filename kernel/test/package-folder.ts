import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Manifest } from "../src/extension/manifest.ts";
import type { LockEntry } from "../src/package/lock.ts";
import type { StoreLocation } from "../src/package/seal.ts";

export interface TemporaryStore extends Disposable {
  readonly root: string;
  readonly user: StoreLocation & { readonly kind: "user" };
  readonly bundled: StoreLocation;
}

/** Folders for a user's store and a bundled one, gone with the test. */
export function temporaryStore(): TemporaryStore {
  const root = mkdtempSync(join(tmpdir(), "claw-package-"));
  return {
    root,
    user: { kind: "user", folder: join(root, "ext"), sealKeyFile: join(root, "state/seal.key") },
    bundled: { kind: "bundled", folder: join(root, "bundled") },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

const digest = (fill: string): string => Buffer.alloc(32, fill).toString("base64");

export const entryOf = (more: Partial<LockEntry> = {}): LockEntry => ({
  version: "1.0.0",
  marketplace: "claw",
  resolved: "acme/a/a-1.0.0.tgz",
  integrity: `sha256-${digest("i")}`,
  tree: `ct1-${digest("t")}`,
  publisher: `key:sha256-${digest("p")}`,
  signature: { mode: "key" },
  engines: { claw: "^1.0.0" },
  requested: {},
  tier: "trusted",
  dependencies: {},
  requestedBy: ["user"],
  files: { "dist/index.mjs": digest("m"), "extension.json": digest("e") },
  ...more,
});

export const manifestOf = (name: string, more: Partial<Manifest> = {}): Manifest => ({
  name,
  version: "1.0.0",
  engines: { claw: "^1.0.0" },
  main: "./dist/index.mjs",
  provides: { tool: { count: { description: "Counts \u2028 things", effect: "read" } } },
  permissions: {},
  ...more,
});

export const signal = (): AbortSignal => new AbortController().signal;
