import { type KeyObject, generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import { type InitReport, initMarketplace, keySigners } from "../src/operator/init.ts";
import { keySigner } from "../src/author/package-signer.ts";
import { publicPemOf } from "../src/operator/key-files.ts";
import type { PublishOptions } from "../src/author/publish.ts";
import { temporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";

/** A manifest with nothing to say against it. */
export const cleanManifest = (name = "acme/count", version = "1.0.0"): Readonly<Record<string, unknown>> => ({
  name,
  version,
  description: "Counts things",
  license: "MIT",
  engines: { claw: "^1.0.0" },
  main: "./dist/index.mjs",
  permissions: {},
  provides: { view: { count: { description: "Counts" } } },
});

/** Files of a folder that is fit to be published. */
export const folderOf = (manifest: unknown = cleanManifest(), more: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> => ({
  "extension.json": typeof manifest === "string" ? manifest : JSON.stringify(manifest),
  "dist/index.mjs": "export default { api: 1, activate() {} };\n",
  "README.md": "# It\n",
  ...more,
});

export interface TestMarketplace extends TemporaryFolder {
  /** The folder that is published. */
  readonly folder: string;
  readonly rootKeys: readonly KeyObject[];
  readonly indexKey: KeyObject;
  /** The key of acme, which may publish under its scope. */
  readonly acme: KeyObject;
  readonly report: InitReport;
  /** Whoever publishes with acme's key, and with the index's. */
  readonly publishing: PublishOptions;
  readonly now: Date;
}

export const newKey = (): KeyObject => generateKeyPairSync("ed25519").privateKey;
export const never = new AbortController().signal;

/** A marketplace in which acme may publish. */
export async function testMarketplace(now = new Date("2026-11-22T08:00:00Z")): Promise<TestMarketplace> {
  const outside = temporaryFolder();
  const folder = join(outside.path, "site");
  const [rootKeys, indexKey, acme] = [[newKey(), newKey()], newKey(), newKey()];
  const report = await initMarketplace(
    {
      folder,
      id: "https://ext.acme.example",
      rootKeys,
      indexKeys: [indexKey],
      publishers: [{ scope: "acme", publisher: { kind: "key", pem: publicPemOf(acme) } }],
      now,
    },
    never,
  );
  const publishing = { signer: keySigner(acme), indexSigners: keySigners([indexKey]), now };
  return { ...outside, folder, rootKeys, indexKey, acme, report, publishing, now, [Symbol.dispose]: () => outside[Symbol.dispose]() };
}
