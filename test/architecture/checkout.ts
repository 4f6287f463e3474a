import { spawn } from "node:child_process";
import { createPublicKey, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { StoreLocation } from "@claw/kernel/host";
import { bundleExtension, packFolder, signArtifact, type PackageSource } from "@claw/marketplace";
import { root } from "./source.ts";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A claw of its own in a temporary folder: the program's sources, its profiles, and no extension. */
export interface Checkout extends Disposable {
  readonly folder: string;
  readonly bundled: StoreLocation;
  readonly user: StoreLocation & { readonly kind: "user" };
  claw(...argv: readonly string[]): Promise<Ran>;
  /** What importing each of its bundled extensions through the load hook gives, in a process of its own: `api` of the default export, or a code. */
  loadAll(): Promise<Readonly<Record<string, unknown>>>;
}

const loader = `
  import { openLoader, openStore } from "@claw/kernel/host";
  const store = openStore({ kind: "bundled", folder: process.argv[1] });
  using loader = openLoader();
  const said = await Promise.all(store.names.map(async (name) => [name, await loader.loadExtension(store.get(name)).then(({ api }) => api).catch((error) => error.code)]));
  console.log(JSON.stringify(Object.fromEntries(said)));`;

export function checkout(): Checkout {
  const folder = mkdtempSync(join(tmpdir(), "claw-checkout-"));
  for (const part of ["src", "profiles", "package.json"]) cpSync(join(root, "cli", part), join(folder, "cli", part), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const project = join(folder, "project");
  mkdirSync(project);
  const env = { PATH: process.env["PATH"], HOME: join(folder, "home"), CLAW_HOME: join(folder, "home") };
  const run = async (...argv: readonly string[]): Promise<Ran> => {
    const child = spawn(process.execPath, ["--conditions=claw-source", ...argv], { cwd: project, env, stdio: ["ignore", "pipe", "pipe"] });
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) child[name].on("data", (bytes: Buffer) => (output[name] += bytes.toString()));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, ...output };
  };
  return {
    folder,
    bundled: { kind: "bundled", folder: join(folder, "cli/bundled") },
    user: { kind: "user", folder: join(folder, "home/data/ext"), sealKeyFile: join(folder, "home/state/seal.key") },
    claw: (...argv) => run(join(folder, "cli/src/main.ts"), ...argv),
    loadAll: async () =>
      JSON.parse((await run("--input-type=module-typescript", "-e", loader, "--", join(folder, "cli/bundled"))).stdout) as Readonly<Record<string, unknown>>,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The folders of claw's own extensions, bundled; copies, so that nothing else sees the bundles come and go. */
export async function bundledExtensions(into: string, signal: AbortSignal): Promise<readonly string[]> {
  const names = readdirSync(join(root, "extensions")).filter((name) => existsSync(join(root, "extensions", name, "extension.json")));
  symlinkSync(join(root, "node_modules"), join(into, "node_modules"));
  return Promise.all(
    names.map(async (name) => {
      const folder = join(into, "extensions", name);
      cpSync(join(root, "extensions", name), folder, { recursive: true, filter: (path) => !["dist", "test"].includes(basename(path)) });
      await bundleExtension({ folder, conditions: ["source"] }, signal);
      return folder;
    }),
  );
}

/** An extension's folder as a signed package that a marketplace might offer. */
export async function packaged(folder: string, key: KeyObject, signal: AbortSignal): Promise<PackageSource> {
  const { archive } = await packFolder(folder, {}, signal);
  const pem = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  return {
    archive,
    bundle: Buffer.from(signArtifact(archive, key)),
    publishers: [{ kind: "key", pem }],
    marketplace: "test",
    resolved: `${basename(folder)}.tgz`,
    tier: "trusted",
    requestedBy: ["test"],
  };
}
